//! Values in their places.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod header;
mod lists;
mod sources;

use http::{HeaderName, HeaderValue, Method};
use serde_json::Value as Json;

use super::{Fault, Values, check, prepare};
use crate::Need::Required;
use crate::fake::{Scene, body_part, checked, id_part, inputs, line, ok};
use crate::{
    BodyTemplate, Call, Effect, HEADER, Inputs, JsonTemplate, Outcome, PLAIN, Parameter, Part,
    QUERY, Source, Template,
};

fn call_value(path: &str) -> Source {
    Source::Call {
        call: 0,
        path: json::Path::parse(path).unwrap(),
    }
}

fn template(parts: Vec<Part>) -> Template {
    Template { parts }
}

fn query_part(source: Source) -> Part {
    Part::Value {
        source,
        encoder: QUERY,
        expression: "{v}".into(),
    }
}

fn prepared(
    change: impl FnOnce(&mut Call),
    inputs: &Inputs,
    result: &'static str,
) -> Result<super::Prepared, Fault> {
    let mut scene = Scene::new().call("a", Required, 0, ok("1")).with(change);
    let endpoint = scene.endpoint();
    let outcome = ok(result);
    let results: [Option<&Outcome>; 1] = [Some(&outcome)];
    prepare(
        &endpoint.plan.calls[0],
        Values {
            endpoint: &endpoint,
            inputs,
            results: &results,
            item: None,
        },
    )
}

fn json_body(template: JsonTemplate) -> BodyTemplate {
    BodyTemplate::Json {
        template,
        media_type: "application/json",
    }
}

fn body(template: JsonTemplate, inputs: &Inputs) -> Result<Json, Fault> {
    prepared(
        |call| call.body = Some(json_body(template)),
        inputs,
        r#"{"n":1.00,"s":"a\"b","o":{"x":[1]},"null":null}"#,
    )
    .map(|request| serde_json::from_slice(&request.body.unwrap().bytes).unwrap())
}

#[test]
fn a_path_and_a_query_are_rendered_with_values_encoded_for_their_place() {
    let request = prepared(
        |call| {
            call.path = template(vec![Part::Literal("/results/".into()), id_part()]);
            call.query = vec![
                ("q".into(), template(vec![query_part(call_value("s"))])),
                ("n".into(), template(vec![query_part(call_value("n"))])),
            ];
        },
        &inputs("Ł 1"),
        r#"{"n":1.00,"s":"a&b"}"#,
    );
    assert_eq!(
        line(&request.unwrap()),
        "GET /results/%C5%81%201?q=a%26b&n=1.00"
    );
}

