//! Which calls are made, by their conditions.

use std::sync::atomic::{AtomicUsize, Ordering};

use problem::Code;

use super::{run, words};
use crate::Need::{Optional, Required};
use crate::fake::{Event, Scene, failed, ok};
use crate::{Condition, Encoder, Outcome, Part, Refused, SkipReason, Source, Template, Test};

fn condition(source: Source, test: Test) -> Condition {
    Condition {
        source,
        expression: "{v}".into(),
        test,
    }
}

fn parameter(test: Test) -> Condition {
    condition(Source::Parameter(0), test)
}

fn result(call: usize, path: &str, test: Test) -> Condition {
    let path = json::Path::parse(path).unwrap();
    condition(Source::Call { call, path }, test)
}

fn one_of(text: &str) -> Test {
    Test::OneOf(vec![text.to_owned()])
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_condition_does_not_hold_is_not_made_and_fails_nothing() {
    for (test, expected) in [(one_of("1"), "ok"), (one_of("2"), "skipped")] {
        let mut scene = Scene::new()
            .call("a", Required, 10, ok(r#"{"id":"7"}"#))
            .with(|call| call.when = vec![parameter(test), parameter(Test::Exists(true))])
            .call("b", Required, 10, ok("1"))
            .after(0, "id");
        let (reports, _) = run(&mut scene).await;
        assert_eq!(words(&reports), [expected; 2]);
        assert_eq!(scene.events().is_empty(), expected == "skipped");
        assert!(
            reports
                .iter()
                .all(|report| report.outcome.ending().code().is_none())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_condition_on_a_result_waits_for_it_and_sees_what_does_not_exist() {
    for (first, test, expected) in [
        (ok(r#"{"x":"a"}"#), one_of("a"), "ok"),
        (ok(r#"{"x":"b"}"#), one_of("a"), "skipped"),
        (ok(r#"{"x":7}"#), one_of("7"), "ok"),
        (ok(r#"{"x":7.0}"#), one_of("7"), "skipped"),
        (ok(r#"{"x":null}"#), Test::Exists(false), "ok"),
        (ok(r#"{"x":{}}"#), Test::Exists(true), "ok"),
        (ok("{}"), Test::Exists(false), "ok"),
        (Outcome::Absent(Some(404)), Test::Exists(false), "ok"),
        (Outcome::Absent(Some(404)), Test::Exists(true), "skipped"),
        (
            Outcome::Skipped(SkipReason::Condition),
            Test::Exists(false),
            "ok",
        ),
    ] {
        let mut scene = Scene::new()
            .call("first", Optional, 10, first)
            .call("second", Optional, 10, ok("1"))
            .with(|call| {
                call.when = vec![result(0, "x", test)];
                call.considers = vec![0];
            });
        let (reports, _) = run(&mut scene).await;
        assert_eq!(reports[1].outcome.as_str(), expected);
        let begun = scene.events().contains(&Event::Started(1, 0));
        assert_eq!(begun, expected == "ok");
    }
}

#[tokio::test(start_paused = true)]
async fn a_condition_on_what_nobody_knows_skips_the_call_as_missing() {
    let mut scene = Scene::new()
        .call("first", Optional, 10, failed(Code::UpstreamReset))
        .call("second", Optional, 10, ok("1"))
        .with(|call| {
            call.when = vec![result(0, "x", Test::Exists(false))];
            call.considers = vec![0];
        });
    let (reports, _) = run(&mut scene).await;
    assert!(matches!(
        &reports[1].outcome,
        Outcome::Skipped(SkipReason::Dependency(name)) if &**name == "first"
    ));
}

#[tokio::test(start_paused = true)]
async fn a_clients_value_is_encoded_once() {
    static ENCODED: AtomicUsize = AtomicUsize::new(0);
    #[expect(clippy::unnecessary_wraps, reason = "the encoders share one signature")]
    fn count(value: &str, out: &mut String) -> Result<(), Refused> {
        ENCODED.fetch_add(1, Ordering::Relaxed);
        out.push_str(value);
        Ok(())
    }
    let value = Part::Value {
        source: Source::Parameter(0),
        encoder: Encoder {
            name: "counting",
            encode: count,
        },
        expression: "{id}".into(),
    };
    let mut scene = Scene::new().call("a", Required, 10, ok("1")).with(|call| {
        call.query = vec![("id".into(), Template { parts: vec![value] })];
    });
    let (reports, _) = run(&mut scene).await;
    assert_eq!(
        (words(&reports), ENCODED.load(Ordering::Relaxed)),
        (vec!["ok"], 1)
    );
}
