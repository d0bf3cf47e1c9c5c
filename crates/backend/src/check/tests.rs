//! The typed check on the way of an answer: what passes, what is said, what is not.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use http::Method;
use orchestration::Exchange;
use tokio::sync::mpsc;

use super::{Check, CheckState, TOLD_EVERY, Told};
use crate::fake::{
    Answer, House, Log, Network, answer, ended, exchange, failed, json, observed, paged, payload,
    settings, text,
};
use crate::{CheckResult, Dialect, Observer};

/// A fault in the second of three resources, with a value that nobody may see.
const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"searchset","entry":[
    {"resource":{"resourceType":"Patient","id":"1"}},
    {"resource":{"resourceType":"Patient","id":"2","activ":"MARKED"}},
    {"resource":{"resourceType":"Patient","id":"3"}}]}"#;
const FAULTY: &str = r#"{"resourceType":"Patient","id":"1","activ":"MARKED"}"#;
const SOUND: &str = r#"{"resourceType":"Patient","id":"1","active":true}"#;

/// Passes on what it hears.
struct Heard(mpsc::Sender<CheckResult>);

impl Observer for Heard {
    fn checked(&self, backend: &Arc<str>, result: CheckResult) {
        assert_eq!(&**backend, "ehr");
        self.0.try_send(result).unwrap();
    }
}

fn checking(check: Check, answer: Answer) -> (House, mpsc::Receiver<CheckResult>) {
    let (sender, heard) = mpsc::channel(100);
    let network = Network::new(move |_, _| answer.clone());
    let settings = settings(Dialect::FhirR4 { check });
    (observed(settings, &network, Arc::new(Heard(sender))), heard)
}

fn search() -> Exchange {
    paged("Patient", 3, 100)
}

#[tokio::test]
async fn off_looks_at_nothing() {
    let (house, mut heard) = checking(Check::Off, json(200, FAULTY));
    assert_eq!(ended(&house.get("/Patient/1").await).0, "ok");
    assert_eq!(house.backend.check_state(), None);
    assert!(heard.try_recv().is_err());
}

#[tokio::test]
async fn report_lets_the_answer_pass_and_says_what_it_found() {
    let (house, mut heard) = checking(Check::Report, json(200, FAULTY));
    let outcome = house.get("/Patient/1").await;
    assert_eq!((ended(&outcome).0, text(&outcome).as_str()), ("ok", FAULTY));
    let found = heard.recv().await.unwrap();
    assert_eq!(found, CheckResult::Found("unknown_element"));
    let state = house.backend.check_state().unwrap();
    assert_eq!((state.passed, state.found, state.not_checked), (0, 1, 0));
    let latest = format!("{:?} {}", state.latest, state.latest.as_ref().unwrap());
    assert!(
        latest.contains("activ") && !latest.contains("MARKED"),
        "{latest}"
    );
}

#[tokio::test]
async fn refuse_fails_the_call_and_names_the_entry_and_no_value() {
    let (house, mut heard) = checking(Check::Refuse, json(200, BUNDLE));
    let outcome = house.send(search()).await;
    assert_eq!(
        ended(&outcome),
        ("failed", Some("upstream_check"), Some(200))
    );
    let (_, failure) = failed(&outcome).unwrap();
    assert!(failure.detail.contains("entry[1]"), "{}", failure.detail);
    assert!(!format!("{failure:?}").contains("MARKED"));
    assert_eq!(
        heard.recv().await,
        Some(CheckResult::Found("unknown_element"))
    );
}

#[tokio::test]
async fn refuse_lets_sound_answers_pass() {
    let (house, mut heard) = checking(Check::Refuse, json(200, SOUND));
    assert_eq!(ended(&house.get("/Patient/1").await).0, "ok");
    assert_eq!(heard.recv().await, Some(CheckResult::Passed));
    let expected = CheckState {
        passed: 1,
        ..CheckState::default()
    };
    assert_eq!(house.backend.check_state(), Some(expected));
}

