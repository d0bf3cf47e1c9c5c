//! A call for each of a list: what is found before any call.

use crate::fake::{Scene, body_part, checked, inputs, ok};
use crate::prepare::check;
use crate::{
    BodyTemplate, Call, Field, FieldContent, ForEach, Inputs, Need, PLAIN, Part, Source, Template,
};

fn path(text: &str) -> json::Path {
    json::Path::parse(text).unwrap()
}

fn each(source: Source) -> ForEach {
    ForEach {
        source,
        expression: "{list}".into(),
        concurrency: 2,
        max_items: 5,
        max_bytes: 64,
    }
}

fn item(of: json::Path) -> Template {
    Template {
        parts: vec![Part::Value {
            source: Source::Item(of),
            encoder: PLAIN,
            expression: "{item}".into(),
        }],
    }
}

/// The client's faults of a call for each of a list, which waits for another one.
fn faults(change: impl FnOnce(&mut Call), body: &'static str) -> Vec<String> {
    let mut scene = Scene::new()
        .call("first", Need::Required, 0, ok("1"))
        .call("each", Need::Required, 0, ok("1"))
        .with(|call| call.waits_for = vec![0])
        .with(change);
    let inputs = Inputs {
        body: Some(checked(body)),
        ..inputs("1")
    };
    let faults = check(&scene.endpoint(), &inputs).err().unwrap_or_default();
    faults
        .iter()
        .map(|fault| format!("{} {}: {}", fault.place, fault.name, fault.detail))
        .collect()
}

#[test]
fn what_is_the_same_for_every_element_is_checked_however_many_there_are() {
    for body in [r#"{"ids":[]}"#, r#"{"ids":["a"]}"#, r#"{"ids":["a","b"]}"#] {
        let found = faults(
            |call| {
                call.for_each = Some(each(Source::Body(path("ids"))));
                call.path = item(json::Path::default());
                let reason = vec![body_part("reason")];
                call.query = vec![("reason".into(), Template { parts: reason })];
            },
            body,
        );
        assert_eq!(found, ["body /reason: is required"], "{body}");
    }
}

#[test]
fn the_clients_values_are_checked_though_the_list_is_not_there_yet() {
    let found = faults(
        |call| {
            let list = path("ids");
            call.for_each = Some(each(Source::Call {
                call: 0,
                path: list,
            }));
            call.path = item(json::Path::default());
            let reason = vec![body_part("reason")];
            call.query = vec![("reason".into(), Template { parts: reason })];
        },
        "{}",
    );
    assert_eq!(found, ["body /reason: is required"]);
}

#[test]
fn an_element_that_is_not_base64_is_the_clients_fault() {
    let found = faults(
        |call| {
            call.for_each = Some(each(Source::Body(path("files"))));
            call.body = Some(BodyTemplate::Multipart(vec![Field {
                name: "file".into(),
                content: FieldContent::Base64(item(path("content"))),
                file_name: None,
                media_type: None,
            }]));
        },
        r#"{"files":[{"content":"aGVsbG8="},{"content":"%%"}]}"#,
    );
    assert_eq!(found, ["body /files/1/content: must be base64 here"]);
}
