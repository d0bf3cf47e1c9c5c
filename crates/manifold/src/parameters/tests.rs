//! Whole requests.
#![expect(clippy::unwrap_used, reason = "tests")]

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use config::{Access, BodySettings, EndpointSettings, ParameterSettings};
use orchestration::{Inputs, ParameterName};
use problem::Code;
use serde_json::{Value, json};

use super::{Checker, Refused};

fn parameter(place: &'static str, name: &str, schema: Value) -> ParameterSettings {
    ParameterSettings {
        name: ParameterName {
            place,
            name: name.to_owned(),
        },
        required: false,
        schema,
        default: None,
        description: None,
        example: None,
    }
}

fn endpoint(parameters: Vec<ParameterSettings>, body: Option<Value>) -> EndpointSettings {
    EndpointSettings {
        method: http::Method::GET,
        route: "/patients/{id}".to_owned(),
        label: "GET /patients/{id}".into(),
        access: Access::Public,
        limits: None,
        cache_control: None,
        summary: None,
        description: None,
        tags: Vec::new(),
        parameters,
        body: body.map(|schema| BodySettings {
            media_types: Vec::new(),
            schema,
            required: true,
            max: 200,
            selected: false,
            example: None,
        }),
        patient: None,
        plan: std::sync::Arc::default(),
        members: Vec::new(),
        answer: config::AnswerSettings::Members,
        location: None,
        claims: false,
    }
}

fn patients() -> Checker {
    let string = json!({ "type": "string" });
    Checker::new(&endpoint(
        vec![
            parameter(
                "path",
                "id",
                json!({ "type": "string", "pattern": "^[a-z0-9-]+$" }),
            ),
            parameter("query", "patient", string.clone()),
            ParameterSettings {
                default: Some("10".to_owned()),
                ..parameter(
                    "query",
                    "count",
                    json!({ "type": "integer", "maximum": 50 }),
                )
            },
            ParameterSettings {
                required: true,
                ..parameter("header", "X-Purpose", string)
            },
        ],
        None,
    ))
    .unwrap()
}

fn headers(pairs: &[(&str, &[u8])]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_bytes(value).unwrap(),
        );
    }
    map
}

fn texts(inputs: &Inputs) -> Vec<Option<(&str, bool)>> {
    inputs
        .parameters
        .iter()
        .map(|value| {
            value
                .as_ref()
                .map(|value| (value.text.as_str(), value.bare))
        })
        .collect()
}

fn faults(result: Result<Inputs, Refused>) -> Vec<String> {
    let Refused::Invalid(faults) = result.unwrap_err() else {
        return vec!["another refusal".to_owned()];
    };
    faults
        .iter()
        .map(|fault| format!("{} {}: {}", fault.place, fault.name, fault.detail))
        .collect()
}

const PURPOSE: (&str, &[u8]) = ("x-purpose", b"care");

#[test]
fn a38_values_come_in_the_declared_order_with_defaults() {
    let checker = patients();
    let inputs = checker
        .check(
            &[("id", "p-1")],
            "patient=Z%C3%BCrich+%2B",
            &headers(&[PURPOSE]),
            None,
        )
        .unwrap();
    assert_eq!(
        texts(&inputs),
        [
            Some(("p-1", false)),
            Some(("Zürich +", false)),
            Some(("10", true)),
            Some(("care", false))
        ]
    );
    let inputs = checker
        .check(&[("id", "p-1")], "&count=7&", &headers(&[PURPOSE]), None)
        .unwrap();
    assert_eq!(
        texts(&inputs),
        [
            Some(("p-1", false)),
            None,
            Some(("7", true)),
            Some(("care", false))
        ]
    );
}

#[test]
fn all_faults_are_reported_together_and_none_quotes_a_value() {
    let result = patients().check(
        &[("id", "SECRET")],
        "count=SECRET&patient=%zzSECRET&patiant=SECRET&zz=1",
        &headers(&[]),
        None,
    );
    assert_eq!(
        faults(result),
        [
            "path id: must match the pattern ^[a-z0-9-]+$",
            "query patient: holds a broken percent escape",
            "query count: must be an integer",
            "header X-Purpose: is required",
            "query patiant: is not a parameter; did you mean `patient`?",
            "query zz: is not a parameter of this endpoint",
        ]
    );
}

#[test]
fn a_parameter_given_twice_is_refused() {
    let twice = headers(&[PURPOSE, PURPOSE]);
    let result = patients().check(&[("id", "p")], "patient=a&patient=a", &twice, None);
    assert_eq!(
        faults(result),
        [
            "query patient: must not be given twice",
            "header X-Purpose: must not be given twice"
        ]
    );
}

#[test]
fn a_header_that_is_not_utf_8_is_refused() {
    let result = patients().check(
        &[("id", "p")],
        "",
        &headers(&[("x-purpose", b"\xe4")]),
        None,
    );
    assert_eq!(faults(result), ["header X-Purpose: must be UTF-8"]);
}

#[test]
fn an_idempotency_key_is_taken_along() {
    let check = |key: &[u8]| {
        patients().check(
            &[("id", "p")],
            "",
            &headers(&[PURPOSE, ("idempotency-key", key)]),
            None,
        )
    };
    assert_eq!(check(b"k-1").unwrap().idempotency_key.unwrap(), "k-1");
    assert_eq!(
        faults(check(b"")),
        ["header idempotency-key: must not be empty"]
    );
}