#[test]
fn an_optional_parameter_left_out_drops_its_query_pair_and_its_body_member() {
    let none = Inputs {
        parameters: vec![None],
        ..Inputs::default()
    };
    let optional = || Source::Parameter(0);
    let request = prepared(
        |call| {
            call.query = vec![
                ("a".into(), template(vec![query_part(optional())])),
                ("b".into(), Template::literal("1")),
            ];
            call.headers = vec![(
                HeaderName::from_static("x-a"),
                template(vec![Part::Value {
                    source: optional(),
                    encoder: HEADER,
                    expression: "{v}".into(),
                }]),
            )];
            let value = || JsonTemplate::Value {
                source: optional(),
                expression: "{v}".into(),
            };
            let one = || JsonTemplate::Literal(checked("1"));
            call.body = Some(json_body(JsonTemplate::Object(vec![
                ("a".into(), value()),
                ("b".into(), one()),
                (
                    "c".into(),
                    JsonTemplate::Array(vec![value(), one(), value(), one()]),
                ),
                ("d".into(), value()),
            ])));
        },
        &none,
        "1",
    )
    .unwrap();
    assert_eq!(line(&request), r#"GET /x?b=1 {"b":1,"c":[1,1]}"#);
    assert!(request.headers.is_empty());
}

#[test]
fn an_optional_parameter_left_out_is_no_fault_where_nothing_else_stands() {
    let none = Inputs {
        parameters: vec![None],
        ..Inputs::default()
    };
    let lone = query_part(Source::Parameter(0));
    let among_others = vec![Part::Literal("x".into()), lone.clone()];
    for (parts, passes) in [(vec![lone], true), (among_others, false)] {
        let mut scene = Scene::new()
            .call("a", Required, 0, ok("1"))
            .with(|call| call.query = vec![("q".into(), template(parts))]);
        assert_eq!(check(&scene.endpoint(), &none).is_ok(), passes);
    }
}

#[test]
fn a_body_that_is_only_an_absent_optional_parameter_is_null() {
    let none = Inputs {
        parameters: vec![None],
        ..Inputs::default()
    };
    let value = JsonTemplate::Value {
        source: Source::Parameter(0),
        expression: "{v}".into(),
    };
    assert_eq!(body(value, &none), Ok(Json::Null));
}

#[test]
fn a_body_keeps_the_json_type_of_a_value_and_escapes_text() {
    let value = |path| JsonTemplate::Value {
        source: call_value(path),
        expression: "{v}".into(),
    };
    let text = template(vec![
        Part::Literal("say \"".into()),
        Part::Value {
            source: call_value("s"),
            encoder: PLAIN,
            expression: "{v}".into(),
        },
    ]);
    let request = prepared(
        |call| {
            call.body = Some(json_body(JsonTemplate::Object(vec![
                ("n".into(), value("n")),
                ("o".into(), value("o")),
                ("null".into(), value("null")),
                ("t".into(), JsonTemplate::Text(text)),
            ])));
        },
        &inputs("1"),
        r#"{"n":1.00,"s":"a\"b","o":{"x":[1]},"null":null}"#,
    );
    assert_eq!(
        line(&request.unwrap()),
        r#"GET /x? {"n":1.00,"o":{"x":[1]},"null":null,"t":"say \"a\"b"}"#
    );
}

#[test]
fn a_number_parameter_is_written_bare_and_a_string_quoted() {
    for (bare, expected) in [(true, Json::from(7)), (false, Json::from("7"))] {
        let inputs = Inputs {
            parameters: vec![Some(Parameter {
                text: "7".into(),
                bare,
            })],
            ..Inputs::default()
        };
        let value = JsonTemplate::Value {
            source: Source::Parameter(0),
            expression: "{v}".into(),
        };
        assert_eq!(body(value, &inputs), Ok(expected));
    }
}

#[test]
fn a36_what_a_template_cannot_use_names_the_expression_and_never_the_value() {
    for (path, detail) in [
        ("gone", "no member"),
        ("o", "{v}: must be a string, a number or a boolean here"),
        ("null", "{v}: must be a string, a number or a boolean here"),
        ("list", "{v}: must be a string, a number or a boolean here"),
    ] {
        let fault = prepared(
            |call| call.query = vec![("q".into(), template(vec![query_part(call_value(path))]))],
            &inputs("1"),
            r#"{"o":{"secret":"x"},"null":null,"list":["secret"]}"#,
        )
        .unwrap_err();
        let Fault::Result(text) = fault else {
            panic!("{fault:?}")
        };
        assert!(
            text.starts_with("{v}: ") && !text.contains("secret"),
            "{text}"
        );
        assert!(path == "gone" || text == detail, "{text}");
    }
}

#[test]
fn a_call_without_a_result_is_a_mapping_fault() {
    let mut scene = Scene::new()
        .call("a", Required, 0, ok("1"))
        .with(|call| call.path = template(vec![query_part(call_value("x"))]));
    let endpoint = scene.endpoint();
    let fault = prepare(
        &endpoint.plan.calls[0],
        Values {
            endpoint: &endpoint,
            inputs: &inputs("1"),
            results: &[None],
            item: None,
        },
    );
    assert_eq!(
        fault,
        Err(Fault::Result("{v}: the call has no result".into()))
    );
}

#[test]
fn a_header_value_of_a_backend_cannot_add_a_header() {
    let fault = prepared(
        |call| {
            let part = Part::Value {
                source: call_value("v"),
                encoder: HEADER,
                expression: "{v}".into(),
            };
            call.headers = vec![(HeaderName::from_static("x-v"), template(vec![part]))];
        },
        &inputs("1"),
        r#"{"v":"a\r\nb: c"}"#,
    );
    assert_eq!(
        fault,
        Err(Fault::Result(
            "{v}: must not hold control characters in a header".into()
        ))
    );
}

#[test]
fn an_idempotency_key_goes_out_with_writes_only() {
    let inputs = Inputs {
        idempotency_key: Some(HeaderValue::from_static("k-1")),
        ..inputs("1")
    };
    for (effect, expected) in [(Effect::Write, 1), (Effect::Read, 0)] {
        let request = prepared(
            |call| {
                call.effect = effect;
                call.method = Method::POST;
            },
            &inputs,
            "1",
        )
        .unwrap();
        assert_eq!(request.headers.len(), expected);
    }
}

#[test]
fn every_fault_of_the_clients_values_is_found_before_any_call() {
    let part = |path| template(vec![body_part(path)]);
    let mut scene = Scene::new()
        .call("a", Required, 0, ok("1"))
        .with(|call| {
            call.path = template(vec![id_part()]);
            call.query = vec![("q".into(), part("gone"))];
            call.headers = vec![(HeaderName::from_static("x-v"), part(r#"["a~b/c"]"#))];
            call.body = Some(json_body(JsonTemplate::Array(vec![
                JsonTemplate::Object(vec![("x".into(), JsonTemplate::Text(part("list[0].x")))]),
                JsonTemplate::Value {
                    source: Source::Body(json::Path::parse("list[7]").unwrap()),
                    expression: "{v}".into(),
                },
                JsonTemplate::Value {
                    source: Source::Parameter(0),
                    expression: "{id}".into(),
                },
                JsonTemplate::Literal(checked("1")),
            ])));
        })
        .call("b", Required, 0, ok("1"))
        .with(|call| call.path = template(vec![id_part()]));
    let endpoint = scene.endpoint();
    let inputs = Inputs {
        body: Some(checked(r#"{"list":[{}]}"#)),
        ..inputs("..")
    };
    let faults = check(&endpoint, &inputs).err().unwrap();
    let names: Vec<_> = faults
        .iter()
        .map(|fault| format!("{} {}: {}", fault.place, fault.name, fault.detail))
        .collect();
    assert_eq!(
        names,
        [
            "path id: must not hold the path segments `.` or `..`",
            "body /gone: is required",
            "body /a~0b~1c: is required",
            "body /list/0/x: is required",
            "body /list/7: is required",
        ]
    );
    let good = Inputs {
        parameters: vec![Some(Parameter {
            text: "1".into(),
            bare: false,
        })],
        ..Inputs::default()
    };
    assert!(check(&Scene::new().endpoint(), &good).is_ok());
}

#[test]
fn a_body_in_several_slices_is_read_as_one() {
    let mut checker = json::Checker::new(json::Limits::default());
    let long = format!(r#"{{"a":"{}","#, "x".repeat(9000));
    checker.feed(long.into()).unwrap();
    checker.feed(r#""id":"p-1","n":5}"#.into()).unwrap();
    let outcome = Outcome::Ok(crate::Success::new(200, checker.finish().unwrap()));
    let mut scene = Scene::new().call("a", Required, 0, ok("1")).with(|call| {
        call.query = vec![
            ("id".into(), template(vec![query_part(call_value("id"))])),
            ("n".into(), template(vec![query_part(call_value("n"))])),
        ];
    });
    let endpoint = scene.endpoint();
    let request = prepare(
        &endpoint.plan.calls[0],
        Values {
            endpoint: &endpoint,
            inputs: &inputs("1"),
            results: &[Some(&outcome)],
            item: None,
        },
    );
    assert_eq!(line(&request.unwrap()), "GET /x?id=p-1&n=5");
}
