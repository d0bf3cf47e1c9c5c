//! What the requests for a list's elements hold.

use std::sync::Mutex;

use futures::future::BoxFuture;
use http::HeaderName;

use super::item_path;
use crate::Need::{Optional, Required};
use crate::fake::{Scene, inputs, line, ok, trace};
use crate::{
    Backends, BodyTemplate, Call, Exchange, Field, FieldContent, ForEach, JsonTemplate, Need,
    Outcome, PLAIN, Part, Ports, Prepared, QUERY, Source, Template, check, execute,
};

/// Answers the first request with the document, the others with a number.
struct Recorder(&'static str, Mutex<Vec<Prepared>>);

impl Backends for Recorder {
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome> {
        let mut asked = self.1.lock().unwrap();
        let answer = if asked.is_empty() { self.0 } else { "1" };
        asked.push(exchange.request);
        Box::pin(async move { ok(answer) })
    }
}

fn result(path: &str) -> Source {
    Source::Call {
        call: 0,
        path: json::Path::parse(path).unwrap(),
    }
}

fn value(source: Source) -> Template {
    Template {
        parts: vec![Part::Value {
            source,
            encoder: QUERY,
            expression: "{v}".into(),
        }],
    }
}

/// What is sent for each of the `ids` of `document`, which another call has brought.
async fn sent(need: Need, change: impl FnOnce(&mut Call), document: &'static str) -> Vec<Prepared> {
    let mut scene = Scene::new()
        .call("list", Required, 0, ok("1"))
        .call("each", need, 0, ok("1"))
        .write()
        .with(|call| {
            call.path = item_path();
            call.waits_for = vec![0];
            call.for_each = Some(ForEach {
                source: result("ids"),
                expression: "{calls.list.ids}".into(),
                concurrency: 1,
                max_items: 5,
                max_bytes: 64,
            });
        })
        .with(change);
    let (endpoint, inputs) = (scene.endpoint(), inputs("p-1"));
    let backends = Recorder(document, Mutex::default());
    let ports = Ports {
        backends: &backends,
        ..scene.ports()
    };
    let ready = check(&endpoint, &inputs).ok().unwrap();
    let deadline = tokio::time::Instant::now() + scene.budget;
    execute(&endpoint, &inputs, ready, &trace(), deadline, ports).await;
    let mut asked = backends.1.into_inner().unwrap();
    asked.remove(0);
    asked
}

#[tokio::test(start_paused = true)]
async fn each_request_holds_what_is_the_same_for_all_of_them() {
    let requests = sent(
        Required,
        |call| {
            call.query = vec![
                ("of".into(), value(Source::Parameter(0))),
                ("by".into(), value(result("by"))),
                ("status".into(), value(Source::Status { call: 0 })),
            ];
            let tag = HeaderName::from_static("x-tag");
            call.headers = vec![(tag, value(result("tag")))];
            call.body = Some(BodyTemplate::Json {
                template: JsonTemplate::Value {
                    source: result("note"),
                    expression: "{v}".into(),
                },
                media_type: "application/json",
            });
        },
        r#"{"ids":["a","b"],"by":"dr-7","tag":"t-1","note":{"n":1.00}}"#,
    )
    .await;
    let lines: Vec<_> = requests.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            r#"POST /a?of=p-1&by=dr-7&status=200 {"n":1.00}"#,
            r#"POST /b?of=p-1&by=dr-7&status=200 {"n":1.00}"#,
        ]
    );
    assert!(requests.iter().all(|request| request.headers[0].1 == "t-1"));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_missing_is_missing_for_each_of_them() {
    let gone = |call: &mut Call| call.query = vec![("by".into(), value(result("by")))];
    for need in [Required, Optional] {
        assert!(sent(need, gone, r#"{"ids":["a","b"]}"#).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_element_that_is_not_base64_leaves_a_required_list_of_writes_unsent() {
    let file = |call: &mut Call| {
        call.path = Template::literal("/files");
        call.body = Some(BodyTemplate::Multipart(vec![Field {
            name: "file".into(),
            content: FieldContent::Base64(Template {
                parts: vec![Part::Value {
                    source: Source::Item(json::Path::default()),
                    encoder: PLAIN,
                    expression: "{item}".into(),
                }],
            }),
            file_name: None,
            media_type: None,
        }]));
    };
    let document = r#"{"ids":["aGVsbG8=","%%","aGVsbG8="]}"#;
    assert_eq!(sent(Required, file, document).await.len(), 0);
    // An optional one is sent as far as it can be.
    assert_eq!(sent(Optional, file, document).await.len(), 2);
}