fn post(schema: Value, content_type: &str, body: &[u8]) -> Result<Inputs, Refused> {
    let checker = Checker::new(&endpoint(Vec::new(), Some(schema))).unwrap();
    let headers = headers(&[("content-type", content_type.as_bytes())]);
    checker.check(&[], "", &headers, Some(Bytes::copy_from_slice(body)))
}

#[test]
fn a37_a_valid_body_is_kept_byte_for_byte() {
    let body = br#"{"b":1.10,"a":"x"}"#;
    let inputs = post(
        json!({ "type": "object", "required": ["a"] }),
        "application/json",
        body,
    )
    .unwrap();
    assert_eq!(inputs.body.unwrap().bytes(), &body[..]);
    assert!(
        post(json!({}), "application/fhir+json", b"[1]")
            .unwrap()
            .body
            .is_some()
    );
}

#[test]
fn faults_of_a_body_have_pointers_and_no_values() {
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "name": { "type": "string" },
            "tags": { "type": "array", "items": { "enum": ["a", "b"] } },
            "amount": { "type": "number", "maximum": 10 },
            "due": { "type": "string", "format": "date" },
        },
    });
    let result = post(
        schema,
        "application/json",
        br#"{"tags":["a","SECRET"],"amount":99,"due":"SECRET","SECRET":"SECRET"}"#,
    );
    let faults = faults(result);
    for expected in [
        r#"body : must have the member "name""#,
        r#"body /tags/1: must be one of "a", "b""#,
        "body /amount: must be at most 10",
        "body /due: must have the format date",
        "body : has a member that is not declared",
    ] {
        assert!(
            faults.iter().any(|fault| fault == expected),
            "{expected} in {faults:#?}"
        );
    }
    assert!(!faults.concat().contains("SECRET"));
}

#[test]
fn what_a_schema_cannot_see_is_refused_too() {
    let schema = json!({ "type": "object", "properties": { "amount": { "maximum": 10 } } });
    let twice = post(
        schema.clone(),
        "application/json",
        br#"{"amount":99,"amount":1}"#,
    );
    assert_eq!(
        faults(twice),
        ["body : has an object with two members of one name"]
    );
    let huge = post(schema, "application/json", br#"{"amount":1e400}"#);
    assert_eq!(
        faults(huge),
        ["body : has a number outside the range of a double"]
    );
}

#[test]
fn a_body_whose_parts_are_read_says_each_of_them_once() {
    let body: &[u8] = br#"{"kind":"read","kind":"write"}"#;
    let checked = |selected| {
        let mut settings = endpoint(Vec::new(), Some(json!({})));
        settings.body.as_mut().unwrap().selected = selected;
        let headers = headers(&[("content-type", b"application/json")]);
        let body = Some(Bytes::from_static(body));
        Checker::new(&settings)
            .unwrap()
            .check(&[], "", &headers, body)
    };
    assert_eq!(
        faults(checked(true)),
        ["body : has an object with two members of one name"]
    );
    assert_eq!(checked(false).unwrap().body.unwrap().bytes(), body);
}

#[test]
fn a_body_that_is_no_json_absent_or_not_wanted_is_refused() {
    let any = || json!({});
    assert_eq!(
        faults(post(any(), "application/json", b"")),
        ["body : is required"]
    );
    assert_eq!(
        faults(post(any(), "application/json", b"{")),
        ["body : the JSON value is cut off at byte 1"]
    );
    let deep = [b"[".repeat(90), b"]".repeat(90)].concat();
    assert!(post(any(), "application/json", &deep).is_ok());
    assert_eq!(
        post(any(), "text/plain", b"{}").unwrap_err(),
        Refused::MediaType("application/json in UTF-8".into())
    );
    let unwanted = Some(Bytes::from_static(b"{}"));
    let result =
        Checker::new(&endpoint(Vec::new(), None))
            .unwrap()
            .check(&[], "", &headers(&[]), unwanted);
    assert_eq!(faults(result), ["body : this endpoint takes no body"]);
}

#[test]
fn a_refusal_becomes_the_problem_of_its_code() {
    let parameters = patients()
        .check(&[("id", "")], "", &headers(&[PURPOSE]), None)
        .unwrap_err()
        .into_problem();
    assert_eq!(
        (parameters.code, parameters.status),
        (Code::InvalidParameter, 400)
    );
    assert_eq!(parameters.detail, "the request has 1 fault");
    let body = post(json!({}), "application/json", b"{")
        .unwrap_err()
        .into_problem();
    assert_eq!((body.code, body.status), (Code::InvalidBody, 400));
    assert_eq!(Refused::MediaType(String::new()).into_problem().status, 415);
}

#[test]
fn a_schema_that_is_none_does_not_compile() {
    let wrong = endpoint(
        vec![parameter("query", "count", json!({ "type": "integr" }))],
        None,
    );
    let fault = Checker::new(&wrong).err().unwrap();
    assert_eq!((fault.place, fault.name.as_str()), ("query", "count"));
    let remote = endpoint(
        Vec::new(),
        Some(json!({ "$ref": "https://example.org/schema.json" })),
    );
    assert_eq!(Checker::new(&remote).err().unwrap().place, "body");
}
