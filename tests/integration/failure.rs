//! What fails, what goes on, and what the answer says about each source.

use std::time::Duration;

use testkit::{DemoStub, Fault, FaultRule};
use tokio::time::Instant;

use crate::flow::SUMMARY;
use crate::support::{BACKENDS, World, traces};

#[tokio::test(flavor = "multi_thread")]
async fn a22_a_dead_authorization_server_fails_only_the_calls_that_need_its_token() {
    let world = World::start(SUMMARY);
    let server = world.server(DemoStub::AuthorizationServer);
    server.fault_rule(FaultRule::new(Fault::Status503).after(1));
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert_eq!(answer.json()["patient"]["id"], "pat-001");
    let results = answer.call("results");
    assert_eq!(results["code"], "upstream_auth_unavailable");
    assert!(results["retry_after"].as_u64().is_some());

    let again = world.service.get("/patients/pat-002").await.expect(200);
    assert_eq!(
        again.json()["patient"]["id"],
        "pat-002",
        "its token is still good"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a22_a_hiccup_of_the_authorization_server_is_retried_within_the_deadline() {
    let world = World::start(SUMMARY);
    let server = world.server(DemoStub::AuthorizationServer);
    server.fault_rule(FaultRule::new(Fault::Reset).times(1));
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert!(answer.is_complete());
    assert_eq!(world.token_calls(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a22_without_any_token_the_answer_says_when_to_come_back() {
    let world = World::start(SUMMARY);
    let server = world.server(DemoStub::AuthorizationServer);
    server.fault(Some(Fault::Refused)).await.unwrap();
    let answer = world.service.get("/patients/pat-001").await.expect(503);
    assert_eq!(answer.code(), "upstream_auth_unavailable");
    assert!(
        answer
            .header("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a24_the_answer_says_of_each_source_how_it_ended() {
    let world = World::start(SUMMARY);
    let ehr = world.server(DemoStub::Ehr);
    ehr.fault_rule(FaultRule::new(Fault::Status500).under("/fhir/Observation"));
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert_eq!(answer.header("manifold-complete"), Some("false"));
    assert!(answer.json()["vitals"].is_null());
    let vitals = answer.call("vitals");
    let said =
        ["backend", "need", "outcome", "code"].map(|member| vitals[member].as_str().unwrap());
    assert_eq!(said, ["ehr", "optional", "failed", "upstream_status"]);
    assert_eq!(vitals["status"], 500);

    ehr.fault(Some(Fault::Status404)).await.unwrap();
    let answer = world.service.get("/patients/pat-001").await.expect(404);
    let outcome = |call| answer.call(call)["outcome"].clone();
    assert_eq!(outcome("patient"), "absent");
    assert_eq!(outcome("results"), "skipped");
    let metrics = world.service.metrics().await;
    assert!(
        metrics
            .contains(r#"manifold_calls_total{backend="ehr",outcome="absent",code="not_found"} 1"#)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a25_a_slow_backend_never_delays_the_others_past_the_deadline() {
    let endpoints = SUMMARY.replace("budget: 5s", "budget: 400ms");
    let world = World::with_stubs("{}", &format!("{BACKENDS}{endpoints}"));
    world.service.get("/patients/pat-001").await;
    world
        .server(DemoStub::Labs)
        .fault(Some(Fault::Slow))
        .await
        .unwrap();
    let began = Instant::now();
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(answer.call("results")["code"], "deadline");
    assert_eq!(answer.json()["vitals"]["resourceType"], "Bundle");

    world
        .server(DemoStub::Ehr)
        .fault(Some(Fault::StallBody))
        .await
        .unwrap();
    let began = Instant::now();
    let answer = world.service.get("/patients/pat-001").await.expect(504);
    assert_eq!(answer.code(), "deadline");
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a26_an_operation_outcome_is_shown_to_the_client_and_kept_out_of_the_logs() {
    const SAID: &str = "Observation of Zbigniew-a26 is locked";
    let declaration = format!(
        r#"{{ "fhir": {{ "routes": [ {{ "method": "GET", "path": "/Observation", "status": 422,
          "headers": {{ "Content-Type": "application/fhir+json" }},
          "body": {{ "resourceType": "OperationOutcome", "issue": [
            {{ "severity": "error", "code": "business-rule", "diagnostics": "{SAID}" }},
            {{ "severity": "warning", "code": "made-up", "diagnostics": "{}" }} ] }} }} ] }} }}"#,
        "x".repeat(5000)
    );
    let yaml = r#"
backends: { fhir: { fhir: R4, url: "${env:FHIR_URL}" } }
endpoints:
  - get: /
    access: { scopes: [read] }
    calls: { a: { backend: fhir, search: Observation, query: { status: final }, need: optional } }
"#;
    let world = World::with_stubs(&declaration, yaml);
    let answer = world.service.get("/").await.expect(200);
    let issues = answer.call("a")["issues"].clone();
    assert_eq!(issues[0]["severity"], "error");
    assert_eq!(issues[0]["code"], "business-rule");
    assert_eq!(issues[0]["diagnostics"], SAID);
    assert_eq!(issues[1]["code"], "exception");
    assert!(
        issues[1]["diagnostics"].as_str().unwrap().len() < 1500,
        "capped"
    );
    world.service.access_lines(1).await;
    let logged = world.service.access_log.text() + &traces().text();
    assert!(!logged.contains("Zbigniew-a26"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_repeats_our_credential_or_its_host_is_not_quoted() {
    let declaration = r#"{ "internal": { "routes": [ { "method": "GET", "path": "/Observation", "status": 422,
        "headers": { "Content-Type": "application/fhir+json" },
        "body": { "resourceType": "OperationOutcome", "issue": [
          { "severity": "error", "code": "processing", "diagnostics": "127.0.0.1 has no such index" },
          { "severity": "error", "code": "processing", "diagnostics": "ask the ward" } ] } } ] } }"#;
    let yaml = format!(
        r#"{BACKENDS}  internal: {{ fhir: R4, url: "${{env:INTERNAL_URL}}" }}
  keyed: {{ fhir: R4, url: "${{env:EHR_URL}}", credential: weather }}
endpoints:
  - get: /
    access: {{ scopes: [read] }}
    calls:
      token: {{ backend: ehr, read: Patient/pat-001, need: optional }}
      key: {{ backend: keyed, read: Patient/pat-001, need: optional }}
      cut: {{ backend: ehr, search: Observation, query: {{ note: {} }}, need: optional }}
      host: {{ backend: internal, search: Observation, query: {{ status: final }}, need: optional }}
"#,
        // The token begins before the longest text that is shown ends, and ends after it.
        "x".repeat(437)
    );
    let world = World::with_stubs(declaration, &yaml);
    let ehr = world.server(DemoStub::Ehr);
    ehr.fault(Some(Fault::Echo)).await.unwrap();
    let answer = world.service.get("/").await.expect(200);
    for call in ["token", "key", "cut"] {
        let entry = answer.call(call);
        assert_eq!(entry["status"], 400, "{call}");
        assert_eq!(entry["issues"][0]["severity"], "error", "{call}: {entry}");
        assert!(
            entry["issues"][0].get("diagnostics").is_none(),
            "{call}: {entry}"
        );
    }
    let issues = answer.call("host")["issues"].clone();
    assert!(issues[0].get("diagnostics").is_none(), "{issues}");
    assert_eq!(issues[1]["diagnostics"], "ask the ward");
    let secrets = world.secrets();
    assert!(secrets.len() > 4, "the token is among them");
    let beginnings = secrets.iter().map(|secret| &secret[..6]);
    for hidden in beginnings.chain(["127.0.0.1"]) {
        assert!(!answer.text().contains(hidden));
    }
}
