//! Lists of writes: whole or not at all where they are required, and none after one that has failed.

use problem::Code;

use super::{body, of_result, run, scene};
use crate::Need::{Optional, Required};
use crate::fake::inputs;

#[tokio::test(start_paused = true)]
async fn nothing_is_written_for_a_list_that_is_too_long() {
    let (reports, _, backends) = run(of_result("ids", 2).write(), inputs("1")).await;
    assert_eq!(reports[1].outcome.code(), Some(Code::Mapping));
    assert_eq!(*backends.asked.lock().unwrap(), ["/list"]);
}

#[tokio::test(start_paused = true)]
async fn a_required_list_of_writes_is_sent_whole_or_not_at_all() {
    let nested = |need| of_result("mixed", 5).write().with(|call| call.need = need);
    let (reports, _, backends) = run(nested(Required), inputs("1")).await;
    assert_eq!(reports[1].outcome.code(), Some(Code::Mapping));
    assert_eq!(*backends.asked.lock().unwrap(), ["/list"]);
    let (reports, _, backends) = run(nested(Optional), inputs("1")).await;
    assert_eq!(reports[1].items.len(), 1);
    assert_eq!(*backends.asked.lock().unwrap(), ["/list", "/a"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_required_write_has_failed_no_other_is_begun() {
    let scene = scene(Required).write();
    let (reports, _, backends) = run(scene, body(r#"{"ids":["broken","slow","a","b"]}"#)).await;
    assert_eq!(*backends.asked.lock().unwrap(), ["/broken", "/slow"]);
    let outcomes: Vec<_> = reports[0]
        .items
        .iter()
        .map(|item| item.outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["failed", "skipped", "skipped"]);
}

#[tokio::test(start_paused = true)]
async fn an_optional_list_of_writes_goes_on_after_one_has_failed() {
    let scene = scene(Optional).write();
    let (reports, _, backends) = run(scene, body(r#"{"ids":["broken","slow","a","b"]}"#)).await;
    assert_eq!(backends.asked.lock().unwrap().len(), 4);
    assert_eq!(reports[0].items.len(), 1);
}
