//! What comparable products get wrong, each case with its figure.

use futures::future::join_all;
use token_provider::{TokenError, TokenState};
use tokio::time::Instant;

use crate::support::{definition, house, name, pass, reply, seconds, seconds_from_now, token};

#[tokio::test(start_paused = true)]
async fn five_backends_of_the_same_client_make_one_token_call() {
    let house = house(|n| token(n, 3600).after(seconds(0.1)));
    let sources: Vec<_> = (0..5)
        .map(|_| house.provider.source(definition("ehr")))
        .collect();
    let tokens = join_all(
        sources
            .iter()
            .map(|source| source.token(seconds_from_now(3.0))),
    )
    .await;
    assert!(tokens.iter().all(Result::is_ok));
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hung_token_endpoint_costs_no_more_than_the_callers_three_seconds() {
    let house = house(|_| crate::support::hung());
    let start = Instant::now();
    let error = house.source.token(seconds_from_now(3.0)).await.unwrap_err();
    assert_eq!(error, TokenError::Deadline);
    assert!(start.elapsed() <= seconds(3.1));
}

#[tokio::test(start_paused = true)]
async fn a_slow_and_failing_server_costs_five_callers_one_attempt() {
    let house = house(|_| reply(500, "").after(seconds(2.0)));
    let start = Instant::now();
    let callers = (0..5).map(|_| async {
        assert!(house.token().await.is_err());
        start.elapsed()
    });
    let waited = join_all(callers).await;
    assert!(
        waited.iter().all(|waited| *waited <= seconds(2.001)),
        "{waited:?}"
    );
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_costs_one_more_call_in_the_same_request() {
    let house = house(|n| token(n, 3600));
    let revoked = house.token().await.unwrap();
    house.source.reject(&revoked);
    assert_eq!(house.name().await, "t2");
    for _ in 0..10 {
        assert_eq!(house.name().await, "t2");
    }
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_costs_one_call_per_backoff_period() {
    let house = house(|_| reply(401, r#"{"error":"unauthorized_client"}"#));
    for _ in 0..290 {
        assert!(house.token().await.is_err());
        pass(0.1).await;
    }
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_ten_second_token_is_reused() {
    let house = house(|n| token(n, 10));
    for _ in 0..49 {
        assert_eq!(house.name().await, "t1");
        pass(0.1).await;
    }
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_expiry_written_as_a_string_is_understood() {
    let house = house(|n| {
        reply(
            200,
            format!(r#"{{"access_token":"t{n}","expires_in":"3600"}}"#),
        )
    });
    assert_eq!(house.name().await, "t1");
    pass(3000.0).await;
    assert_eq!(house.name().await, "t1");
    pass(600.0).await;
    assert_eq!(house.name().await, "t2");
}

#[tokio::test(start_paused = true)]
async fn an_expiry_of_zero_or_one_second_is_not_cached() {
    for life in [0, 1] {
        let house = house(move |n| token(n, life));
        assert_eq!(house.name().await, "t1");
        assert!(house.source.cached().is_none());
        assert_eq!(house.name().await, "t2");
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_and_state_are_shown_to_the_operator() {
    let house = house(|n| token(n, 3600).after(seconds(0.2)));
    assert_eq!(house.source.state().token, TokenState::Never);
    let token = house.token().await.unwrap();
    pass(10.0).await;
    let state = house.source.state();
    let TokenState::Fresh { age, expires_in } = state.token else {
        unreachable!("{state:?}")
    };
    assert_eq!(
        (age + expires_in, age.as_millis() / 10),
        (seconds(3600.0), 1020)
    );
    assert_eq!(
        (state.name.as_str(), state.fetching, state.backing_off),
        ("ehr", false, None)
    );
    house.source.reject(&token);
    let heard = house.heard.all();
    assert!(heard[0].starts_with("ehr token 20"));
    assert_eq!(heard[1], "ehr rejected by a backend");
    assert_eq!(name(&token), "t1");
}
