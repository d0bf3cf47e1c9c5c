//! One request in, several systems asked, one answer out; and what each system gets to see.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::json;
use testkit::{
    DemoStub, Fault, FaultSettings, Handler, NextLink, Reply, Request, Response, Server,
};

use crate::support::{BACKENDS, KEY, PASSWORD, Running, World, exchange};

/// One FHIR read, one FHIR search, one REST call that waits for the read.
pub(crate) const SUMMARY: &str = r#"
endpoints:
  - get: /patients/{id}
    access: { scopes: [read] }
    patient: "{id}"
    budget: 5s
    calls:
      patient: { backend: ehr, read: "Patient/{id}" }
      vitals: { backend: ehr, search: Observation, query: { patient: "{id}", category: vital-signs }, pages: 5, need: optional }
      results: { backend: labs, get: "/results/{calls.patient.identifier[2].value}", need: optional }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a01_one_request_asks_fhir_and_rest_backends_and_gets_one_answer() {
    let world = World::start(SUMMARY);
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert!(answer.is_complete());
    let body = answer.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["patient", "vitals", "results"]);
    assert_eq!(body["patient"]["id"], "pat-001");
    assert_eq!(body["vitals"]["type"], "searchset");
    assert_eq!(body["results"]["number"], "LAB-500001");
    assert_eq!(world.server(DemoStub::Labs).requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a02_how_a_client_came_in_does_not_change_how_backends_are_authorised() {
    let world = World::start(SUMMARY);
    let basic = basic("portál", PASSWORD);
    for headers in [[KEY], [("Authorization", basic.as_str())]] {
        let answer = world
            .service
            .send("GET", "/patients/pat-002", &headers, "")
            .await;
        answer.expect(200);
    }
    let requests = world.server(DemoStub::Labs).requests();
    let bearers: Vec<_> = requests
        .iter()
        .map(|request| request.bearer().unwrap())
        .collect();
    assert_eq!(bearers.len(), 2);
    assert_eq!(bearers[0], bearers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a11_the_token_goes_out_as_bearer_with_the_other_configured_headers() {
    let world = World::with_stubs(
        r#"{ "orders": { "routes": [ { "method": "GET", "path": "/orders", "body": [] } ] } }"#,
        &with_backend(
            r#"orders: { rest: {}, url: "${env:ORDERS_URL}", credential: labs, headers: { X-Api-Version: 2 } }"#,
            r"
endpoints:
  - get: /orders
    access: { scopes: [read] }
    calls: { orders: { backend: orders, get: /orders, headers: { X-Ward: seven } } }
",
        ),
    );
    world.service.get("/orders").await.expect(200);
    let requests = world.stub("orders").requests();
    let seen = |name| requests[0].header(name);
    assert!(requests[0].bearer().is_some_and(|token| token.len() > 16));
    assert_eq!(
        requests[0].headers.get_all("authorization").iter().count(),
        1
    );
    assert_eq!(
        (seen("x-api-version"), seen("x-ward")),
        (Some("2"), Some("seven"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a13_no_token_goes_to_another_origin_by_next_link_or_redirect() {
    let world = World::start(SUMMARY);
    let elsewhere = Server::start(0, Arc::new(Anything)).unwrap();
    world
        .demo
        .ehr()
        .set_next_link(NextLink::ForeignOrigin(elsewhere.url()));
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert!(!answer.is_complete());
    assert_eq!(answer.call("vitals")["code"], "search_incomplete");

    let labs = world.server(DemoStub::Labs);
    labs.fault_settings(FaultSettings {
        login_url: elsewhere.url(),
        ..FaultSettings::default()
    });
    labs.fault(Some(Fault::Redirect)).await.unwrap();
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert_eq!(answer.call("results")["outcome"], "failed");
    assert_eq!(
        (elsewhere.connections(), elsewhere.requests().len()),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a14_backends_may_check_the_token_as_they_like() {
    let world = World::start(SUMMARY);
    let introspecting = Introspecting {
        authorization_server: world.demo.server(DemoStub::AuthorizationServer).address(),
        credentials: basic("manifold-labs", variable(&world, "LABS_SECRET")),
    };
    let introspecting = Server::start(0, Arc::new(introspecting)).unwrap();
    let yaml = with_backend(
        r#"other: { rest: {}, url: "${env:OTHER_URL}", credential: labs }"#,
        r"
endpoints:
  - get: /both
    access: { scopes: [read] }
    calls:
      itself: { backend: labs, get: /results/LAB-500001 }
      by_introspection: { backend: other, get: / }
",
    );
    let mut variables = world.variables.clone();
    variables.push(("OTHER_URL".to_owned(), introspecting.url()));
    let service = Running::start(&yaml, &variables);
    let answer = service.get("/both").await.expect(200).json();
    assert_eq!(answer["by_introspection"], json!({ "active": true }));
    assert_eq!(answer["itself"]["number"], "LAB-500001");
}

/// The standard backends and one more, in front of `endpoints`.
pub(crate) fn with_backend(backend: &str, endpoints: &str) -> String {
    format!("{BACKENDS}  {backend}\n{endpoints}")
}

pub(crate) fn variable<'world>(world: &'world World, name: &str) -> &'world str {
    let found = world.variables.iter().find(|(known, _)| known == name);
    &found.unwrap().1
}

/// The header value of HTTP Basic.
pub(crate) fn basic(username: &str, password: &str) -> String {
    use base64::Engine;
    let pair = format!("{username}:{password}");
    format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair))
}

/// Answers everything: whoever asks it has been led astray.
struct Anything;

#[async_trait]
impl Handler for Anything {
    async fn handle(&self, _: Request) -> Reply {
        Response::json(StatusCode::OK, &json!({})).into()
    }
}

/// A backend that asks the authorization server about each token (RFC 7662).
struct Introspecting {
    authorization_server: std::net::SocketAddr,
    credentials: String,
}

#[async_trait]
impl Handler for Introspecting {
    async fn handle(&self, request: Request) -> Reply {
        let form = format!("token={}", request.bearer().unwrap_or_default());
        let headers = [
            ("Authorization", self.credentials.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let line = "POST /introspect";
        let told = exchange(self.authorization_server, line, &headers, form.as_bytes()).await;
        let active = told.json()["active"] == true;
        Response::json(StatusCode::OK, &json!({ "active": active })).into()
    }
}
