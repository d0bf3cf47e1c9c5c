//! How an answer came about, for those with the right to know.

mod attempts;

use testkit::{DemoStub, Fault};

use crate::support::{BACKENDS, KEY, LIMITED_KEY, World, parse};

/// `robot` has `write`, and with it the right.
const YAML: &str = r#"
explain: { scopes: [write] }
documents: { access: public }
endpoints:
  - get: /patients/{id}
    access: { scopes: [] }
    budget: 5s
    calls:
      patient: { backend: ehr, read: "Patient/{id}" }
      results: { backend: labs, get: "/results/{calls.patient.identifier[2].value}", need: optional }
  - get: /open
    access: public
    answer: { a: 1 }
"#;

fn world() -> World {
    World::start(YAML)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_explained_with_plan_times_and_tokens_and_without_the_patient() {
    let world = world();
    let plain = world.service.get("/patients/pat-001").await.expect(200);
    let answer = world
        .service
        .get("/patients/pat-001?explain=true")
        .await
        .expect(200);
    let document = answer.json();
    assert_eq!(document["answer"], plain.json(), "the answer gains nothing");
    assert_eq!(answer.header("manifold-complete"), Some("true"));
    let explain = &document["explain"];
    assert_eq!(explain["endpoint"], "GET /patients/{id}");
    assert_eq!(explain["budget_ms"], 5000.0);
    assert!(explain["took_ms"].as_f64().unwrap() > 0.0);
    let call = &explain["calls"][1];
    for (member, expected) in [
        ("call", "results"),
        ("backend", "labs"),
        ("need", "optional"),
        ("effect", "read"),
        (
            "request",
            "GET /results/{calls.patient.identifier[2].value}",
        ),
        ("outcome", "ok"),
    ] {
        assert_eq!(call[member], expected, "{member}");
    }
    assert_eq!(call["waits_for"], serde_json::json!(["patient"]));
    assert_eq!(call["status"], 200);
    assert!(call["took_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(call["credential"]["name"], "labs");
    assert_eq!(call["credential"]["state"], "fresh");
    assert!(call["credential"]["expires_in_seconds"].as_u64().unwrap() > 200);
    let told = explain.to_string();
    assert!(
        !told.contains("pat-001") && !told.contains("LAB-500001"),
        "{told}"
    );
    for secret in world.secrets() {
        assert!(!told.contains(&secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_explained_with_its_own_status_and_the_problem_as_it_is() {
    let world = world();
    let ehr = world.server(DemoStub::Ehr);
    ehr.fault(Some(Fault::Status500)).await.unwrap();
    let answer = world
        .service
        .get("/patients/pat-001?explain=true")
        .await
        .expect(502);
    let document = answer.json();
    assert_eq!(document["answer"]["code"], "upstream_status");
    assert_eq!(
        document["answer"]["request_id"].as_str(),
        answer.header("x-request-id")
    );
    let calls = &document["explain"]["calls"];
    assert_eq!(document["explain"]["status"], 502);
    assert_eq!(calls[0]["code"], "upstream_status");
    assert_eq!(calls[0]["status"], 500);
    assert!(calls[0]["detail"].is_string());
    assert_eq!(calls[1]["outcome"], "skipped");
    assert_eq!(calls[1]["took_ms"], serde_json::Value::Null);
    assert_eq!(calls[1]["credential"]["state"], "unused");
    assert_eq!(
        (&calls[0]["attempts"], &calls[1]["attempts"]),
        (&1.into(), &0.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn server_timing_names_each_call_for_those_with_the_right_and_nobody_else() {
    let world = world();
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    let timing = answer.header("server-timing").unwrap();
    let names: Vec<_> = timing
        .split(", ")
        .map(|entry| entry.split_once(";dur=").unwrap().0)
        .collect();
    assert_eq!(names, ["patient", "results", "total"], "{timing}");
    let limited = world
        .service
        .send("GET", "/patients/pat-001", &[LIMITED_KEY], "")
        .await;
    assert_eq!(limited.expect(200).header("server-timing"), None);
    let target = "/patients/pat-001?explain=true";
    let refused = world
        .service
        .send("GET", target, &[LIMITED_KEY], "")
        .await
        .expect(403);
    assert!(
        refused.text().contains("lacks the scope write"),
        "{}",
        refused.text()
    );
    let anybody = world
        .service
        .send("GET", "/open?explain=true", &[], "")
        .await;
    assert_eq!(anybody.expect(400).code(), "invalid_parameter");
    let asked = world.server(DemoStub::Ehr).requests().len();
    assert_eq!(
        asked, 2,
        "who has no right is refused before a backend is asked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn left_out_nobody_may_and_the_parameter_is_one_like_any_other() {
    let yaml = YAML.replace("explain: { scopes: [write] }", "");
    let world = World::with_stubs("{}", &format!("{BACKENDS}{yaml}"));
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert_eq!(answer.header("server-timing"), None);
    let asked = world
        .service
        .send("GET", "/patients/pat-001?explain=true", &[KEY], "")
        .await;
    assert_eq!(asked.expect(400).code(), "invalid_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_tells_of_it_and_no_endpoint_has_a_parameter_of_that_name() {
    let world = world();
    let document = world.service.get("/openapi.json").await.expect(200).json();
    let operation = &document["paths"]["/patients/{id}"]["get"];
    let parameters = operation["parameters"].as_array().unwrap();
    assert!(parameters.iter().any(|one| one["name"] == "explain"));
    assert!(operation["responses"]["200"]["headers"]["Server-Timing"].is_object());
    let open = document["paths"]["/open"]["get"].to_string();
    assert!(!open.contains("explain"), "{open}");

    let yaml = YAML.replace("budget: 5s", "parameters: { query: { explain: {} } }");
    let faults = parse(&format!("{BACKENDS}{yaml}"), &world.variables).unwrap_err();
    let drawn = faults.to_string();
    assert!(
        drawn.contains("`explain` is the service's own parameter"),
        "{drawn}"
    );
}
