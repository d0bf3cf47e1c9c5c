//! One token for many callers, each with its own deadline.

use std::sync::Arc;

use futures::future::join_all;
use token_provider::{Kind, NoObserver, TokenError, TokenProvider, Unavailability};
use tokio::runtime::Builder;
use tokio::time::Instant;

use crate::support::{
    Server, definition, house, hung, name, pass, seconds, seconds_from_now, token,
};

#[tokio::test(start_paused = true)]
async fn a07_first_use_fetches_one_token_and_caches_it() {
    let house = house(|n| token(n, 3600));
    assert!(house.source.cached().is_none());
    assert_eq!(house.server.calls(), 0);
    for _ in 0..100 {
        assert_eq!(house.name().await, "t1");
        pass(30.0).await;
    }
    assert_eq!(house.server.calls(), 1);
    assert_eq!(
        house.source.cached().map(|token| name(&token)).as_deref(),
        Some("t1")
    );
}

#[tokio::test(start_paused = true)]
async fn a08_a_hundred_first_requests_make_one_token_request() {
    let house = house(|n| token(n, 3600).after(seconds(0.2)));
    let names = join_all((0..100).map(|_| house.name())).await;
    assert!(names.iter().all(|name| name == "t1"));
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn b09_a_thousand_waiters_on_an_expired_token_make_one_token_request() {
    let house = house(|n| token(n, 300).after(seconds(0.2)));
    house.token().await.unwrap();
    pass(301.0).await;
    let names = join_all((0..1000).map(|_| house.name())).await;
    assert!(names.iter().all(|name| name == "t2"));
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a09_an_expired_token_is_renewed_without_an_error() {
    let house = house(|n| token(n, 300).after(seconds(0.2)));
    for n in 1..5 {
        assert_eq!(house.name().await, format!("t{n}"));
        pass(300.0).await;
    }
    assert_eq!(house.server.calls(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_leaves_harms_nobody() {
    let house = house(|n| token(n, 3600).after(seconds(1.0)));
    let leaving = tokio::spawn({
        let source = house.source.clone();
        async move { source.token(seconds_from_now(10.0)).await }
    });
    pass(0.1).await;
    let staying = tokio::spawn({
        let source = house.source.clone();
        async move { source.token(seconds_from_now(10.0)).await }
    });
    pass(0.1).await;
    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    assert_eq!(name(&staying.await.unwrap().unwrap()), "t1");
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_outlives_all_its_waiters() {
    let house = house(|n| token(n, 3600).after(seconds(1.0)));
    let start = Instant::now();
    let late = house.source.token(seconds_from_now(0.3)).await;
    assert_eq!(late.unwrap_err(), TokenError::Deadline);
    assert_eq!(start.elapsed().as_millis() / 10, 30);
    pass(0.8).await;
    assert_eq!(
        house.source.cached().map(|token| name(&token)).as_deref(),
        Some("t1")
    );
}

#[tokio::test(start_paused = true)]
async fn each_waiter_keeps_its_own_deadline() {
    let house = house(|_| hung());
    let start = Instant::now();
    let waits = [0.0, 0.1, 1.0, 4.0].map(|wait| {
        let source = house.source.clone();
        async move {
            let error = source.token(start + seconds(wait)).await.unwrap_err();
            assert_eq!(
                (error.kind(), error),
                (Kind::Deadline, TokenError::Deadline)
            );
            assert!(start.elapsed() <= seconds(wait + 0.002));
        }
    });
    join_all(waits).await;
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cached_token_needs_no_time_at_all() {
    let house = house(|n| token(n, 3600));
    house.token().await.unwrap();
    assert!(house.source.token(Instant::now()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_second_or_less_serves_those_who_wait_and_is_not_kept() {
    for life in [0, 1, -5] {
        let house = house(move |n| token(n, life).after(seconds(0.1)));
        let start = Instant::now();
        let names = join_all((0..50).map(|_| house.name())).await;
        assert!(names.iter().all(|name| name == "t1"));
        assert!(house.source.cached().is_none());
        let names = join_all((0..50).map(|_| house.name())).await;
        assert!(names.iter().all(|name| name == "t2"));
        assert!(start.elapsed() >= seconds(1.1) && start.elapsed() <= seconds(1.11));
        assert_eq!(house.server.calls(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn fetches_of_tokens_not_worth_keeping_are_a_second_apart() {
    let house = house(|n| token(n, 0));
    for _ in 0..5 {
        house.token().await.unwrap();
    }
    let times = house.server.times();
    assert!(
        times
            .windows(2)
            .all(|pair| pair[1] - pair[0] >= seconds(1.0))
    );
    let early = house.source.token(seconds_from_now(0.5)).await;
    assert_eq!(early.unwrap_err(), TokenError::Deadline);
    assert_eq!(house.server.calls(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_arrives_nearly_dead_is_not_kept() {
    let house = house(|n| token(n, 2).after(seconds(1.7)));
    assert_eq!(house.name().await, "t1");
    assert!(house.source.cached().is_none());
    assert_eq!(house.name().await, "t2");
}

#[tokio::test(start_paused = true)]
async fn life_counts_from_before_the_request_was_sent() {
    let house = house(|n| token(n, 10).after(seconds(if n == 1 { 4.0 } else { 0.0 })));
    house.token().await.unwrap();
    assert!(house.source.cached().is_some());
    // Eight seconds after the request, though only four after the answer.
    pass(4.1).await;
    assert!(house.source.cached().is_none());
    assert_eq!(house.name().await, "t2");
}

#[tokio::test(start_paused = true)]
async fn after_a_suspend_the_wall_clock_expires_what_the_monotonic_clock_spares() {
    let house = house(|n| token(n, 3600));
    assert_eq!(house.name().await, "t1");
    house.clock.back(seconds(100_000.0));
    assert_eq!(house.name().await, "t1");
    house.clock.forward(seconds(103_601.0));
    assert!(house.source.cached().is_none());
    assert_eq!(house.name().await, "t2");
    assert_eq!(house.name().await, "t2");
    assert_eq!(house.server.calls(), 2);
}

#[test]
fn a_runtime_that_is_gone_is_an_error_and_not_a_hang() {
    let control = Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::new(|n, _| token(n, 3600));
    let provider = TokenProvider::new(
        server.clone(),
        control.handle().clone(),
        Arc::new(NoObserver),
    );
    let source = provider.source(definition("ehr"));
    drop(control);
    let worker = Builder::new_current_thread().enable_all().build().unwrap();
    let error = worker
        .block_on(source.token(worker.block_on(async { seconds_from_now(1.0) })))
        .unwrap_err();
    assert!(matches!(
        error,
        TokenError::Unavailable {
            cause: Unavailability::Abandoned,
            ..
        }
    ));
    assert_eq!(server.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_panics_is_an_error_and_the_next_fetch_works() {
    let house = house(|n| {
        if n == 1 {
            unreachable!("the transport broke")
        } else {
            token(n, 3600)
        }
    });
    let error = house.token().await.unwrap_err();
    assert!(matches!(
        error,
        TokenError::Unavailable {
            cause: Unavailability::Abandoned,
            ..
        }
    ));
    pass(1.1).await;
    assert_eq!(house.name().await, "t2");
}
