//! What the client reads.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod heavy;
mod plans;
mod shapes;

use std::sync::Arc;
use std::time::Duration;

use problem::{Code, Issue, Severity};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Answer, Body, invoke};
use crate::Need::{Optional, Required};
use crate::fake::{Scene, failed, id_part, inputs, ok, trace};
use crate::{Failure, Invocation, Outcome, Success, Template};

async fn ask(mut scene: Scene, id: &str) -> Answer {
    let invocation = Invocation {
        endpoint: scene.endpoint(),
        inputs: inputs(id),
        began: Instant::now(),
        trace: trace(),
    };
    invoke(invocation, scene.ports()).await
}

fn text(answer: &Answer) -> String {
    match &answer.body {
        Body::Json(json) => String::from_utf8(json.bytes().to_vec()).unwrap(),
        Body::Opaque(opaque) => String::from_utf8(opaque.slices.concat()).unwrap(),
        Body::Problem(problem) => serde_json::to_string(problem).unwrap(),
    }
}

fn document(answer: &Answer) -> Value {
    serde_json::from_str(&text(answer)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_refusal_blames_what_was_required_and_not_what_failed_beside_it() {
    let scene = Scene::new()
        .call("first", Required, 10, failed(Code::UpstreamConnect))
        .call("other", Optional, 0, failed(Code::UpstreamConnect));
    let answer = ask(scene, "1").await;
    let detail = document(&answer)["detail"].to_string();
    assert!(
        detail.contains("`first`") && !detail.contains("`other`"),
        "{detail}"
    );
}

#[tokio::test(start_paused = true)]
async fn a01_several_backends_make_one_answer_with_bytes_untouched() {
    let scene = Scene::new()
        .call(
            "patient",
            Required,
            20,
            ok(r#"{ "z":1.00,"a":1E-22 , "n":"\ud83d\ude00"}"#),
        )
        .call("labs", Optional, 10, ok("[1,2]"));
    let answer = ask(scene, "1").await;
    assert_eq!(
        text(&answer),
        r#"{"patient":{ "z":1.00,"a":1E-22 , "n":"\ud83d\ude00"},"labs":[1,2]}"#
    );
    assert_eq!(
        (answer.status, answer.complete, answer.retry_after),
        (200, Some(true), None)
    );
}

#[tokio::test(start_paused = true)]
async fn a24_a_failed_optional_call_is_null_and_a_problem() {
    let scene = Scene::new().call("patient", Required, 20, ok("{}")).call(
        "labs",
        Optional,
        10,
        failed(Code::UpstreamConnect),
    );
    let answer = ask(scene, "1").await;
    assert_eq!((answer.status, answer.complete), (200, Some(false)));
    assert_eq!(
        document(&answer),
        json!({"patient": {}, "labs": null, "problems": [{"call": "labs", "backend": "labs-backend", "need": "optional",
            "outcome": "failed", "code": "upstream_connect", "detail": "as scripted", "latency_ms": 10}]})
    );
}

#[tokio::test(start_paused = true)]
async fn an_absent_optional_call_is_null_and_complete() {
    let answer = ask(
        Scene::new().call("patient", Required, 20, ok("{}")).call(
            "labs",
            Optional,
            10,
            Outcome::Absent(Some(404)),
        ),
        "1",
    )
    .await;
    assert_eq!(
        (text(&answer).as_str(), answer.complete),
        (r#"{"patient":{},"labs":null}"#, Some(true))
    );
}

#[tokio::test(start_paused = true)]
async fn a26_a_backends_outcome_shows_its_issues() {
    let mut failure =
        Failure::new(Code::UpstreamStatus, "the backend answered 400").with_status(400);
    failure.issues = vec![Issue {
        severity: Severity::Error,
        code: "invalid".into(),
        diagnostics: Some("unknown parameter".into()),
    }];
    let answer = ask(
        Scene::new().call("search", Optional, 5, Outcome::Failed(failure)),
        "1",
    )
    .await;
    let problem = document(&answer)["problems"][0].clone();
    assert_eq!(problem["status"], 400);
    assert_eq!(
        problem["issues"],
        json!([{"severity": "error", "code": "invalid", "diagnostics": "unknown parameter"}])
    );
}

#[tokio::test(start_paused = true)]
async fn a_required_failure_is_a_problem_that_names_every_call() {
    let scene = Scene::new()
        .call("patient", Required, 20, Outcome::Absent(Some(404)))
        .call("history", Required, 30, failed(Code::Deadline))
        .call("labs", Optional, 100, ok("{}"));
    let answer = ask(scene, "1").await;
    assert_eq!((answer.status, answer.complete), (404, Some(false)));
    let document = document(&answer);
    assert_eq!(
        (&document["status"], &document["code"]),
        (&json!(404), &json!("not_found"))
    );
    let outcomes: Vec<_> = document["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["absent", "failed", "skipped"]);
    let detail = "`patient` of patient-backend: the backend says that it does not exist";
    assert_eq!(document["detail"], detail);
}

#[tokio::test(start_paused = true)]
async fn a_search_that_broke_off_is_named_with_its_cause() {
    let success = Success::new(200, crate::fake::checked("{}"));
    let broken = Outcome::Incomplete {
        success,
        reason: "a page could not be read".into(),
        cause: Some(Failure::new(Code::UpstreamReset, "page 2")),
    };
    let answer = ask(Scene::new().call("search", Required, 5, broken), "1").await;
    let document = document(&answer);
    assert_eq!(document["code"], "upstream_reset");
    let detail = "`search` of search-backend: a page could not be read";
    assert_eq!(document["detail"], detail);
}

#[tokio::test(start_paused = true)]
async fn a40_the_longest_retry_after_of_the_required_calls_is_passed_on() {
    let throttled = |seconds: Option<u64>| {
        let mut failure =
            Failure::new(Code::UpstreamThrottled, "the backend answered 429").with_status(429);
        failure.retry_after = seconds.map(Duration::from_secs);
        Outcome::Failed(failure)
    };
    for (first, second, status, wait) in [
        (throttled(Some(7)), throttled(Some(30)), 429, Some(30)),
        (
            throttled(Some(7)),
            failed(Code::UpstreamAuthUnavailable),
            503,
            Some(7),
        ),
        (throttled(None), throttled(None), 429, Some(1)),
        (throttled(Some(7)), failed(Code::UpstreamConnect), 502, None),
    ] {
        let answer = ask(
            Scene::new()
                .call("a", Required, 5, first)
                .call("b", Required, 5, second),
            "1",
        )
        .await;
        assert_eq!(
            (answer.status, answer.retry_after.map(|wait| wait.as_secs())),
            (status, wait)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a37_the_one_writes_201_is_the_answers_status() {
    for (status, expected) in [(200, 200), (201, 201), (202, 202), (204, 200)] {
        let created = Outcome::Ok(Success::new(status, crate::fake::checked(r#"{"id":"9"}"#)));
        let answer = ask(
            Scene::new().call("order", Required, 5, created).write(),
            "1",
        )
        .await;
        assert_eq!(
            (answer.status, text(&answer).as_str()),
            (expected, r#"{"order":{"id":"9"}}"#)
        );
    }
    let created = || Outcome::Ok(Success::new(201, crate::fake::checked("1")));
    let two = Scene::new()
        .call("a", Required, 5, created())
        .write()
        .call("b", Required, 5, created())
        .write();
    assert_eq!(
        ask(two, "1").await.status,
        200,
        "of two writes neither speaks for the whole"
    );
    let read = Scene::new().call("a", Required, 5, created());
    assert_eq!(ask(read, "1").await.status, 200, "a read creates nothing");
}

#[tokio::test(start_paused = true)]
async fn b17_a_value_that_escapes_its_segment_is_refused_before_any_backend_is_called() {
    let scene = Scene::new().call("a", Required, 5, ok("1")).with(|call| {
        call.path = Template {
            parts: vec![id_part()],
        }
    });
    let log = Arc::clone(&scene.fake.log);
    let answer = ask(scene, "..").await;
    assert_eq!((answer.status, answer.reports.len()), (400, 0));
    assert_eq!(
        document(&answer)["errors"],
        json!([{"in": "path", "name": "id", "detail": "must not hold the path segments `.` or `..`"}])
    );
    assert!(log.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_write_is_told_as_such() {
    let scene = Scene::new()
        .call("a", Required, 5, ok("1"))
        .call("notify", Optional, 60_000, ok("1"))
        .write();
    let answer = ask(scene, "1").await;
    assert_eq!((answer.status, answer.complete), (200, Some(false)));
    assert_eq!(document(&answer)["problems"][0]["code"], "write_unknown");
}

#[tokio::test(start_paused = true)]
async fn a_shape_that_fails_is_our_fault_in_reading_a_backend() {
    struct Never;
    impl crate::Shape for Never {
        fn shape(&self, _: crate::View<'_>) -> Result<crate::Shaped, crate::Unshaped> {
            Err("patient.name: no such member".to_owned().into())
        }
    }
    let mut scene = Scene::new().call("a", Required, 5, ok("1"));
    let endpoint = scene.endpoint();
    let endpoint = Arc::new(crate::Endpoint {
        public: false,
        label: "x".into(),
        parameters: vec![],
        claims: false,
        location: None,
        plan: Arc::clone(&endpoint.plan),
        shape: Arc::new(Never),
    });
    let invocation = Invocation {
        endpoint,
        inputs: inputs("1"),
        began: Instant::now(),
        trace: trace(),
    };
    let answer = invoke(invocation, scene.ports()).await;
    assert_eq!(answer.status, 502);
    let document = document(&answer);
    assert_eq!(
        (&document["code"], &document["detail"]),
        (&json!("mapping"), &json!("patient.name: no such member"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_body_alone_is_told_apart() {
    let with_body = |call: &mut crate::Call| {
        call.path = Template {
            parts: vec![crate::fake::body_part("gone")],
        };
    };
    let scene = Scene::new().call("a", Required, 5, ok("1")).with(with_body);
    assert_eq!(document(&ask(scene, "1").await)["code"], "invalid_body");
    let scene = Scene::new()
        .call("a", Required, 5, ok("1"))
        .with(with_body)
        .call("b", Required, 5, ok("1"))
        .with(|call| {
            call.path = Template {
                parts: vec![id_part()],
            };
        });
    assert_eq!(
        document(&ask(scene, "..").await)["code"],
        "invalid_parameter"
    );
}

#[tokio::test(start_paused = true)]
async fn a_skipped_call_says_what_it_waited_for() {
    let scene = Scene::new()
        .call("first", Optional, 5, failed(Code::UpstreamReset))
        .call("second", Optional, 5, ok("1"))
        .after(0, "id");
    let problems = document(&ask(scene, "1").await)["problems"].clone();
    assert_eq!(
        problems[1]["detail"],
        "waits for `first`, which did not succeed"
    );
    let scene = Scene::new()
        .call("first", Required, 5, failed(Code::UpstreamReset))
        .call("second", Optional, 50, ok("1"));
    let calls = document(&ask(scene, "1").await)["calls"].clone();
    assert_eq!(calls[1]["detail"], "a required call failed first");
}

#[tokio::test(start_paused = true)]
async fn a40_a_wait_is_rounded_up_in_header_and_body_alike() {
    for (millis, seconds) in [(0, 1), (400, 1), (1_000, 1), (1_500, 2), (9_001, 10)] {
        let mut failure = Failure::new(Code::UpstreamThrottled, "throttled").with_status(429);
        failure.retry_after = Some(Duration::from_millis(millis));
        let wait = crate::whole_seconds(Duration::from_millis(millis));
        let answer = ask(
            Scene::new().call("a", Required, 5, Outcome::Failed(failure)),
            "1",
        )
        .await;
        assert_eq!(
            (wait, &document(&answer)["calls"][0]["retry_after"]),
            (seconds, &json!(seconds))
        );
    }
}

#[test]
fn a_broken_search_shows_the_status_of_the_page_that_failed() {
    let success = Success::new(200, crate::fake::checked("{}"));
    let broken = |cause| Outcome::Incomplete {
        success: success.clone(),
        reason: "a page could not be read".into(),
        cause,
    };
    let failure = Failure::new(Code::UpstreamStatus, "500").with_status(500);
    assert_eq!(broken(Some(failure)).status(), Some(500));
    assert_eq!(broken(None).status(), Some(200));
    assert_eq!(Outcome::Absent(Some(410)).status(), Some(410));
}

#[tokio::test(start_paused = true)]
async fn a26_a_public_endpoint_does_not_repeat_a_backends_words() {
    let mut failure = Failure::new(Code::UpstreamStatus, "the backend answered 400");
    failure.issues = vec![Issue {
        severity: Severity::Error,
        code: "invalid".into(),
        diagnostics: Some("words".into()),
    }];
    let mut scene = Scene::new().call("search", Optional, 5, Outcome::Failed(failure));
    let endpoint = scene.endpoint();
    let endpoint = Arc::new(crate::Endpoint {
        public: true,
        label: "x".into(),
        parameters: vec![],
        claims: false,
        location: None,
        plan: Arc::clone(&endpoint.plan),
        shape: Arc::clone(&endpoint.shape),
    });
    let invocation = Invocation {
        endpoint,
        inputs: inputs("1"),
        began: Instant::now(),
        trace: trace(),
    };
    let answer = invoke(invocation, scene.ports()).await;
    assert_eq!(
        document(&answer)["problems"][0]["issues"],
        json!([{"severity": "error", "code": "invalid"}])
    );
}
