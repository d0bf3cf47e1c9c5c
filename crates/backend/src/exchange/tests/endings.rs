//! How a call ends: statuses, broken connections, bodies, time.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use http::Method;
use network::ConnectionFault;
use tokio::time::{Instant, advance};

use crate::Dialect::Rest;
use crate::fake::{
    Answer, FHIR, House, Network, Piece, answer, broken, bytes, ended, exchange, failed, house,
    json, settings, text,
};
use crate::{Dialect, TransportError};

fn answering(dialect: Dialect, answer: Answer) -> House {
    house(settings(dialect), &Network::new(move |_, _| answer.clone()))
}

#[tokio::test(start_paused = true)]
async fn a40_throttling_keeps_the_backend_s_retry_after() {
    for (status, code) in [(429, "upstream_throttled"), (503, "upstream_status")] {
        let house = answering(Rest, json(status, "{}").header("retry-after", "7"));
        for outcome in [house.get("/a").await, house.post("{}").await] {
            assert_eq!(ended(&outcome), ("failed", Some(code), Some(status)));
            assert_eq!(outcome.retry_after(), Some(Duration::from_secs(7)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_5xx_leaves_a_write_unknown_unless_it_says_that_nothing_was_done() {
    for (status, ending) in [
        (500, "unknown"),
        (502, "unknown"),
        (504, "unknown"),
        (501, "failed"),
        (503, "failed"),
        (409, "failed"),
        (301, "unknown"),
    ] {
        let house = answering(Rest, json(status, "{}"));
        assert_eq!(ended(&house.post("{}").await).0, ending, "{status}");
        assert_eq!(ended(&house.get("/a").await).0, "failed", "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_leaves_a_write_unknown_only_if_it_may_have_been_seen() {
    use TransportError::{Connection, Encoding, Reset, Silent};
    for (error, code, write) in [
        (
            Connection(ConnectionFault::Refused),
            "upstream_connect",
            "failed",
        ),
        (
            Connection(ConnectionFault::OtherHost),
            "upstream_tls",
            "failed",
        ),
        (Reset, "upstream_reset", "unknown"),
        (Silent, "deadline", "unknown"),
        (Encoding, "upstream_unreadable", "unknown"),
    ] {
        let house = answering(Rest, broken(error));
        assert_eq!(ended(&house.get("/a").await), ("failed", Some(code), None));
        assert_eq!(ended(&house.post("{}").await), (write, Some(code), None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_2xx_that_cannot_be_read_leaves_a_write_unknown() {
    let half = [bytes("{\"a\""), Piece::Broken(TransportError::Reset)];
    for answer in [
        json(200, "{\"a\""),
        json(201, "{} {}"),
        answer(201, "Created").header("content-type", "text/plain"),
        json(200, "").body(half),
        json(200, "x".repeat(2 * 1024 * 1024)),
    ] {
        let house = answering(Rest, answer);
        assert_eq!(ended(&house.post("{}").await).0, "unknown");
        assert_eq!(ended(&house.get("/a").await).0, "failed");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_body_is_null_for_a_write_and_a_fault_where_json_is_expected() {
    let html = "text/html; charset=UTF-8";
    for (answer, read) in [
        (answer(204, ""), Ok("null")),
        (answer(204, "").header("content-type", html), Ok("null")),
        (answer(205, ""), Ok("null")),
        (json(200, ""), Err("upstream_unreadable")),
        (json(200, " \r\n"), Err("upstream_unreadable")),
        (json(201, ""), Err("upstream_unreadable")),
        (answer(202, ""), Err("upstream_unreadable")),
        (
            answer(200, "")
                .header("content-type", html)
                .header("content-length", "0"),
            Err("upstream_unreadable"),
        ),
    ] {
        let house = answering(Rest, answer);
        let written = house.post("{}").await;
        assert_eq!((ended(&written).0, text(&written).as_str()), ("ok", "null"));
        let outcome = house.get("/a").await;
        match read {
            Ok(expected) => assert_eq!(text(&outcome), expected),
            Err(code) => assert_eq!(ended(&outcome).1, Some(code)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_thing_that_does_not_exist_is_absent_where_the_call_says_so() {
    for status in [404, 410] {
        let house = answering(Rest, json(status, "{}"));
        assert_eq!(house.get("/a").await.as_str(), "absent");
        let mut call = exchange(Method::GET, "/a");
        crate::fake::expecting(&mut call, |expect| expect.absent = [].into());
        let expected = ("failed", Some("upstream_status"), Some(status));
        assert_eq!(ended(&house.send(call).await), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a26_an_operation_outcome_becomes_issues_and_any_other_body_stays_unsaid() {
    let body = r#"{"resourceType":"OperationOutcome","issue":[
        {"severity":"error","code":"invalid","diagnostics":"MARKED Jane"},{"severity":"warning","code":"x"}]}"#;
    let (_, failure) = failed(&answering(FHIR, json(400, body)).get("/Patient/1").await).unwrap();
    let codes: Vec<_> = failure
        .issues
        .iter()
        .map(|issue| issue.code.as_ref())
        .collect();
    assert_eq!(codes, ["invalid", "exception"]);
    let diagnostics = failure.issues.first().unwrap().diagnostics.as_deref();
    assert_eq!(diagnostics, Some("MARKED Jane"));
    assert!(!failure.detail.contains("MARKED"));

    for (dialect, body) in [
        (Rest, body),
        (FHIR, "<html>MARKED</html>"),
        (FHIR, r#"{"detail":"MARKED"}"#),
        (
            FHIR,
            r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"MARK"#,
        ),
        (FHIR, "\u{1}\u{feff}{{{[\"\\u"),
    ] {
        let outcome = answering(dialect, json(400, body)).get("/Patient/1").await;
        let (_, failure) = failed(&outcome).unwrap();
        assert!(!format!("{failure:?}").contains("MARKED"), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_brings_another_resource_than_the_one_asked_for_fails() {
    for (body, ending) in [
        (r#"{"id":"1","resourceType":"Patient","x":1.00}"#, "ok"),
        (r#"{"resourceType":"Patient","id":"2"}"#, "failed"),
        (r#"{"resourceType":"Person","id":"1"}"#, "failed"),
        (r#"{"resourceType":"Bundle","type":"searchset"}"#, "failed"),
        ("[]", "failed"),
    ] {
        let outcome = answering(FHIR, json(200, body)).get("/Patient/1").await;
        assert_eq!(ended(&outcome).0, ending, "{body}");
        if ending == "ok" {
            assert_eq!(text(&outcome), body);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a25_a_backend_that_hangs_ends_at_the_deadline_and_is_noted() {
    let stalled = json(200, "").body([bytes("{"), Piece::Wait(Duration::from_hours(1))]);
    for answer in [json(200, "{}").after(Duration::from_hours(1)), stalled] {
        let house = answering(Rest, answer);
        let begun = Instant::now();
        assert_eq!(
            ended(&house.get("/a").await),
            ("failed", Some("deadline"), None)
        );
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
        assert_eq!(
            ended(&house.post("{}").await),
            ("unknown", Some("deadline"), None)
        );
        let noted = house.backend.last_call();
        assert_eq!(
            noted.failed.map(|(_, code)| code.as_str()),
            Some("deadline")
        );
        assert_eq!(noted.succeeded, None);
    }
}

#[tokio::test(start_paused = true)]
async fn why_there_was_no_connection_is_known_and_not_told_to_a_client() {
    for fault in [ConnectionFault::Unresolved, ConnectionFault::OtherHost] {
        let house = answering(Rest, broken(TransportError::Connection(fault)));
        assert_eq!(house.backend.connection_fault(), None);
        let outcome = house.get("/a").await;
        assert!(!format!("{outcome:?}").contains("host"), "{outcome:?}");
        assert_eq!(house.backend.connection_fault(), Some(fault));
    }
    let house = answering(Rest, broken(TransportError::Reset));
    house.get("/a").await;
    assert_eq!(house.backend.connection_fault(), None);
}

#[tokio::test(start_paused = true)]
async fn the_latest_success_and_failure_are_known_with_their_age() {
    let network = Network::new(|_, number| json(if number == 1 { 200 } else { 500 }, "{}"));
    let house = house(settings(Rest), &network);
    house.get("/a").await;
    advance(Duration::from_secs(3)).await;
    house.get("/a").await;
    advance(Duration::from_secs(4)).await;
    let noted = house.backend.last_call();
    assert_eq!(noted.succeeded, Some(Duration::from_secs(7)));
    let (since, code) = noted.failed.unwrap();
    assert_eq!(
        (since, code.as_str()),
        (Duration::from_secs(4), "upstream_status")
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_names_no_backend_is_a_defect_and_no_panic() {
    let mut call = exchange(Method::GET, "/a");
    call.backend = 7;
    let outcome = answering(Rest, json(200, "{}")).send(call).await;
    assert_eq!(ended(&outcome).1, Some("internal"));
}
