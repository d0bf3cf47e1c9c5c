//! Tokens: asked for as RFC 6749 says, cached, renewed unnoticed, shared only between equals.

use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use testkit::{DemoStub, Request, Response};

use crate::flow::{SUMMARY, with_backend};
use crate::support::{World, eventually, traces};

const RESULTS: &str = r#"
endpoints:
  - get: /results/{number}
    access: { scopes: [read] }
    calls: { results: { backend: labs, get: "/results/{number}" } }
"#;

/// A backend that takes any token and shows it to the test.
const OPEN: &str = r#"{ "open": { "routes": [ { "method": "GET", "path": "/", "body": {} } ] } }"#;

fn token_requests(world: &World) -> Vec<Request> {
    let mut requests = world.server(DemoStub::AuthorizationServer).requests();
    requests.retain(|request| request.path == "/token");
    requests
}

fn form_value(request: &Request, name: &str) -> Option<String> {
    let found = request.form().into_iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value)
}

#[tokio::test(flavor = "multi_thread")]
async fn a03_the_service_authenticates_itself_with_client_credentials() {
    let world = World::start(SUMMARY);
    world.service.get("/patients/pat-001").await.expect(200);
    for request in token_requests(&world) {
        assert_eq!(
            form_value(&request, "grant_type").unwrap(),
            "client_credentials"
        );
        let in_header = request.header("authorization").is_some();
        let in_body = form_value(&request, "client_secret").is_some();
        assert!(in_header != in_body, "one way of authentication, not two");
    }
    assert_eq!(world.token_calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a04_scopes_go_out_joined_by_spaces_and_without_scopes_there_is_no_parameter() {
    let credentials = r#"
credentials:
  two: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-hospital, client_secret: "${env:HOSPITAL_SECRET}", scopes: [system/Patient.rs, system/Observation.rs] } }
  none: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-hospital, client_secret: "${env:HOSPITAL_SECRET}" } }
backends:
  two: { rest: {}, url: "${env:OPEN_URL}", credential: two }
  none: { rest: {}, url: "${env:OPEN_URL}", credential: none }
endpoints:
  - { get: /two, access: { scopes: [] }, calls: { a: { backend: two, get: / } } }
  - { get: /none, access: { scopes: [] }, calls: { a: { backend: none, get: / } } }
