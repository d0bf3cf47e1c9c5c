//! What becomes of answers that are given whole or not at all, and of those that take long to make.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use problem::{Code, ParameterProblem};
use tokio::time::Instant;

use super::{document, text};
use crate::Need::{Optional, Required};
use crate::answer::{Answer, invoke};
use crate::fake::{Scene, checked, failed, inputs, ok, trace};
use crate::{Endpoint, Inputs, Invocation, Outcome, Shape, Shaped, Unfit, Unshaped, View};

struct Whole;

impl Shape for Whole {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        match view.problems {
            [] => Ok(checked("1").into()),
            _ => Err(Unshaped::Incomplete),
        }
    }
}

/// Takes its time on the thread it is on: with one thread, whoever asks would wait.
struct Heavy {
    panics: bool,
}

impl Shape for Heavy {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        assert!(!self.panics, "a defect");
        assert!(
            !std::thread::current()
                .name()
                .unwrap_or("")
                .contains("tests")
        );
        Ok(view.member(0).into())
    }

    fn is_heavy(&self, view: View<'_>) -> bool {
        view.reports.len() == 1
    }
}

/// What was logged by this thread meanwhile.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An answer with what was logged while it was made.
async fn logged(answer: impl Future<Output = Answer>) -> (Answer, String) {
    let written = Written::default();
    let log = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || log.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let answer = answer.await;
    drop(guard);
    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    (answer, log)
}

/// Wants a fifth of the budget for itself.
struct Slow;

impl Shape for Slow {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        Ok(view.member(0).into())
    }

    fn reserve(&self, budget: Duration) -> Duration {
        budget / 5
    }
}

#[tokio::test(start_paused = true)]
async fn calls_leave_what_making_the_answer_may_need() {
    let mut scene =
        Scene::new()
            .call("a", Required, 0, ok("1"))
            .call("b", Optional, 60_000, ok("2"));
    scene.budget = Duration::from_secs(10);
    let began = Instant::now();
    let answer = shaped(scene, Arc::new(Slow)).await;
    assert_eq!((answer.status, answer.complete), (200, Some(false)));
    assert_eq!(began.elapsed().as_secs(), 8);
}

/// Has no place for what the client sent.
struct Narrow;

impl Shape for Narrow {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        Ok(view.member(0).into())
    }

    fn misfits(&self, _: &Endpoint, _: &Inputs) -> Vec<ParameterProblem> {
        vec![ParameterProblem {
            place: "query",
            name: "x".into(),
            detail: "cannot stand in a header".into(),
        }]
    }
}

#[tokio::test]
async fn a_value_without_a_place_in_the_answer_is_the_clients_fault_before_any_call() {
    let scene = Scene::new().call("a", Required, 0, ok("1"));
    let answer = shaped(scene, Arc::new(Narrow)).await;
    assert_eq!((answer.status, answer.complete), (400, None));
    assert_eq!(document(&answer)["errors"][0]["name"], "x");
    assert!(answer.reports.is_empty());
}

struct Misfit;

impl Shape for Misfit {
    fn shape(&self, _: View<'_>) -> Result<Shaped, Unshaped> {
        Err(Unshaped::Unfit(Unfit {
            detail: "for the client".into(),
            note: "for the log".into(),
        }))
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_made_is_a_warning_that_says_why() {
    let scene = Scene::new().call("a", Required, 0, ok("1"));
    let (answer, log) = logged(shaped(scene, Arc::new(Misfit))).await;
    assert_eq!((answer.status, answer.complete), (502, Some(false)));
    assert_eq!(document(&answer)["code"], "mapping");
    assert_eq!(document(&answer)["detail"], "for the client");
    let line = r#"WARN orchestration::answer: an answer cannot be made from its results endpoint=x request_id="r-1" reason="for the log""#;
    assert!(log.contains(line), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[tokio::test]
async fn a_call_that_cannot_be_made_is_a_warning_that_says_why() {
    let scene = Scene::new()
        .call("a", Required, 0, ok(r#"{"name":"MRN-77"}"#))
        .call("b", Optional, 0, ok("1"))
        .after(0, "id");
    let (answer, log) = logged(shaped(scene, Arc::new(Misfit))).await;
    assert_eq!(answer.status, 502);
    let line = r#"WARN orchestration::answer: a call cannot be made from other calls' results endpoint=x call=b request_id="r-1" reason={calls.x.id}: id: there is no such member"#;
    assert!(log.contains(line), "{log}");
    assert_eq!(log.lines().count(), 2, "{log}");
}

async fn shaped(mut scene: Scene, shape: Arc<dyn Shape>) -> Answer {
    let endpoint = scene.endpoint();
    let endpoint = Arc::new(Endpoint {
        label: "x".into(),
        parameters: vec![],
        plan: Arc::clone(&endpoint.plan),
        public: false,
        claims: false,
        location: None,
        shape,
    });
    let invocation = Invocation {
        endpoint,
        inputs: inputs("1"),
        began: Instant::now(),
        trace: trace(),
    };
    invoke(invocation, scene.ports()).await
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_given_in_part_takes_its_status_from_what_is_missing() {
    for (outcome, status, code) in [
        (ok("1"), 200, None),
        (Outcome::Absent(Some(404)), 200, None),
        (failed(Code::Deadline), 504, Some("deadline")),
        (failed(Code::UpstreamReset), 502, Some("upstream_reset")),
        (
            failed(Code::UpstreamThrottled),
            429,
            Some("upstream_throttled"),
        ),
        (failed(Code::BreakerOpen), 503, Some("breaker_open")),
        (
            Outcome::Incomplete {
                success: crate::Success::new(200, checked("[]")),
                reason: "a cap".into(),
                cause: None,
            },
            502,
            Some("mapping"),
        ),
    ] {
        let scene = Scene::new()
            .call("a", Required, 5, ok("1"))
            .call("b", Optional, 5, outcome);
        let answer = shaped(scene, Arc::new(Whole)).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.complete, Some(code.is_none()));
        assert_eq!(answer.retry_after.is_some(), matches!(status, 429 | 503));
        if let Some(code) = code {
            let document = document(&answer);
            assert_eq!(document["code"], code);
            assert_eq!(document["status"], status);
            let detail = document["detail"].as_str().unwrap();
            assert!(detail.starts_with("the answer is not given in part: `b` of"));
        }
    }
}

#[tokio::test]
async fn a_heavy_answer_is_made_on_another_thread() {
    let scene = Scene::new().call("a", Required, 0, ok("[1.0]"));
    let answer = shaped(scene, Arc::new(Heavy { panics: false })).await;
    assert_eq!((answer.status, text(&answer)), (200, "[1.0]".to_owned()));
    assert_eq!(answer.reports.len(), 1);
    let scene = Scene::new().call("a", Required, 0, ok("1"));
    let answer = shaped(scene, Arc::new(Heavy { panics: true })).await;
    assert_eq!(document(&answer)["code"], "internal");
    assert_eq!((answer.status, answer.reports.len()), (500, 1));
}
