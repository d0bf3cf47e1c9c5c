//! How an answer came about, for those with the right to know.

mod attempts;

use testkit::{DemoStub, Fault};

use crate::support::{BACKENDS, KEY, LIMITED_KEY, World, parse};

const EXPLAINED: &str = "application/vnd.manifold.explained+json";

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
  - get: /photo/{id}
    access: { scopes: [] }
    calls: { photo: { backend: labs, get: "/results/{id}", accept: [application/json], when: { value: "{id}", equals: there } } }
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
async fn an_explanation_has_its_own_media_type_and_may_be_asked_for_as_json_of_any_kind() {
    let world = world();
    for (target, accept, status) in [
        ("/patients/pat-001?explain=true", "application/json", 200),
        ("/patients/pat-001?explain=true", EXPLAINED, 200),
        ("/patients/pat-001?explain=true", "text/html", 406),
        ("/patients/pat-001", EXPLAINED, 406),
        ("/photo/none?explain=true", EXPLAINED, 200),
    ] {
        let headers = [KEY, ("Accept", accept)];
        let answer = world.service.send("GET", target, &headers, "").await;
        let answer = answer.expect(status);
        let explained = answer.header("content-type") == Some(EXPLAINED);
        assert_eq!(explained, status == 200, "{target} {accept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_is_explained_with_a_body() {
    let world = world();
    let plain = world.service.get("/photo/none").await.expect(204);
    assert!(plain.body.is_empty());
    let answer = world.service.get("/photo/none?explain=true").await;
    let document = answer.expect(200).json();
    assert_eq!(document["answer"], serde_json::Value::Null);
    assert_eq!(document["explain"]["status"], 204);
    assert_eq!(document["explain"]["calls"][0]["outcome"], "skipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_of_an_explanation_is_described_in_the_document() {
    let world = world();
    let document = world.service.get("/openapi.json").await.expect(200).json();
    let described = |component: &str, value: &serde_json::Value| {
        let properties = &document["components"]["schemas"][component]["properties"];
        for member in value.as_object().unwrap().keys() {
            assert!(properties[member].is_object(), "{component} {member}");
        }
    };
    let ehr = world.server(DemoStub::Ehr);
    for fault in [None, Some(Fault::Status500)] {
        ehr.fault(fault).await.unwrap();
        let target = "/patients/pat-001?explain=true";
        let answer = world.service.get(target).await.json();
        described("Explanation", &answer["explain"]);
        for call in answer["explain"]["calls"].as_array().unwrap() {
            described("ExplainedCall", call);
            described("ExplainedCredential", &call["credential"]);
            for sent in call["sent"].as_array().into_iter().flatten() {
                described("Attempt", sent);
            }
        }
    }
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
    assert_eq!(anybody.expect(401).code(), "unauthenticated");
    let asked = world.server(DemoStub::Ehr).requests().len();
    assert_eq!(
        asked, 2,
        "who has no right is refused before a backend is asked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_to_everybody_is_explained_to_those_with_the_right() {
    let world = world();
    let plain = world.service.send("GET", "/open", &[KEY], "").await;
    assert_eq!(plain.expect(200).header("server-timing"), None);
    let answer = world.service.get("/open?explain=true").await.expect(200);
    assert_eq!(answer.json()["answer"], serde_json::json!({ "a": 1 }));
    assert_eq!(answer.json()["explain"]["endpoint"], "GET /open");
    assert!(answer.header("server-timing").is_some());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for (key, status) in [(LIMITED_KEY, 403), (("X-API-Key", "wrong"), 401)] {
        let refused = world
            .service
            .send("GET", "/open?explain=true", &[key], "")
            .await;
        refused.expect(status);
    }
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
    let answer = &operation["responses"]["200"];
    assert!(answer["headers"]["Server-Timing"].is_object());
    assert!(answer["content"][EXPLAINED]["schema"].is_object());
    // Nobody needs credentials there, and who has the right may say so.
    let security = &document["paths"]["/open"]["get"]["security"];
    assert_eq!(security[0], serde_json::json!({}));
    assert!(security.as_array().unwrap().len() > 1, "{security}");

    let yaml = YAML.replace("budget: 5s", "parameters: { query: { explain: {} } }");
    let faults = parse(&format!("{BACKENDS}{yaml}"), &world.variables).unwrap_err();
    let drawn = faults.to_string();
    assert!(
        drawn.contains("`explain` is the service's own parameter"),
        "{drawn}"
    );
}
