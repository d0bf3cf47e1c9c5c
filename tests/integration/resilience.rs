//! Backends that fail, through the service: what is repeated, spared and kept, and what operators see.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use testkit::{DemoStub, Fault, FaultRule};

use crate::support::{PASSWORD, World};

/// A REST backend with these settings, and an endpoint that asks it for one thing.
fn world(backend: &str, call: &str) -> World {
    World::with_stubs("{}", &yaml(backend, call))
}

fn yaml(backend: &str, call: &str) -> String {
    format!(
        r#"
credentials:
  labs: {{ oauth2: {{ token_url: "${{env:TOKEN_URL}}", client_id: manifold-labs, client_secret: "${{env:LABS_SECRET}}", scopes: [results.read], authentication: client_secret_post, timeout: 1s }} }}
backends:
  labs: {{ rest: {{}}, url: "${{env:LABS_URL}}", credential: labs, timeout: 3s, {backend} }}
endpoints:
  - get: /results/{{number}}
    access: {{ scopes: [read] }}
    calls:
      results: {{ backend: labs, get: "/results/{{number}}", {call} }}
"#
    )
}

const PATH: &str = "/results/LAB-500001";

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_failed_is_repeated_and_operators_see_how_often() {
    let world = world("retry: { backoff: { base: 1ms } }", "need: required");
    let labs = world.server(DemoStub::Labs);
    labs.fault_rule(FaultRule::new(Fault::Reset).times(2));
    world.service.get(PATH).await.expect(200);
    assert_eq!(labs.requests().len(), 3);
    let metrics = world.service.metrics().await;
    let line = r#"manifold_call_retries_total{backend="labs",result="sent"} 2"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_fails_is_spared_and_clients_hear_when_to_come_back() {
    let world = world("breaker: { minimum: 3, open_for: 5m }", "need: required");
    let labs = world.server(DemoStub::Labs);
    labs.fault_rule(FaultRule::new(Fault::Status500).times(3));
    for _ in 0..3 {
        let answer = world.service.get(PATH).await.expect(502);
        assert_eq!(answer.code(), "upstream_status");
    }
    let answer = world.service.get(PATH).await.expect(503);
    assert_eq!(answer.code(), "breaker_open");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((290..=300).contains(&wait), "{wait}");
    assert_eq!(labs.requests().len(), 3);
    let metrics = world.service.metrics().await;
    for line in [
        r#"manifold_calls_rejected_total{backend="labs",reason="breaker_open"} 1"#,
        r#"manifold_breaker_state{backend="labs"} 2"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_kept_says_its_age_and_stands_in_when_the_backend_is_away() {
    let world = world("max_cache: 1MiB", "cache: { ttl: 5m }");
    let labs = world.server(DemoStub::Labs);
    let first = world.service.get(PATH).await.expect(200);
    assert_eq!(first.header("age"), None);
    labs.fault(Some(Fault::Refused)).await.unwrap();
    let second = world.service.get(PATH).await.expect(200);
    assert_eq!(second.body, first.body);
    assert!(second.header("age").is_some());
    assert_eq!(labs.requests().len(), 1);
    // Kept for the one who asked.
    let other = [("Authorization", &*portal())];
    let answer = world
        .service
        .send("GET", PATH, &other, "")
        .await
        .expect(502);
    assert_eq!(answer.code(), "upstream_connect");
    let metrics = world.service.metrics().await;
    let line = r#"manifold_cache_lookups_total{backend="labs",result="hit"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_configuration_keeps_what_is_known_of_a_backend_that_it_does_not_touch() {
    let breaker = "breaker: { minimum: 3, open_for: 5m }";
    let world = world(breaker, "need: required");
    let labs = world.server(DemoStub::Labs);
    labs.fault_rule(FaultRule::new(Fault::Status500).times(3));
    for _ in 0..3 {
        world.service.get(PATH).await.expect(502);
    }
    let install = |backend, call| {
        let yaml = yaml(backend, call);
        world.service.install(&yaml, &world.variables);
    };
    install(breaker, "cache: { ttl: 5m }");
    assert_eq!(world.service.get(PATH).await.code(), "breaker_open");
    // What else is said of the backend does not concern its breaker.
    install(
        "breaker: { minimum: 3, open_for: 5m }, max_body: 1MiB",
        "cache: { ttl: 5m }",
    );
    assert_eq!(world.service.get(PATH).await.code(), "breaker_open");
    install(
        "breaker: { minimum: 4, open_for: 5m }",
        "cache: { ttl: 5m }",
    );
    world.service.get(PATH).await.expect(200);
}

/// What another client than the usual one presents.
fn portal() -> String {
    let pair = format!("portál:{PASSWORD}");
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}
