//! When calls start, end and are cancelled: exact, on paused time.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod conditions;
mod given;
mod told;

use std::time::Duration;

use problem::Code;
use tokio::time::Instant;

use super::execute;
use crate::Need::{Optional, Required};
use crate::fake::{Event, Scene, failed, inputs, ok, trace};
use crate::{Outcome, Report, check};

async fn run(scene: &mut Scene) -> (Vec<Report>, u128) {
    let endpoint = scene.endpoint();
    let began = Instant::now();
    let reports = execute(
        &endpoint,
        &inputs("1"),
        check(&endpoint, &inputs("1")).unwrap_or_else(|faults| panic!("{faults:?}")),
        &trace(),
        began + scene.budget,
        scene.ports(),
    )
    .await;
    (reports, began.elapsed().as_millis())
}

fn words(reports: &[Report]) -> Vec<&'static str> {
    reports
        .iter()
        .map(|report| report.outcome.as_str())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a01_independent_calls_run_at_once() {
    let mut scene = Scene::new()
        .call("a", Required, 300, ok("1"))
        .call("b", Required, 300, ok("2"))
        .call("c", Optional, 200, ok("3"));
    let (reports, took) = run(&mut scene).await;
    assert_eq!((words(&reports), took), (vec!["ok"; 3], 300));
    assert_eq!(reports[2].latency, Some(Duration::from_millis(200)));
}

