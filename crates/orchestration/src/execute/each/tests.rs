//! A call for each element: order, bounds, what becomes of the ones that fail. On paused time.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod requests;
mod writes;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use problem::Code;
use tokio::time::Instant;

use crate::Need::{self, Optional, Required};
use crate::fake::{Scene, checked, failed, inputs, ok, trace};
use crate::{
    Backends, Exchange, Extra, ForEach, Inputs, Outcome, Part, Ports, Report, SEGMENT, Source,
    Success, Template, check, execute,
};

/// Answers by the last segment of the path: `slow` after 300 ms, the others after 100 ms.
#[derive(Default)]
struct ByPath {
    under_way: Arc<Mutex<(usize, usize)>>,
    asked: Mutex<Vec<String>>,
}

impl Backends for ByPath {
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome> {
        let path = exchange.request.path;
        self.asked.lock().unwrap().push(path.clone());
        let under_way = Arc::clone(&self.under_way);
        Box::pin(async move {
            {
                let mut count = under_way.lock().unwrap();
                count.0 += 1;
                count.1 = count.1.max(count.0);
            }
            let millis = match path.as_str() {
                "/slow" => 300,
                "/hung" => 60_000,
                _ => 100,
            };
            tokio::time::sleep(Duration::from_millis(millis)).await;
            under_way.lock().unwrap().0 -= 1;
            match path.as_str() {
                "/list" => ok(r#"{"ids":["a","slow","b","c"],"mixed":["a",{}]}"#),
                "/gone" => Outcome::Absent(Some(404)),
                "/broken" => failed(Code::UpstreamReset),
                "/throttled" => failed(Code::UpstreamThrottled),
                "/kept" => kept(20, None),
                "/stale" => kept(90, Some(Code::UpstreamConnect)),
                "/large" => ok(r#""forty bytes in all, quotation marks told""#),
                "/slow" => ok(r#""slow""#),
                _ => ok(r#"{"v":1.00}"#),
            }
        })
    }
}

/// What was said so many seconds ago.
fn kept(seconds: u64, stale: Option<Code>) -> Outcome {
    let extra = Extra {
        age: Some(Duration::from_secs(seconds)),
        stale,
        ..Extra::default()
    };
    Outcome::Ok(Success {
        extra: Some(Box::new(extra)),
        ..Success::new(200, checked("1"))
    })
}

fn each(path: &str) -> ForEach {
    ForEach {
        source: Source::Body(json::Path::parse(path).unwrap()),
        expression: format!("{{body.{path}}}"),
        concurrency: 2,
        max_items: 5,
        max_bytes: 64,
    }
}

fn item_path() -> Template {
    let value = Part::Value {
        source: Source::Item(json::Path::default()),
        encoder: SEGMENT,
        expression: "{item}".into(),
    };
    Template {
        parts: vec![Part::Literal("/".into()), value],
    }
}

fn scene(need: Need) -> Scene {
    Scene::new().call("each", need, 0, ok("1")).with(|call| {
        call.path = item_path();
        call.for_each = Some(each("ids"));
    })
}

fn body(text: &'static str) -> Inputs {
    Inputs {
        body: Some(checked(text)),
        ..inputs("1")
    }
}

async fn run(mut scene: Scene, inputs: Inputs) -> (Vec<Report>, u128, ByPath) {
    let endpoint = scene.endpoint();
    let backends = ByPath::default();
    let began = Instant::now();
    let ready = check(&endpoint, &inputs).unwrap_or_else(|faults| panic!("{faults:?}"));
    let ports = Ports {
        backends: &backends,
        writes: &scene.writes,
        heavy: &scene.heavy,
    };
    let deadline = began + scene.budget;
    let reports = execute(&endpoint, &inputs, ready, &trace(), deadline, ports).await;
    (reports, began.elapsed().as_millis(), backends)
}

fn text(report: &Report) -> String {
    let body = report.outcome.success().unwrap().body.bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn elements_are_asked_for_so_many_at_once_and_keep_their_order() {
    let (reports, took, backends) =
        run(scene(Required), body(r#"{"ids":["slow","a","b","gone"]}"#)).await;
    assert_eq!(text(&reports[0]), r#"["slow",{"v":1.00},{"v":1.00},null]"#);
    assert!(matches!(reports[0].outcome, Outcome::Ok(_)) && reports[0].items.is_empty());
    // 300 ms for one of two lanes, three times 100 ms for the other.
    assert_eq!((took, backends.under_way.lock().unwrap().1), (300, 2));
}

#[tokio::test(start_paused = true)]
async fn the_list_may_be_another_calls_result() {
    let scene = Scene::new()
        .call("list", Required, 0, ok("1"))
        .with(|call| call.path = Template::literal("/list"))
        .call("each", Required, 0, ok("1"))
        .with(|call| {
            call.path = item_path();
            call.waits_for = vec![0];
            call.for_each = Some(ForEach {
                source: Source::Call {
                    call: 0,
                    path: json::Path::parse("ids").unwrap(),
                },
                ..each("ids")
            });
        });
    let (reports, took, _) = run(scene, inputs("1")).await;
    assert_eq!(
        text(&reports[1]),
        r#"[{"v":1.00},"slow",{"v":1.00},{"v":1.00}]"#
    );
    assert_eq!(took, 100 + 300);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_as_old_as_its_oldest_element_and_says_that_one_stood_in() {
    for (list, age, stale) in [
        (r#"{"ids":["kept","a"]}"#, Some(20), None),
        (
            r#"{"ids":["kept","a","stale","kept"]}"#,
            Some(90),
            Some(Code::UpstreamConnect),
        ),
        (r#"{"ids":["a","b"]}"#, None, None),
    ] {
        let (reports, ..) = run(scene(Required), body(list)).await;
        let success = reports[0].outcome.success().unwrap();
        assert_eq!(success.age().map(|age| age.as_secs()), age, "{list}");
        assert_eq!(success.stale(), stale, "{list}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_null_and_told_and_fails_a_required_call() {
    let list = r#"{"ids":["a","throttled","broken"]}"#;
    for need in [Required, Optional] {
        let (reports, _, _) = run(scene(need), body(list)).await;
        let Outcome::Incomplete { reason, cause, .. } = &reports[0].outcome else {
            panic!("{reports:?}")
        };
        assert_eq!(reason, "2 of 3 elements brought no whole result");
        // The strongest decides, as between calls.
        assert_eq!(cause.as_ref().unwrap().code, Code::UpstreamReset);
        assert_eq!(text(&reports[0]), r#"[{"v":1.00},null,null]"#);
        let items: Vec<_> = reports[0]
            .items
            .iter()
            .map(|item| (item.index, item.outcome.code().unwrap()))
            .collect();
        assert_eq!(
            items,
            [(1, Code::UpstreamThrottled), (2, Code::UpstreamReset)]
        );
        assert_eq!(
            reports[0].outcome.ending().code(),
            Some(Code::UpstreamReset)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_is_an_empty_array_and_asks_nobody() {
    let (reports, took, backends) = run(scene(Required), body(r#"{"ids":[]}"#)).await;
    assert_eq!((text(&reports[0]).as_str(), took), ("[]", 0));
    assert!(backends.asked.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_clients_list_that_is_too_long_or_none_is_the_clients_fault() {
    for (list, fault) in [
        (
            r#"{"ids":["a","a","a","a","a","a"]}"#,
            "/ids: must not hold more than 5 elements",
        ),
        (r#"{"ids":"a"}"#, "/ids: must be a list"),
        ("{}", "/ids: is required"),
        (
            r#"{"ids":["a",".."]}"#,
            "/ids/1: must not hold the path segments `.` or `..`",
        ),
        (
            r#"{"ids":[["a"]]}"#,
            "/ids/0: must be a string, a number or a boolean here",
        ),
    ] {
        let faults = check(&scene(Required).endpoint(), &body(list))
            .err()
            .unwrap();
        let told: Vec<_> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.name, fault.detail))
            .collect();
        assert_eq!(told, [fault]);
    }
}

fn of_result(path: &'static str, max_items: usize) -> Scene {
    Scene::new()
        .call("list", Required, 0, ok("1"))
        .with(|call| call.path = Template::literal("/list"))
        .call("each", Optional, 0, ok("1"))
        .with(|call| {
            call.path = item_path();
            call.waits_for = vec![0];
            call.for_each = Some(ForEach {
                source: Source::Call {
                    call: 0,
                    path: json::Path::parse(path).unwrap(),
                },
                expression: format!("{{calls.list.{path}}}"),
                concurrency: 2,
                max_items,
                max_bytes: 64,
            });
        })
}

#[tokio::test(start_paused = true)]
async fn a_backends_list_that_is_too_long_is_read_so_far_and_incomplete() {
    let (reports, _, backends) = run(of_result("ids", 2), inputs("1")).await;
    let Outcome::Incomplete { reason, cause, .. } = &reports[1].outcome else {
        panic!("{reports:?}")
    };
    assert_eq!(reason, "the list has more than 2 elements");
    assert!(cause.is_none(), "a cap fails nobody");
    assert_eq!(text(&reports[1]), r#"[{"v":1.00},"slow"]"#);
    assert_eq!(backends.asked.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_list_is_a_mapping_failure_that_names_the_expression() {
    for (path, detail) in [
        ("ids[0]", "{calls.list.ids[0]}: must be a list"),
        ("gone", "{calls.list.gone}: gone: there is no such member"),
    ] {
        let (reports, _, _) = run(of_result(path, 5), inputs("1")).await;
        let Outcome::Failed(failure) = &reports[1].outcome else {
            panic!("{reports:?}")
        };
        assert_eq!(failure.code, Code::Mapping);
        assert!(failure.detail.starts_with(detail), "{}", failure.detail);
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_end_of_the_budget_what_has_been_read_is_kept() {
    let (reports, took, backends) = run(
        scene(Optional),
        body(r#"{"ids":["a","hung","hung","b","c"]}"#),
    )
    .await;
    assert_eq!(took, 3_000);
    assert_eq!(text(&reports[0]), r#"[{"v":1.00},null,null,null,null]"#);
    assert_eq!(reports[0].items.len(), 4);
    assert_eq!(
        backends.asked.lock().unwrap().len(),
        3,
        "b and c are not sent"
    );
}

#[tokio::test(start_paused = true)]
async fn between_two_elements_it_is_other_requests_turn() {
    struct Turns(Arc<AtomicUsize>, Mutex<Vec<usize>>);
    impl Backends for Turns {
        fn send(&self, _: Exchange) -> BoxFuture<'static, Outcome> {
            self.1.lock().unwrap().push(self.0.load(Ordering::Relaxed));
            Box::pin(async { ok("1") })
        }
    }
    let turns = Arc::new(AtomicUsize::new(0));
    let others = tokio::spawn({
        let turns = Arc::clone(&turns);
        async move {
            loop {
                turns.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }
    });
    let mut scene = scene(Required);
    let (endpoint, inputs) = (scene.endpoint(), body(r#"{"ids":["a","b","c","d","e"]}"#));
    let backends = Turns(turns, Mutex::default());
    let ports = Ports {
        backends: &backends,
        writes: &scene.writes,
        heavy: &scene.heavy,
    };
    let ready = check(&endpoint, &inputs).ok().unwrap();
    let deadline = Instant::now() + scene.budget;
    execute(&endpoint, &inputs, ready, &trace(), deadline, ports).await;
    others.abort();
    let sent = backends.1.into_inner().unwrap();
    assert!(
        sent.len() == 5 && sent.is_sorted_by(|a, b| a < b),
        "{sent:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_answers_for_a_list_are_bounded_together() {
    let list = r#"{"ids":["large","a","large","b","c"]}"#;
    let (reports, _, backends) = run(scene(Optional), body(list)).await;
    let items: Vec<_> = reports[0]
        .items
        .iter()
        .map(|item| (item.index, item.outcome.code().unwrap()))
        .collect();
    assert_eq!(items, [(4, Code::UpstreamTooLarge)]);
    assert_eq!(backends.asked.lock().unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn answers_that_fill_their_room_to_the_last_byte_are_not_too_large() {
    let scene = scene(Required).with(|call| {
        call.for_each = Some(ForEach {
            concurrency: 1,
            max_bytes: 20,
            ..each("ids")
        });
    });
    let (reports, _, _) = run(scene, body(r#"{"ids":["a","b","c"]}"#)).await;
    assert_eq!(text(&reports[0]), r#"[{"v":1.00},{"v":1.00},{"v":1.00}]"#);
}
