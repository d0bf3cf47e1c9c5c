//! What the operator sees: liveness, readiness, metrics, access lines, traces.

use testkit::{DemoStub, Fault};

use crate::flow::SUMMARY;
use crate::support::{KEY, World, traces};

const PATIENT: &str = "/patients/pat-001";

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_alive_and_ready_whatever_its_backends_are() {
    let world = World::start(SUMMARY);
    for stub in [DemoStub::Ehr, DemoStub::Labs, DemoStub::AuthorizationServer] {
        world
            .server(stub)
            .fault(Some(Fault::Refused))
            .await
            .unwrap();
    }
    world.service.get(PATIENT).await.expect(503);
    world
        .service
        .send("GET", "/livez", &[], "")
        .await
        .expect(200);
    world.service.operator("/livez").await.expect(200);
    let ready = world.service.operator("/readyz").await.expect(200).json();
    assert_eq!(ready["ready"], true);
    let ehr = &ready["backends"][0];
    assert_eq!(
        (ehr["backend"].as_str(), ehr["state"].as_str()),
        (Some("ehr"), Some("failing"))
    );
    assert_eq!(ehr["last_failure_code"], "upstream_auth_unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_pages_are_not_on_the_clients_listener() {
    let world = World::start(SUMMARY);
    for path in ["/readyz", "/metrics", "/openapi.json", "/docs/"] {
        let answer = world.service.get(path).await.expect(404);
        assert_eq!(answer.code(), "no_such_endpoint", "{path}");
    }
    world
        .service
        .operator("/patients/pat-001")
        .await
        .expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_what_happened_under_labels_that_no_client_can_invent() {
    let world = World::start(SUMMARY);
    world.service.get(PATIENT).await.expect(200);
    world
        .server(DemoStub::Labs)
        .fault(Some(Fault::Status500))
        .await
        .unwrap();
    world.service.get(PATIENT).await.expect(200);
    world
        .service
        .send("GET", PATIENT, &[], "")
        .await
        .expect(401);
    for invented in ["/invented-a", "/invented-b?x=invented-c"] {
        world
            .service
            .send("INVENT", invented, &[KEY], "")
            .await
            .expect(404);
    }
    let metrics = world.service.metrics().await;
    for line in [
        r#"manifold_requests_total{endpoint="GET /patients/{id}",status="200"} 2"#,
        r#"manifold_requests_total{endpoint="GET /patients/{id}",status="401"} 1"#,
        r#"manifold_requests_total{endpoint="-",status="404"} 2"#,
        r#"manifold_incomplete_answers_total{endpoint="GET /patients/{id}"} 1"#,
        r#"manifold_calls_total{backend="ehr",outcome="ok",code=""} 4"#,
        r#"manifold_calls_total{backend="labs",outcome="ok",code=""} 1"#,
        r#"manifold_calls_total{backend="labs",outcome="failed",code="upstream_status"} 1"#,
        r#"manifold_token_fetches_total{credential="hospital",outcome="token"} 1"#,
        "manifold_requests_in_flight 0",
    ] {
        assert!(
            metrics.lines().any(|known| known == line),
            "{line}\n{metrics}"
        );
    }
    for foreign in ["invent", "INVENT", "pat-001"] {
        assert!(!metrics.contains(foreign), "{foreign}");
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_line_says_who_what_and_how_without_the_patient() {
    let world = World::start(SUMMARY);
    world
        .server(DemoStub::Labs)
        .fault(Some(Fault::Status500))
        .await
        .unwrap();
    let id = ("X-Request-Id", "ward-7.42");
    let answer = world
        .service
        .send("GET", PATIENT, &[KEY, id], "")
        .await
        .expect(200);
    world.service.get("/patients/nobody-here").await.expect(404);
    let lines = world.service.access_lines(2).await;
    let line = &lines[0];
    let text = |member: &str| line[member].as_str().unwrap_or("-").to_owned();
    assert_eq!(text("request_id"), "ward-7.42");
    assert_eq!(text("method"), "GET");
    assert_eq!(text("endpoint"), "GET /patients/{id}");
    assert_eq!(text("client"), "robot");
    assert!(text("time").ends_with('Z'));
    assert_eq!(
        (line["status"].as_u64(), line["complete"].as_bool()),
        (Some(200), Some(false))
    );
    assert_eq!(line["bytes"].as_u64(), Some(answer.body.len() as u64));
    assert!(line["duration_us"].as_u64().unwrap() > 0);
    let calls = line["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 3);
    let said =
        ["call", "backend", "outcome", "code"].map(|member| calls[2][member].as_str().unwrap());
    assert_eq!(said, ["results", "labs", "failed", "upstream_status"]);
    assert_eq!(calls[2]["status"], 500);
    assert_eq!(
        (lines[1]["status"].as_u64(), lines[1]["code"].as_str()),
        (Some(404), Some("not_found"))
    );
    let log = world.service.access_log.text();
    for hidden in ["pat-001", "nobody-here", "LAB-500001", KEY.1] {
        assert!(!log.contains(hidden), "{hidden}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f7_request_id_and_trace_go_in_and_out_and_on() {
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let world = World::start(SUMMARY);
    let headers = [
        KEY,
        ("X-Request-Id", "r-1"),
        ("traceparent", PARENT),
        ("tracestate", "a=b"),
    ];
    let answer = world
        .service
        .send("GET", PATIENT, &headers, "")
        .await
        .expect(200);
    assert_eq!(answer.header("x-request-id"), Some("r-1"));
    for stub in [DemoStub::Ehr, DemoStub::Labs] {
        for request in world.server(stub).requests() {
            assert_eq!(request.header("x-request-id"), Some("r-1"), "{stub}");
            assert_eq!(request.header("tracestate"), Some("a=b"), "{stub}");
            let parent = request.header("traceparent").unwrap();
            assert!(parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
            assert!(parent.ends_with("-01") && parent != PARENT, "{parent}");
        }
    }
    let bad = [KEY, ("X-Request-Id", "not a {word}")];
    let answer = world
        .service
        .send("GET", PATIENT, &bad, "")
        .await
        .expect(200);
    assert_eq!(answer.header("x-request-id").unwrap().len(), 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_of_the_contract() {
    let world = World::start(SUMMARY);
    for (target, status) in [
        (PATIENT, 200),
        ("/patients/nobody", 404),
        ("/nowhere", 404),
        ("/patients/..", 400),
    ] {
        let answer = world.service.get(target).await.expect(status);
        assert!(answer.header("x-request-id").is_some(), "{target}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{target}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{target}"
        );
        // Nothing is said to pages of other origins: they may not read an answer (CORS).
        let allowed = answer.header("access-control-expose-headers");
        assert_eq!(allowed, None, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_once_why_a_backend_cannot_be_reached() {
    // An address of loopback that no other test has; port 1 is never listened on.
    let yaml = r#"
server: { name: Ward 7, listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 1, lame_duck: 0s }
backends: { away: { rest: {}, url: "http://127.0.77.1:1/secret-base" } }
endpoints:
  - get: /
    access: public
    calls: { away: { backend: away, get: /secret-path } }
"#;
    let world = World::with_stubs("{}", yaml);
    for _ in 0..3 {
        let answer = world.service.get("/").await.expect(502);
        assert_eq!(answer.code(), "upstream_connect");
    }
    let readiness = world.service.operator("/readyz").await.expect(200).json();
    assert_eq!(
        readiness["backends"][0]["connection_fault"],
        "no connection: it is refused"
    );
    let log = traces().text();
    let told: Vec<_> = log
        .lines()
        .filter(|line| line.contains("no connection to a backend") && line.contains("127.0.77.1"))
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("WARN"), "{told:?}");
    assert!(told[0].contains("backend=away"), "{told:?}");
    assert!(told[0].contains("port=1 "), "{told:?}");
    assert!(
        told[0].contains("cause=no connection: it is refused"),
        "{told:?}"
    );
    assert!(!told[0].contains("secret"), "{told:?}");
}
