//! Oddities of answers, seen through the cache.

use std::time::Duration;

use token_provider::{Kind, Malformation, TokenError, TransportError};
use tokio::time::Instant;

use crate::redaction::Log;
use crate::support::{broken, definition, house, house_for, hung, pass, reply, seconds};

#[tokio::test(start_paused = true)]
async fn without_an_expiry_the_default_of_the_definition_holds() {
    let mut short = definition("ehr");
    short.default_lifetime = Duration::from_secs(100);
    let house = house_for(short, |n| {
        reply(200, format!(r#"{{"access_token":"t{n}"}}"#))
    });
    house.token().await.unwrap();
    pass(79.0).await;
    assert!(house.source.cached().is_some());
    pass(50.0).await;
    pass(100.0).await;
    assert!(house.source.cached().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_huge_expiry_is_clamped_at_a_day() {
    let house = house(|n| {
        reply(
            200,
            format!(r#"{{"access_token":"t{n}","expires_in":1e12}}"#),
        )
    });
    house.token().await.unwrap();
    pass(86_339.0).await;
    assert_eq!(house.server.calls(), 1);
    assert!(house.source.cached().is_some());
    pass(86_400.0).await;
    assert!(house.source.cached().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_instant_of_expiry_counts_by_the_wall_clock() {
    let body = r#"{"access_token":"t","expires_on":"1800000010"}"#;
    let house = house(move |_| reply(200, body));
    house.token().await.unwrap();
    pass(4.9).await;
    assert!(house.source.cached().is_some());
    pass(3.2).await;
    assert!(house.source.cached().is_none());
}

#[tokio::test(start_paused = true)]
async fn a05_a_narrowed_scope_is_recorded_with_what_is_missing() {
    let mut wide = definition("ehr");
    wide.scopes = vec!["a".into(), "b".into(), "c".into()];
    let house = house_for(wide, |_| {
        reply(200, r#"{"access_token":"t","scope":"b d"}"#)
    });
    let token = house.token().await.unwrap();
    assert_eq!(token.scope(), Some("b d"));
    assert_eq!(house.heard.all(), ["ehr token 0 ms", "ehr lacks a c"]);
}

#[tokio::test(start_paused = true)]
async fn b20_metrics_tell_a_json_401_a_gatekeeper_and_nonsense_apart() {
    for (status, body, label) in [
        (401, r#"{"error":"invalid_client"}"#, "ehr rejected 0 ms"),
        (302, "", "ehr redirected 0 ms"),
        (200, "<html>", "ehr malformed 0 ms"),
        (429, "", "ehr unavailable 0 ms"),
    ] {
        let house =
            house(move |_| reply(status, body).header("location", "https://login.example/"));
        assert!(house.token().await.is_err());
        assert_eq!(house.heard.all(), [label]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_gatekeepers_redirect_is_a_configuration_fault() {
    let house =
        house(|_| reply(302, "").header("location", "https://login.example/oauth2/start?rd=1"));
    let error = house.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
    assert!(error.to_string().contains("login.example") && !error.to_string().contains("start"));
    pass(29.0).await;
    assert!(house.token().await.is_err());
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_empty_403_is_a_refusal() {
    let house = house(|_| reply(403, ""));
    assert!(matches!(
        house.token().await,
        Err(TokenError::Rejected {
            server_code: None,
            ..
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_or_too_slow_is_cut() {
    let large = house(|_| broken(TransportError::TooLarge));
    let error = large.token().await.unwrap_err();
    assert_eq!(
        error,
        TokenError::Malformed {
            what: Malformation::TooLarge
        }
    );
    let slow = house(|_| hung());
    let start = Instant::now();
    assert_eq!(slow.token().await.unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(start.elapsed(), seconds(5.0));
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_not_asked_for_again_at_once() {
    let house = house(|_| reply(200, "{}"));
    for _ in 0..10 {
        assert!(matches!(
            house.token().await,
            Err(TokenError::Malformed {
                what: Malformation::NoToken
            })
        ));
    }
    assert_eq!(house.server.calls(), 1);
    pass(1.1).await;
    assert!(house.token().await.is_err());
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a19_an_answer_that_cannot_be_used_is_logged_as_something_to_mend() {
    let log = Log::listen();
    let house = house_for(definition("answers nonsense"), |_| reply(200, "{}"));
    assert!(house.token().await.is_err());
    let line = log.only_line("answers nonsense");
    for part in ["ERROR", "the token endpoint's answer cannot be used"] {
        assert!(line.contains(part), "{part} not in {line}");
    }
}
