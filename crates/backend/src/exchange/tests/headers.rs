//! What goes out beside the credential.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use orchestration::Trace;
use secrecy::SecretString;
use url::Url;

use crate::Dialect::Rest;
use crate::fake::{FHIR, Network, Tokens, ended, exchange, house, json, payload, settings, text};
use crate::{Credential, Settings};

fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

fn patient() -> Network {
    Network::new(|_, _| json(200, r#"{"resourceType":"Patient","id":"1"}"#))
}

#[tokio::test(start_paused = true)]
async fn a11_the_bearer_token_goes_out_beside_the_other_configured_headers() {
    let (network, tokens) = (patient(), Tokens::willing());
    let settings = Settings {
        credential: tokens.credential(),
        headers: HeaderMap::from_iter([header("x-tenant", "north")]),
        ..settings(Rest)
    };
    let mut call = exchange(Method::GET, "/a");
    call.request.headers = vec![header("x-purpose", "care")];
    call.trace = Arc::new(Trace {
        tracestate: Some(HeaderValue::from_static("a=b")),
        ..(*call.trace).clone()
    });
    house(settings, &network).send(call).await;
    let seen = network.seen();
    let seen = seen.first().unwrap();
    for (name, value) in [
        ("authorization", "Bearer t1"),
        ("x-tenant", "north"),
        ("x-purpose", "care"),
        ("accept", "application/json"),
        ("x-request-id", "r-1"),
        ("traceparent", "00-1-2-01"),
        ("tracestate", "a=b"),
        (
            "user-agent",
            concat!("manifold/", env!("CARGO_PKG_VERSION")),
        ),
    ] {
        assert_eq!(seen.header(name), [value]);
    }
}

#[tokio::test(start_paused = true)]
async fn a30_nothing_but_what_is_configured_goes_out() {
    let network = patient();
    house(settings(Rest), &network).get("/a").await;
    let seen = network.seen();
    let mut names: Vec<_> = seen.first().unwrap().headers.keys().collect();
    names.sort_by_key(|name| name.as_str());
    let expected = [
        "accept",
        "host",
        "traceparent",
        "user-agent",
        "x-request-id",
    ];
    assert_eq!(names, expected);
}

#[tokio::test(start_paused = true)]
async fn a_call_s_own_header_takes_the_place_of_the_backend_s() {
    let network = patient();
    let settings = Settings {
        headers: HeaderMap::from_iter([header("x-tenant", "north"), header("accept", "text/json")]),
        ..settings(Rest)
    };
    let mut call = exchange(Method::POST, "/a");
    call.request.body = Some(payload("[]").into());
    call.request.headers = vec![
        header("x-tenant", "south"),
        header("content-type", "application/merge-patch+json"),
    ];
    house(settings, &network).send(call).await;
    let seen = network.seen();
    let seen = seen.first().unwrap();
    assert_eq!(seen.header("x-tenant"), ["south"]);
    assert_eq!(seen.header("accept"), ["text/json"]);
    assert_eq!(
        seen.header("content-type"),
        ["application/merge-patch+json"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_credential_takes_the_place_of_any_header_of_its_name() {
    let network = patient();
    let key = SecretString::from("k");
    let settings = Settings {
        credential: Credential::api_key_header(HeaderName::from_static("x-key"), &key).unwrap(),
        headers: HeaderMap::from_iter([header("x-key", "backend")]),
        ..settings(Rest)
    };
    let mut call = exchange(Method::GET, "/a");
    call.request.headers = vec![header("x-key", "call")];
    house(settings, &network).send(call).await;
    assert_eq!(network.seen().first().unwrap().header("x-key"), ["k"]);
}

#[tokio::test(start_paused = true)]
async fn a37_a_json_body_is_labelled_and_a_201_returns_its_own() {
    let network = Network::new(|_, _| json(201, r#"{"id": 1.00}"#));
    let outcome = house(settings(Rest), &network)
        .post(r#"{"name":"Łódź"}"#)
        .await;
    assert_eq!(ended(&outcome), ("ok", None, Some(201)));
    assert_eq!(text(&outcome), r#"{"id": 1.00}"#);
    let seen = network.seen();
    let seen = seen.first().unwrap();
    assert_eq!(seen.header("content-type"), ["application/json"]);
    assert_eq!(seen.body.as_deref(), Some(r#"{"name":"Łódź"}"#.as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn b18_a_write_without_a_body_has_an_empty_one_and_a_read_or_delete_has_none() {
    for (method, length) in [
        (Method::POST, Some(0)),
        (Method::PUT, Some(0)),
        (Method::PATCH, Some(0)),
        (Method::DELETE, None),
        (Method::GET, None),
    ] {
        let network = patient();
        house(settings(Rest), &network)
            .send(exchange(method.clone(), "/a"))
            .await;
        let seen = network.seen();
        let seen = seen.first().unwrap();
        assert_eq!(
            seen.body.as_ref().map(bytes::Bytes::len),
            length,
            "{method}"
        );
        assert!(seen.header("content-type").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn f4_a_406_drops_the_version_parameter_once_and_is_remembered() {
    let network = Network::new(|seen, _| match seen.header("accept").first() {
        Some(accept) if accept.contains("fhirVersion") => json(406, ""),
        _ => json(200, r#"{"resourceType":"Patient","id":"1"}"#),
    });
    let house = house(settings(FHIR), &network);
    for _ in 0..2 {
        assert_eq!(ended(&house.get("/Patient/1").await).0, "ok");
    }
    let accepts: Vec<_> = network
        .seen()
        .iter()
        .flat_map(|seen| seen.header("accept"))
        .collect();
    assert_eq!(
        accepts,
        [
            "application/fhir+json; fhirVersion=4.0",
            "application/fhir+json",
            "application/fhir+json",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn f4_a_second_406_is_the_answer_and_rest_has_no_fallback() {
    for (dialect, requests) in [(FHIR, 2), (Rest, 1)] {
        let network = Network::new(|_, _| json(406, ""));
        let outcome = house(settings(dialect), &network).get("/Patient/1").await;
        let expected = ("failed", Some("upstream_status"), Some(406));
        assert_eq!(ended(&outcome), expected);
        assert_eq!(network.seen().len(), requests);
    }
}

#[tokio::test(start_paused = true)]
async fn f4_fallback_and_renewal_go_together_and_end() {
    let tokens = Tokens::willing();
    let network = Network::new(|_, number| match number {
        2 => json(406, ""),
        _ => json(401, ""),
    });
    let settings = Settings {
        credential: tokens.credential(),
        ..settings(FHIR)
    };
    let outcome = house(settings, &network).get("/Patient/1").await;
    assert_eq!(ended(&outcome).1, Some("upstream_refused"));
    assert_eq!(network.bearers(), ["t1", "t2", "t2"]);
}

#[tokio::test(start_paused = true)]
async fn the_host_is_the_backend_s_with_its_port_where_that_says_something() {
    for (url, host) in [
        ("https://ehr.example/fhir", "ehr.example"),
        ("https://ehr.example:443/fhir", "ehr.example"),
        ("http://ehr.example:8080/fhir", "ehr.example:8080"),
        ("http://[::1]:8080/fhir", "[::1]:8080"),
    ] {
        let network = patient();
        let settings = Settings {
            url: Url::parse(url).unwrap(),
            ..settings(Rest)
        };
        house(settings, &network).get("/a").await;
        assert_eq!(network.seen().first().unwrap().header("host"), [host]);
    }
}