#[tokio::test(start_paused = true)]
async fn a_dependent_starts_the_moment_its_input_exists() {
    let mut scene = Scene::new()
        .call("slow", Required, 500, ok("1"))
        .call("first", Required, 100, ok(r#"{"id":"7"}"#))
        .call("second", Required, 100, ok("2"))
        .after(1, "id");
    let (reports, took) = run(&mut scene).await;
    assert_eq!((words(&reports), took), (vec!["ok"; 3], 500));
    assert_eq!(
        scene.events()[3],
        Event::Started(2, 0),
        "before `slow` ended"
    );
}

#[tokio::test(start_paused = true)]
async fn a25_a_slow_backend_never_delays_the_others_past_the_deadline() {
    let mut scene =
        Scene::new()
            .call("fast", Required, 10, ok("1"))
            .call("hung", Optional, 60_000, ok("2"));
    let (reports, took) = run(&mut scene).await;
    assert_eq!((words(&reports), took), (vec!["ok", "failed"], 3_000));
    assert_eq!(reports[1].outcome.code(), Some(Code::Deadline));
    assert_eq!(scene.events().last(), Some(&Event::Cancelled(1, 3_000)));
}

#[tokio::test(start_paused = true)]
async fn a25_calls_that_the_budget_ends_together_have_all_run_out_of_time() {
    let mut scene = Scene::new()
        .call("required", Required, 60_000, ok("1"))
        .call("optional", Optional, 60_000, ok("2"));
    let (reports, took) = run(&mut scene).await;
    assert_eq!(took, 3_000);
    for report in &reports {
        // The optional one was not abandoned for the required one: its own backend was too slow.
        assert_eq!(report.outcome.code(), Some(Code::Deadline));
        assert_eq!(report.latency, Some(Duration::from_secs(3)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_calls_own_timeout_ends_it_within_the_budget() {
    let mut scene = Scene::new()
        .call("hung", Optional, 60_000, ok("1"))
        .with(|call| call.timeout = Duration::from_millis(200))
        .call("fine", Required, 250, ok("2"));
    let (reports, took) = run(&mut scene).await;
    assert_eq!((words(&reports), took), (vec!["failed", "ok"], 250));
    assert_eq!(reports[0].latency, Some(Duration::from_millis(200)));
}

#[tokio::test(start_paused = true)]
async fn a_required_failure_cancels_optional_reads_and_awaits_required_calls() {
    let mut scene = Scene::new()
        .call("broken", Required, 100, failed(Code::UpstreamConnect))
        .call("other", Required, 400, failed(Code::UpstreamThrottled))
        .call("optional", Optional, 1_000, ok("1"));
    let (reports, took) = run(&mut scene).await;
    assert_eq!(
        (words(&reports), took),
        (vec!["failed", "failed", "skipped"], 400)
    );
    assert!(scene.events().contains(&Event::Cancelled(2, 100)));
    assert_eq!(reports[2].latency, Some(Duration::from_millis(100)));
}

#[tokio::test(start_paused = true)]
async fn a_required_read_still_waiting_is_made_after_another_required_call_has_failed() {
    let mut scene = Scene::new()
        .call("broken", Required, 100, failed(Code::UpstreamConnect))
        .call("first", Required, 200, ok(r#"{"id":"7"}"#))
        .call("second", Required, 100, Outcome::Absent(Some(404)))
        .after(1, "id");
    let (reports, took) = run(&mut scene).await;
    assert_eq!(
        (words(&reports), took),
        (vec!["failed", "ok", "absent"], 300)
    );
}

#[tokio::test(start_paused = true)]
async fn no_write_and_no_optional_call_begins_for_an_answer_that_has_failed() {
    let mut scene = Scene::new()
        .call("broken", Required, 100, failed(Code::UpstreamConnect))
        .call("first", Required, 200, ok(r#"{"id":"7"}"#))
        .call("write", Required, 100, ok("1"))
        .after(1, "id")
        .write()
        .call("optional", Optional, 100, ok("1"))
        .after(1, "id");
    let (reports, took) = run(&mut scene).await;
    assert_eq!(
        (words(&reports), took),
        (vec!["failed", "ok", "skipped", "skipped"], 200)
    );
    assert_eq!(reports[2].latency, None, "never started");
}

#[tokio::test(start_paused = true)]
async fn an_absent_input_makes_the_dependent_absent_and_a_failed_one_makes_it_skipped() {
    for (first, expected) in [
        (Outcome::Absent(Some(404)), "absent"),
        (failed(Code::UpstreamReset), "skipped"),
        (
            Outcome::Skipped(crate::SkipReason::RequiredFailed),
            "skipped",
        ),
    ] {
        let mut scene = Scene::new()
            .call("first", Optional, 100, first)
            .call("second", Optional, 100, ok("1"))
            .after(0, "id")
            .call("third", Optional, 100, ok("1"))
            .after(1, "id");
        let (reports, took) = run(&mut scene).await;
        assert_eq!(
            (words(&reports)[1..].to_vec(), took),
            (vec![expected; 2], 100)
        );
        assert!(reports[1].latency.is_none() && reports[2].latency.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a36_a_missing_path_is_a_typed_mapping_failure_not_null() {
    let mut scene = Scene::new()
        .call("first", Required, 10, ok(r#"{"identifier":[]}"#))
        .call("second", Optional, 10, ok("1"))
        .after(0, "identifier[0].value");
    let (reports, _) = run(&mut scene).await;
    let Outcome::Failed(failure) = &reports[1].outcome else {
        panic!("{:?}", reports[1])
    };
    assert_eq!(failure.code, Code::Mapping);
    assert!(
        failure.detail.contains("{calls.x.identifier[0].value}"),
        "{}",
        failure.detail
    );
}

#[tokio::test(start_paused = true)]
async fn a_write_past_the_budget_is_unknown_and_runs_on() {
    let mut scene = Scene::new().call("write", Required, 5_000, ok("1")).write();
    let (reports, took) = run(&mut scene).await;
    assert_eq!((words(&reports), took), (vec!["unknown"], 3_000));
    scene.writes.close();
    scene.writes.wait().await;
    assert_eq!(scene.events().last(), Some(&Event::Ended(0, 5_000)));
}

#[tokio::test(start_paused = true)]
async fn a_write_ends_at_its_backends_timeout() {
    let mut scene = Scene::new()
        .call("write", Required, 50_000, ok("1"))
        .write()
        .with(|call| call.write_timeout = Duration::from_secs(7));
    let (reports, _) = run(&mut scene).await;
    assert_eq!(reports[0].outcome.code(), Some(Code::WriteUnknown));
    scene.writes.close();
    scene.writes.wait().await;
    assert_eq!(scene.events().last(), Some(&Event::Cancelled(0, 7_000)));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_cancels_its_reads_and_never_a_write() {
    let mut scene = Scene::new()
        .call("read", Required, 1_000, ok("1"))
        .call("write", Required, 2_000, ok("1"))
        .write();
    let endpoint = scene.endpoint();
    let deadline = Instant::now() + Duration::from_secs(3);
    let (inputs, trace) = (inputs("1"), trace());
    let checked = check(&endpoint, &inputs).ok().unwrap();
    let left = tokio::time::timeout(
        Duration::from_millis(500),
        execute(&endpoint, &inputs, checked, &trace, deadline, scene.ports()),
    );
    assert!(left.await.is_err());
    scene.writes.close();
    scene.writes.wait().await;
    let events = scene.events();
    assert!(events.contains(&Event::Cancelled(0, 500)), "{events:?}");
    assert_eq!(events.last(), Some(&Event::Ended(1, 2_000)));
}

#[tokio::test(start_paused = true)]
async fn a_search_that_broke_off_fails_a_required_call_and_a_capped_one_does_not() {
    let success = crate::Success::new(200, crate::fake::checked("{}"));
    let capped = Outcome::Incomplete {
        success: success.clone(),
        reason: "a cap".into(),
        cause: None,
    };
    let broken = Outcome::Incomplete {
        success,
        reason: "page 2 failed".into(),
        cause: Some(crate::Failure::new(Code::UpstreamReset, "page 2")),
    };
    for (outcome, expected) in [(capped, "ok"), (broken, "skipped")] {
        let mut scene = Scene::new().call("search", Required, 10, outcome).call(
            "optional",
            Optional,
            100,
            ok("1"),
        );
        let (reports, _) = run(&mut scene).await;
        assert_eq!(words(&reports), ["incomplete", expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_without_calls_ends_at_once() {
    let (reports, took) = run(&mut Scene::new()).await;
    assert_eq!((reports.len(), took), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_task_breaks_is_unknown() {
    struct Broken;
    impl crate::Backends for Broken {
        fn send(&self, _: crate::Exchange) -> futures::future::BoxFuture<'static, Outcome> {
            Box::pin(async { panic!("a defect") })
        }
    }
    let mut scene = Scene::new().call("write", Required, 10, ok("1")).write();
    let endpoint = scene.endpoint();
    let ports = crate::Ports {
        backends: &Broken,
        writes: &scene.writes,
        heavy: &scene.heavy,
    };
    let reports = execute(
        &endpoint,
        &inputs("1"),
        check(&endpoint, &inputs("1")).unwrap_or_else(|faults| panic!("{faults:?}")),
        &trace(),
        Instant::now() + Duration::from_secs(1),
        ports,
    )
    .await;
    assert!(
        matches!(&reports[0].outcome, Outcome::Unknown(failure) if failure.code == Code::Internal)
    );
    assert_eq!(
        Some(reports.len()),
        Some(1).filter(|_| reports[0].latency.is_some()),
        "{:?}",
        reports.first().unwrap()
    );
}
