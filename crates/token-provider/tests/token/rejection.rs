//! A backend that does not accept a token: rejected by generation.

use futures::future::join_all;
use token_provider::{Kind, TokenError, TokenState};

use crate::support::{definition, house, name, pass, reply, seconds, token};

#[tokio::test(start_paused = true)]
async fn a10_a_rejected_token_is_replaced_in_the_same_request() {
    let house = house(|n| token(n, 3600));
    let dead = house.token().await.unwrap();
    house.source.reject(&dead);
    assert!(house.source.cached().is_none());
    assert_eq!(house.source.state().token, TokenState::Rejected);
    let next = house.token().await.unwrap();
    assert_eq!(name(&next), "t2");
    assert!(next.generation() > dead.generation());
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_late_verdict_does_not_evict_a_newer_token() {
    let house = house(|n| token(n, 3600));
    let callers: Vec<_> = join_all((0..100).map(|_| house.token()))
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    for dead in &callers {
        house.source.reject(dead);
        assert_eq!(house.name().await, "t2");
    }
    assert_eq!(house.server.calls(), 2);
    assert_eq!(
        house
            .heard
            .all()
            .iter()
            .filter(|line| line.contains("rejected by a backend"))
            .count(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_rejection_soon_after_does_not_fetch_again_for_a_while() {
    let house = house(|n| token(n, 3600));
    house.source.reject(&house.token().await.unwrap());
    house.source.reject(&house.token().await.unwrap());
    let error = house.token().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (Kind::RejectedByBackend, Some(seconds(5.0)))
    );
    pass(4.0).await;
    assert!(matches!(
        house.token().await,
        Err(TokenError::RejectedAgain { .. })
    ));
    assert_eq!(house.server.calls(), 2);
    pass(1.1).await;
    // A third one that is rejected as well is worth no further attempt either.
    house.source.reject(&house.token().await.unwrap());
    assert!(matches!(
        house.token().await,
        Err(TokenError::RejectedAgain { .. })
    ));
    assert_eq!(house.server.calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn b12_a_token_given_up_for_a_login_page_is_no_first_rejection() {
    let house = house(|n| token(n, 3600));
    house.source.suspect(&house.token().await.unwrap());
    house.source.reject(&house.token().await.unwrap());
    assert_eq!(house.name().await, "t3");
}

#[tokio::test(start_paused = true)]
async fn a10_a_replacement_that_was_taken_and_then_revoked_is_replaced_at_once() {
    let house = house(|n| token(n, 3600));
    house.source.reject(&house.token().await.unwrap());
    let second = house.token().await.unwrap();
    second.accepted();
    house.source.reject(&second);
    assert_eq!(house.name().await, "t3");
}

#[tokio::test(start_paused = true)]
async fn a_second_rejection_long_after_is_a_first_one_again() {
    let house = house(|n| token(n, 3600));
    house.source.reject(&house.token().await.unwrap());
    let second = house.token().await.unwrap();
    pass(61.0).await;
    house.source.reject(&second);
    assert_eq!(house.name().await, "t3");
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_not_used_even_when_the_server_is_down() {
    let house = house(|n| {
        if n == 1 {
            token(n, 3600)
        } else {
            reply(503, "")
        }
    });
    house.source.reject(&house.token().await.unwrap());
    assert_eq!(house.token().await.unwrap_err().kind(), Kind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_rejection_during_a_refresh_waits_for_that_refresh() {
    let house = house(|n| token(n, 300).after(seconds(1.0)));
    house.token().await.unwrap();
    pass(190.0).await;
    let dead = house.token().await.unwrap();
    house.source.reject(&dead);
    assert_eq!(house.name().await, "t2");
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_credential_cannot_reject_the_token_of_another() {
    let house = house(|n| token(n, 3600));
    let other = house.provider.source(definition("labs"));
    let token = house.token().await.unwrap();
    other
        .token(tokio::time::Instant::now() + seconds(1.0))
        .await
        .unwrap();
    other.reject(&token);
    assert!(house.source.cached().is_some());
    assert!(other.cached().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_not_worth_keeping_can_be_rejected_too() {
    let house = house(|n| token(n, 0));
    house.source.reject(&house.token().await.unwrap());
    house.source.reject(&house.token().await.unwrap());
    assert!(matches!(
        house.token().await,
        Err(TokenError::RejectedAgain { .. })
    ));
}
