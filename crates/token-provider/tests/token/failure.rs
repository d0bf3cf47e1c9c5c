//! Failures are shared, remembered and not repeated blindly.

use std::time::Duration;

use futures::future::join_all;
use token_provider::{ConnectionFault, Endpoint, Kind, TokenError, TransportError};
use tokio::time::Instant;

use crate::support::{
    House, broken, definition, house, house_for, hung, pass, reply, seconds, token,
};

/// Asks ten times a second, and says how many token requests that made.
async fn ask_for(house: &House, time: f64) -> usize {
    let end = Instant::now() + seconds(time);
    while Instant::now() < end {
        assert!(house.token().await.is_err());
        pass(0.1).await;
    }
    house.server.calls()
}

#[tokio::test(start_paused = true)]
async fn a23_a_wrong_secret_makes_one_request_per_backoff_period() {
    for code in ["invalid_client", "unauthorized_client", "invalid_scope"] {
        let house = house(move |_| reply(401, format!(r#"{{"error":"{code}"}}"#)));
        let error = house.token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration);
        assert_eq!(
            error.server_code().map(token_provider::ErrorCode::as_str),
            Some(code)
        );
        assert_eq!(ask_for(&house, 29.5).await, 1);
        assert_eq!(house.token().await.unwrap_err(), error);
        assert_eq!(ask_for(&house, 31.0).await, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn b10_invalid_grant_is_not_retried_blindly() {
    let house = house(|_| reply(400, r#"{"error":"invalid_grant"}"#));
    assert_eq!(ask_for(&house, 29.0).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a19_the_operator_sees_the_credential_and_the_servers_code() {
    let house = house(|_| reply(400, r#"{"error":"invalid_scope","error_description":"x"}"#));
    assert!(house.token().await.is_err());
    let state = house.source.state();
    let backing_off = state.backing_off.unwrap();
    assert_eq!(state.name, "ehr");
    assert!(backing_off.error.to_string().contains("invalid_scope"));
    assert!(backing_off.retry_in >= seconds(30.0) && backing_off.retry_in <= seconds(60.0));
    assert_eq!(state.last_error, Some(backing_off.error));
}

#[tokio::test(start_paused = true)]
async fn all_waiters_share_one_failure() {
    let house = house(|_| reply(401, "").after(seconds(0.7)));
    let start = Instant::now();
    let results = join_all((0..100).map(|_| house.token())).await;
    assert!(
        results
            .iter()
            .all(|result| matches!(result, Err(TokenError::Rejected { .. })))
    );
    assert_eq!((house.server.calls(), start.elapsed()), (1, seconds(0.7)));
}

#[tokio::test(start_paused = true)]
async fn a22_one_flight_retries_fast_failures_and_shares_its_success() {
    let house = house(|n| {
        if n < 3 {
            broken(TransportError::Connection(ConnectionFault::Other))
        } else {
            token(n, 3600)
        }
    });
    let start = Instant::now();
    let results = join_all((0..10).map(|_| house.token())).await;
    assert!(results.iter().all(Result::is_ok));
    assert!(start.elapsed() >= seconds(0.15) && start.elapsed() <= seconds(0.31));
    assert_eq!(house.server.calls(), 3);
    let outcomes: Vec<_> = house
        .heard
        .all()
        .iter()
        .map(|line| line.split(' ').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(outcomes, ["unreachable", "unreachable", "token"]);
}

#[tokio::test(start_paused = true)]
async fn a_flight_gives_up_after_three_attempts_and_callers_are_refused_at_once() {
    let house = house(|_| reply(500, ""));
    let error = house.token().await.unwrap_err();
    let first = error.retry_after().unwrap();
    assert!(first >= seconds(0.5) && first <= seconds(1.0));
    assert_eq!((error.kind(), house.server.calls()), (Kind::Unavailable, 3));
    let start = Instant::now();
    pass(0.2).await;
    let later = house.token().await.unwrap_err().retry_after().unwrap();
    assert_eq!(
        (later + seconds(0.2), start.elapsed()),
        (first, seconds(0.2))
    );
    assert_eq!(house.server.calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn flights_back_off_exponentially_and_start_over_after_a_success() {
    let house = house(|n| {
        if n <= 8 {
            broken(TransportError::Connection(ConnectionFault::Tls))
        } else {
            token(n, 2)
        }
    });
    let mut last = Duration::ZERO;
    for most in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
        let wait = house.token().await.unwrap_err().retry_after().unwrap();
        assert!(
            wait >= seconds(most / 2.0) && wait <= seconds(most),
            "{wait:?}"
        );
        assert!(most > 32.0 || wait >= last / 2);
        last = wait;
        pass(wait.as_secs_f64() + 0.002).await;
    }
    assert_eq!(house.name().await, "t9");
    assert_eq!(house.source.state().last_error, None);
    assert_eq!(house.source.state().backing_off, None);
}

#[tokio::test(start_paused = true)]
async fn retry_after_of_the_server_is_honoured_and_not_retried_within_the_flight() {
    for (status, value, least, most) in [
        (503, "20", 20.0, 22.0),
        (429, "20", 20.0, 22.0),
        (503, "Fri, 15 Jan 2027 08:00:20 GMT", 20.0, 22.0),
        (503, "86400", 300.0, 330.0),
    ] {
        let house = house(move |_| reply(status, "").header("retry-after", value));
        let wait = house.token().await.unwrap_err().retry_after().unwrap();
        assert!(wait >= seconds(least) && wait <= seconds(most), "{wait:?}");
        assert_eq!(ask_for(&house, least - 0.5).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_failure_is_not_repeated_and_a_hung_one_ends_at_the_fetch_timeout() {
    let house = house(|_| hung());
    let start = Instant::now();
    let error = house.token().await.unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed()),
        (Kind::Unavailable, seconds(5.0))
    );
    assert_eq!(house.server.calls(), 1);
    assert_eq!(house.heard.all(), ["ehr timed_out 5000 ms"]);
}

#[tokio::test(start_paused = true)]
async fn retries_stay_within_the_fetch_timeout() {
    let mut short = definition("ehr");
    short.fetch_timeout = seconds(0.15);
    let house = house_for(short, |_| reply(500, "").after(seconds(0.03)));
    let start = Instant::now();
    assert!(house.token().await.is_err());
    assert!(start.elapsed() <= seconds(0.151));
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_flight_does_not_wait_for_an_attempt_it_has_no_time_for() {
    let mut short = definition("ehr");
    short.fetch_timeout = seconds(0.04);
    let house = house_for(short, |_| reply(500, ""));
    let start = Instant::now();
    assert!(house.token().await.is_err());
    assert_eq!((house.server.calls(), start.elapsed()), (1, seconds(0.0)));
}

#[tokio::test(start_paused = true)]
async fn only_the_credential_that_fails_is_affected() {
    let house = house(|n| {
        if n == 1 {
            reply(401, "")
        } else {
            token(n, 3600)
        }
    });
    assert!(house.token().await.is_err());
    let other = house.provider.source(definition("labs"));
    assert!(other.token(Instant::now() + seconds(1.0)).await.is_ok());
    let names: Vec<_> = house
        .provider
        .states()
        .into_iter()
        .map(|state| state.name)
        .collect();
    assert_eq!(names, ["ehr", "labs"]);
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_may_not_be_used_sends_nothing() {
    let mut plain = definition("ehr");
    plain.endpoint = Endpoint::Token("http://sso.example/token".parse().unwrap());
    let house = house_for(plain, |n| token(n, 3600));
    let error = house.token().await.unwrap_err();
    assert_eq!(
        (error.kind(), house.server.calls()),
        (Kind::Configuration, 0)
    );
    assert!(matches!(error, TokenError::Definition(_)));
}