"#;
    let world = World::with_stubs(OPEN, credentials);
    world.service.get("/two").await.expect(200);
    world.service.get("/none").await.expect(200);
    let scopes: Vec<_> = token_requests(&world)
        .iter()
        .map(|request| form_value(request, "scope"))
        .collect();
    let joined = "system/Patient.rs system/Observation.rs".to_owned();
    assert_eq!(scopes, [Some(joined), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a05_a_narrower_granted_scope_is_counted_and_warned_about() {
    let yaml = r#"
credentials:
  narrowed-a05: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: x, client_secret: y, scopes: [read, write-a05] } }
backends: { open: { rest: {}, url: "${env:OPEN_URL}", credential: narrowed-a05 } }
endpoints: [ { get: /, access: { scopes: [] }, calls: { a: { backend: open, get: / } } } ]
"#;
    let world = World::with_stubs(OPEN, yaml);
    let granted =
        json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 60, "scope": "read" });
    let reply = Response::json(StatusCode::OK, &granted);
    world.demo.authorization_server().script(vec![reply.into()]);
    world.service.get("/").await.expect(200);
    let metrics = world.service.metrics().await;
    assert!(metrics.contains(r#"token_scopes_narrowed_total{credential="narrowed-a05"} 1"#));
    let text = traces().text();
    let warned = |line: &str| {
        line.contains("WARN") && line.contains("narrowed-a05") && line.contains("write-a05")
    };
    assert!(text.lines().any(warned));
}

#[tokio::test(flavor = "multi_thread")]
async fn a06_a_token_is_sent_as_it_came() {
    let world = World::with_stubs(OPEN, &with_open("labs"));
    for token in ["a.b~c+d/e-f_g==", "eyJub3QiOiJhIn0.jwt.", "%41%20"] {
        let granted = json!({ "access_token": token, "token_type": "bearer", "expires_in": 0 });
        let reply = Response::json(StatusCode::OK, &granted);
        world.demo.authorization_server().script(vec![reply.into()]);
        world.service.get("/").await.expect(200);
        let requests = world.stub("open").requests();
        assert_eq!(requests.last().unwrap().bearer(), Some(token));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a07_first_use_fetches_one_token_and_caches_it() {
    let world = World::start(RESULTS);
    assert_eq!(
        world.token_calls(),
        0,
        "nothing is fetched before it is needed"
    );
    for _ in 0..5 {
        world.service.get("/results/LAB-500001").await.expect(200);
    }
    assert_eq!(world.token_calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a08_concurrent_first_requests_make_one_token_request() {
    let world = World::start(RESULTS);
    let asked = (0..50).map(|_| world.service.get("/results/LAB-500001"));
    for answer in join_all(asked).await {
        answer.expect(200);
    }
    assert_eq!(world.token_calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a09_an_expired_token_is_renewed_without_a_trace_in_the_answers() {
    let lifetime = Duration::from_secs(2);
    let yaml = with_backend("", RESULTS);
    let world = World::with_tokens_for(lifetime, "{}", &yaml);
    eventually("a second and a third token", async || {
        let answer = world.service.get("/results/LAB-500001").await.expect(200);
        assert!(answer.is_complete());
        (world.token_calls() >= 3).then_some(())
    })
    .await;
    let rejected = world.service.metrics().await;
    assert!(
        !rejected.contains("manifold_token_rejections_total{"),
        "{rejected}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_a_revoked_token_costs_one_renewal_and_one_retry_that_nobody_notices() {
    let world = World::start(RESULTS);
    world.service.get("/results/LAB-500001").await.expect(200);
    assert_eq!(world.demo.authorization_server().revoke_all(), 1);
    let answer = world.service.get("/results/LAB-500001").await.expect(200);
    assert!(answer.is_complete());
    assert_eq!(world.token_calls(), 2);
    assert_eq!(world.server(DemoStub::Labs).requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_a_write_is_sent_once_more_too_when_its_token_was_refused() {
    let world = World::start(
        r"
endpoints:
  - post: /orders
    access: { scopes: [write] }
    calls: { order: { backend: labs, post: /orders, body: { test: HbA1c } } }
",
    );
    world.service.post("/orders", "").await.expect(201);
    assert_eq!(world.demo.authorization_server().revoke_all(), 1);
    let second = world.service.post("/orders", "").await.expect(201);
    assert_eq!(world.server(DemoStub::Labs).requests().len(), 3);
    assert_eq!(second.json()["order"]["id"], "ord-2", "applied once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a12_backends_on_one_credential_share_a_token_and_different_definitions_do_not() {
    let yaml = r#"
credentials:
  one: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-labs, client_secret: "${env:LABS_SECRET}", scopes: [results.read] } }
  other-scope: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-labs, client_secret: "${env:LABS_SECRET}", scopes: [orders.write] } }
  other-parameter: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-labs, client_secret: "${env:LABS_SECRET}", scopes: [results.read], parameters: { ward: 7 } } }
backends:
  a: { rest: {}, url: "${env:OPEN_URL}", credential: one }
  b: { rest: {}, url: "${env:OPEN_URL}", credential: one }
  c: { rest: {}, url: "${env:OPEN_URL}", credential: other-scope }
  d: { rest: {}, url: "${env:OPEN_URL}", credential: other-parameter }
endpoints:
  - get: /
    access: { scopes: [] }
    calls:
      a: { backend: a, get: /, query: { from: a } }
      b: { backend: b, get: /, query: { from: b } }
      c: { backend: c, get: /, query: { from: c } }
      d: { backend: d, get: /, query: { from: d } }
"#;
    let world = World::with_stubs(OPEN, yaml);
    world.service.get("/").await.expect(200);
    assert_eq!(world.token_calls(), 3);
    let requests = world.stub("open").requests();
    let token = |name| {
        let from = requests
            .iter()
            .find(|request| request.query_value("from") == Some(name));
        from.unwrap().bearer().unwrap()
    };
    assert_eq!(token("a"), token("b"));
    assert!(token("a") != token("c") && token("a") != token("d") && token("c") != token("d"));
}

/// An endpoint in front of the backend that takes any token.
fn with_open(credential: &str) -> String {
    let backend =
        format!(r#"open: {{ rest: {{}}, url: "${{env:OPEN_URL}}", credential: {credential} }}"#);
    let endpoints = "
endpoints: [ { get: /, access: { scopes: [] }, calls: { a: { backend: open, get: / } } } ]
";
    with_backend(&backend, endpoints)
}
