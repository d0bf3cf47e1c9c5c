//! Bodies: how much, how deep, in which bytes, under which label.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use orchestration::Effect;
use tokio::time::Instant;

use super::{read_error, read_json};
use crate::TransportError;
use crate::fake::{Answer, Piece, answer, bytes, json};

async fn reads(answer: Answer, max_body: usize) -> Result<String, (&'static str, String)> {
    let response = answer.into_response().unwrap();
    match read_json(response, Effect::Read, max_body).await {
        Ok(body) => Ok(String::from_utf8(body.bytes().to_vec()).unwrap()),
        Err(fault) => {
            assert!(fault.may_have_acted);
            let failure = fault.failure;
            assert_eq!(failure.status, Some(200));
            Err((failure.code.as_str(), failure.detail.into_owned()))
        }
    }
}

async fn code(answer: Answer) -> &'static str {
    match reads(answer, 1024 * 1024).await {
        Ok(_) => "ok",
        Err((code, _)) => code,
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_of_exactly_the_cap_passes_and_one_byte_more_does_not() {
    let body = r#"{"a":"bcd"}"#;
    assert_eq!(
        reads(json(200, body), body.len()).await.as_deref(),
        Ok(body)
    );
    for over in [
        json(200, body),
        json(200, "").body(body.chars().map(|c| bytes(c.to_string()))),
    ] {
        let (code, detail) = reads(over, body.len() - 1).await.unwrap_err();
        assert_eq!(code, "upstream_too_large");
        assert!(detail.contains("max_body"));
    }
    let padded = format!("{body} ");
    assert!(reads(json(200, padded), body.len()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_announced_length_over_the_cap_is_refused_before_a_byte_is_read() {
    let begun = Instant::now();
    let answer = json(200, "")
        .header("content-length", "11")
        .body([Piece::Wait(Duration::from_secs(5)), bytes("{}")]);
    let (code, _) = reads(answer, 10).await.unwrap_err();
    assert_eq!(
        (code, begun.elapsed()),
        ("upstream_too_large", Duration::ZERO)
    );
    // A length that is none is the transport's affair.
    let answer = json(200, "{}").header("content-length", "-1");
    assert_eq!(reads(answer, 10).await.as_deref(), Ok("{}"));
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_nested_128_deep_and_no_deeper() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(code(json(200, nested(128))).await, "ok");
    let (code, detail) = reads(json(200, nested(129)), 1000).await.unwrap_err();
    assert_eq!(code, "upstream_unreadable");
    assert!(detail.contains("128"));
}

#[tokio::test(start_paused = true)]
async fn f42_a38_a_body_is_kept_byte_for_byte_however_it_is_cut() {
    let body = r#"{ "b":1.00, "a":1E-22,"ł":"Łódź 🦀","a":[1.000000000000000000E-245] }"#;
    for size in 1..body.len() {
        let pieces = body
            .as_bytes()
            .chunks(size)
            .map(|piece| bytes(piece.to_vec()));
        let read = reads(json(200, "").body(pieces), 1000).await;
        assert_eq!(read.as_deref(), Ok(body), "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_json_is_named_by_its_place_and_never_quoted() {
    for (body, expected) in [
        (&b"{\"name\":\"MARKED\xff\"}"[..], "not UTF-8, at byte 15"),
        (b"\xef\xbb\xbf{}", "at byte 0"),
        (b"{\"name\":\"MARKED", "ends too early"),
        (b"{\"name\":MARKED}", "not JSON, at byte 8"),
        (b"{} MARKED", "not JSON, at byte 3"),
        (b"  ", "empty"),
    ] {
        let (code, detail) = reads(json(200, body.to_vec()), 1000).await.unwrap_err();
        assert_eq!(code, "upstream_unreadable");
        assert!(detail.contains(expected), "{detail}");
        assert!(!detail.contains("MARKED"));
    }
}

#[tokio::test(start_paused = true)]
async fn a39_a_body_is_taken_by_its_label_or_in_doubt_by_what_it_holds() {
    for (label, body, expected) in [
        (None, "{}", "ok"),
        (None, "12", "ok"),
        (Some("application/fhir+json; charset=utf-8"), "{}", "ok"),
        (Some("application/problem+json"), "{}", "ok"),
        (Some("application/json"), "12", "ok"),
        (Some("text/plain; charset=utf-8"), "{}", "ok"),
        (Some(" Text/Plain"), "[]", "ok"),
        (Some("text/plain"), "12", "upstream_unreadable"),
        (Some("text/plain"), "null", "upstream_unreadable"),
        (Some("text/csv"), "{}", "upstream_unreadable"),
        (
            Some("application/octet-stream"),
            "{}",
            "upstream_unreadable",
        ),
        (Some("text/pla"), "{}", "upstream_unreadable"),
        (Some(""), "{}", "upstream_unreadable"),
    ] {
        let mut answer = answer(200, body);
        if let Some(label) = label {
            answer = answer.header("content-type", label);
        }
        assert_eq!(code(answer).await, expected, "{label:?} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn b12_html_is_seen_behind_white_space_and_cuts_whatever_its_label() {
    let cut = [
        bytes(""),
        bytes(" \n"),
        bytes("\t"),
        bytes("<"),
        bytes("html>"),
    ];
    for answer in [
        answer(200, "<html>"),
        answer(200, "").body(cut),
        json(200, "\r\n <!doctype html>"),
    ] {
        assert_eq!(code(answer).await, "upstream_login_page");
    }
    assert_eq!(code(json(200, r#""<html>""#)).await, "ok");
    let xml = answer(200, "<a/>").header("content-type", "Application/FHIR+XML ; x=y");
    assert_eq!(code(xml).await, "upstream_unreadable");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_is_told_by_how_it_broke() {
    for (error, expected) in [
        (TransportError::Reset, "upstream_reset"),
        (TransportError::Silent, "deadline"),
        (TransportError::Encoding, "upstream_unreadable"),
    ] {
        let answer = json(200, "").body([bytes("{"), Piece::Broken(error)]);
        assert_eq!(code(answer).await, expected);
    }
}

async fn error_body(pieces: Vec<Piece>) -> (usize, Duration) {
    let begun = Instant::now();
    let response = json(500, "").body(pieces).into_response().unwrap();
    (read_error(response).await.len(), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn an_error_s_body_is_read_for_a_second_and_to_64_kib_at_most() {
    let chunk = || bytes(vec![b'x'; 32 * 1024]);
    let whole = error_body(vec![chunk(), chunk()]).await;
    assert_eq!(whole, (64 * 1024, Duration::ZERO));
    let more = error_body(vec![
        chunk(),
        chunk(),
        bytes("x"),
        Piece::Wait(Duration::MAX / 4),
    ]);
    assert_eq!(more.await, (64 * 1024, Duration::ZERO));
    let stalled = error_body(vec![bytes("abc"), Piece::Wait(Duration::from_hours(1))]);
    assert_eq!(stalled.await, (3, Duration::from_secs(1)));
    let drip = [Piece::Wait(Duration::from_millis(300)), bytes("x")];
    let dripped = error_body(std::iter::repeat_n(drip, 50).flatten().collect());
    assert_eq!(dripped.await, (3, Duration::from_secs(1)));
    let broken = error_body(vec![bytes("ab"), Piece::Broken(TransportError::Reset)]);
    assert_eq!(broken.await, (2, Duration::ZERO));
}
