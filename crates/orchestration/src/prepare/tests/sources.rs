//! Where values come from besides parameters, the body and results' bodies; bodies besides JSON.

use http::header::ETAG;
use http::{HeaderName, HeaderValue};

use crate::fake::{Scene, checked, id_part, inputs, line, ok};
use crate::prepare::{Constants, Fault, Item, Values, check, prepare};
use crate::{
    BodyTemplate, Call, ClientBody, Expect, Extra, Inputs, JsonTemplate, Need, Outcome, Part,
    Prepared, QUERY, Resource, SEGMENT, Source, Success, Template,
};

fn value(source: Source) -> Template {
    Template {
        parts: vec![Part::Value {
            source,
            encoder: QUERY,
            expression: "{v}".into(),
        }],
    }
}

fn header(name: &HeaderName) -> Source {
    Source::ResponseHeader {
        call: 0,
        name: name.clone(),
    }
}

fn made(
    change: impl FnOnce(&mut Call),
    inputs: &Inputs,
    item: Option<&Item<'_>>,
) -> Result<Prepared, Fault> {
    let mut scene = Scene::new()
        .call("a", Need::Required, 0, ok("1"))
        .with(change);
    let endpoint = scene.endpoint();
    let extra = Extra {
        headers: vec![(ETAG, HeaderValue::from_static("W/\"7\""))],
        ..Extra::default()
    };
    let outcome = Outcome::Ok(Success {
        extra: Some(Box::new(extra)),
        ..Success::new(202, checked("{}"))
    });
    prepare(
        &endpoint.plan.calls[0],
        Values {
            endpoint: &endpoint,
            inputs,
            results: &[Some(&outcome)],
            item,
        },
    )
}

#[test]
fn a35_status_and_kept_headers_of_an_answer_are_values() {
    let request = made(
        |call| {
            call.query = vec![
                ("status".into(), value(Source::Status { call: 0 })),
                ("etag".into(), value(header(&ETAG))),
            ];
            call.body = Some(BodyTemplate::Json {
                template: JsonTemplate::Value {
                    source: Source::Status { call: 0 },
                    expression: "{status.a}".into(),
                },
                media_type: "application/fhir+json",
            });
        },
        &inputs("1"),
        None,
    )
    .unwrap();
    assert_eq!(line(&request), "GET /x?status=202&etag=W%2F%227%22 202");
    assert_eq!(request.body.unwrap().media_type, "application/fhir+json");
    let missing = made(
        |call| call.query = vec![("x".into(), value(header(&http::header::LOCATION)))],
        &inputs("1"),
        None,
    );
    let expected = "{v}: the answer has no such header";
    assert_eq!(missing, Err(Fault::Result(expected.into())));
}

#[test]
fn an_element_is_the_fault_of_whoever_sent_the_list() {
    let path = json::Path::parse("id").unwrap();
    let constants = Constants::default();
    let element = |list| Item {
        json: br#"{"id":7,"x":null}"#,
        index: 3,
        list,
        constants: &constants,
    };
    let query = |path: &json::Path| {
        let source = Source::Item(path.clone());
        move |call: &mut Call| call.query = vec![("id".into(), value(source))]
    };
    let body = Source::Body(json::Path::parse("list").unwrap());
    let request = made(query(&path), &inputs("1"), Some(&element(&body)));
    assert_eq!(line(&request.unwrap()), "GET /x?id=7");
    let gone = json::Path::parse("gone").unwrap();
    let Err(Fault::Client(fault)) = made(query(&gone), &inputs("1"), Some(&element(&body))) else {
        unreachable!()
    };
    assert_eq!((fault.place, fault.name.as_str()), ("body", "/list/3/gone"));
    let result = Source::Call {
        call: 0,
        path: json::Path::default(),
    };
    let fault = made(query(&gone), &inputs("1"), Some(&element(&result)));
    assert_eq!(fault, Err(Fault::Result("{v}: is required".into())));
}

#[test]
fn a_form_is_encoded_pair_by_pair() {
    let inputs = Inputs {
        body: Some(checked(r#"{"x":"a&b=c d"}"#)),
        parameters: vec![None],
        ..Inputs::default()
    };
    let request = made(
        |call| {
            let body = Source::Body(json::Path::parse("x").unwrap());
            call.body = Some(BodyTemplate::Form(vec![
                ("left-out".into(), value(Source::Parameter(0))),
                ("x".into(), value(body)),
                ("y".into(), Template::literal("1")),
            ]));
        },
        &inputs,
        None,
    )
    .unwrap();
    assert_eq!(line(&request), "GET /x? x=a%26b%3Dc%20d&y=1");
    assert_eq!(
        request.body.unwrap().media_type,
        "application/x-www-form-urlencoded"
    );
}

#[test]
fn the_clients_own_bytes_keep_their_type() {
    let client = |inputs: &Inputs| {
        let request = made(|call| call.body = Some(BodyTemplate::Client), inputs, None);
        let body = request.unwrap().body?;
        Some((body.media_type.to_str().unwrap().to_owned(), body.bytes))
    };
    let raw = Inputs {
        raw: Some(ClientBody {
            media_type: HeaderValue::from_static("image/png"),
            bytes: "PNG".into(),
        }),
        ..inputs("1")
    };
    assert_eq!(client(&raw), Some(("image/png".into(), "PNG".into())));
    let json = Inputs {
        body: Some(checked(r#"{ "a":1.00}"#)),
        ..inputs("1")
    };
    let expected = Some(("application/json".into(), r#"{ "a":1.00}"#.into()));
    assert_eq!(client(&json), expected);
    assert_eq!(client(&inputs("1")), None);
}

#[test]
fn the_resource_that_must_come_is_where_the_path_says() {
    let version = Part::Value {
        source: Source::Status { call: 0 },
        encoder: SEGMENT,
        expression: "{v}".into(),
    };
    let request = made(
        |call| {
            call.path = Template {
                parts: vec![
                    Part::Literal("/Patient/".into()),
                    id_part(),
                    Part::Literal("/_history/".into()),
                    version,
                ],
            };
            call.expect = Expect {
                resource: Some(Resource {
                    kind: "Patient".into(),
                    id: 1,
                    version: Some(3),
                }),
                ..Expect::default()
            }
            .into();
        },
        &inputs("p-1"),
        None,
    )
    .unwrap();
    assert_eq!(request.path, "/Patient/p-1/_history/202");
    assert_eq!(
        (request.id(), request.version()),
        (Some("p-1"), Some("202"))
    );
    let other = made(|_| {}, &inputs("p-1"), None).unwrap();
    assert_eq!((other.id(), other.version()), (None, None));
}

#[test]
fn what_a_call_needs_that_may_not_be_made_is_not_asked_of_the_client_beforehand() {
    let gone = || Source::Body(json::Path::parse("gone").unwrap());
    let body = Inputs {
        body: Some(checked("{}")),
        ..inputs("..")
    };
    let scene = |considers: Vec<usize>| {
        let mut scene = Scene::new()
            .call("a", Need::Required, 0, ok("1"))
            .call("b", Need::Required, 0, ok("1"))
            .with(|call| {
                call.query = vec![("q".into(), value(gone()))];
                call.path = Template {
                    parts: vec![id_part()],
                };
                call.considers = considers;
            });
        let faults = check(&scene.endpoint(), &body).err().unwrap();
        faults
            .into_iter()
            .map(|fault| fault.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(scene(vec![]), ["id", "/gone"]);
    // A value that breaks its place does so whatever comes.
    assert_eq!(scene(vec![0]), ["id"]);
}