#[tokio::test]
async fn a_search_without_entries_passes() {
    let empty = json(200, r#"{"resourceType":"Bundle","type":"searchset"}"#);
    let (house, _heard) = checking(Check::Refuse, empty);
    assert_eq!(ended(&house.send(search()).await).0, "ok");
}

#[tokio::test]
async fn a_write_that_is_done_is_not_called_failed_for_what_it_is_answered_with() {
    let mut write = exchange(Method::POST, "/Patient");
    write.request.body = Some(payload(SOUND).into());
    for (answer, ending) in [
        (json(201, SOUND), "ok"),
        (answer(201, ""), "ok"),
        (answer(204, ""), "ok"),
        (json(201, FAULTY), "unknown"),
    ] {
        let (house, _heard) = checking(Check::Refuse, answer);
        assert_eq!(ended(&house.send(write.clone()).await).0, ending);
    }
}

#[tokio::test]
async fn an_answer_passes_unchecked_when_too_much_waits_for_its_check() {
    let (house, mut heard) = checking(Check::Report, json(200, SOUND));
    let inspector = &house.backend.inspector;
    let everything = Arc::clone(&inspector.held);
    let held = everything.acquire_many(u32::try_from(super::HELD_KIB).unwrap());
    let held = held.await.unwrap();
    assert_eq!(ended(&house.get("/Patient/1").await).0, "ok");
    assert_eq!(heard.recv().await, Some(CheckResult::NotChecked));
    drop(held);
    assert_eq!(ended(&house.get("/Patient/1").await).0, "ok");
    assert_eq!(heard.recv().await, Some(CheckResult::Passed));
    let state = house.backend.check_state().unwrap();
    assert_eq!((state.passed, state.found, state.not_checked), (1, 0, 1));
}

#[tokio::test]
async fn f34_the_log_names_class_element_and_entry_and_no_value() {
    let log = Log::listen();
    let (house, _heard) = checking(Check::Refuse, json(200, BUNDLE));
    house.send(search()).await;
    let text = log.text();
    let expected = [
        "backend=ehr",
        "class=\"unknown_element\"",
        "element=\"activ\"",
        "entry=1",
    ];
    let says_it_all = |line: &str| expected.iter().all(|part| line.contains(part));
    assert!(text.lines().any(says_it_all), "{text}");
    log.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn the_log_tells_of_a_class_once_in_a_while_and_counts_what_it_left_out() {
    let mut told = Told::default();
    assert_eq!(told.is_news("unknown_element"), Some(1));
    for _ in 0..5 {
        assert_eq!(told.is_news("unknown_element"), None);
    }
    assert_eq!(told.is_news("wrong_type"), Some(1), "of each class");
    tokio::time::advance(TOLD_EVERY).await;
    assert_eq!(told.is_news("unknown_element"), Some(6));
    assert_eq!(told.is_news("unknown_element"), None);
}

#[tokio::test]
async fn f34_a_backend_that_is_wrong_in_every_answer_does_not_fill_the_log() {
    let log = Log::listen();
    let wrong = FAULTY.replace("activ", "onlyInThisTest");
    let (house, _heard) = checking(Check::Refuse, json(200, wrong));
    for _ in 0..20 {
        house.get("/Patient/1").await;
    }
    let text = log.text();
    let lines = text.lines().filter(|line| line.contains("onlyInThisTest"));
    assert_eq!(lines.count(), 1);
    assert_eq!(house.backend.check_state().unwrap().found, 20);
}

#[tokio::test]
async fn a_check_waits_for_its_turn_and_gives_it_back() {
    let (house, _heard) = checking(Check::Refuse, json(200, SOUND));
    let running = &house.backend.inspector.running;
    let all = running.available_permits();
    let turns = Arc::clone(running);
    let others = turns
        .acquire_many(u32::try_from(all).unwrap())
        .await
        .unwrap();
    let waiting = house.get("/Patient/1");
    tokio::pin!(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(others);
    assert_eq!(ended(&waiting.await).0, "ok");
    assert_eq!(running.available_permits(), all);
}
