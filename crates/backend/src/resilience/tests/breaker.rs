//! When the breaker opens, what it lets through then, and when it closes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use http::Method;
use network::ConnectionFault;
use tokio::time::{advance, timeout};

use super::{ResilienceSettings, retry, spared, spared_with};
use crate::fake::{
    House, Network, Tokens, broken, ended, exchange, failed, json, refusal, settings,
};
use crate::{BreakerSettings, BreakerState, Dialect, Settings, TransportError};

const OPEN: (&str, Option<&str>, Option<u16>) = ("failed", Some("breaker_open"), None);

fn wanted() -> ResilienceSettings {
    ResilienceSettings {
        breaker: Some(BreakerSettings {
            failure_percent: 50,
            minimum: 4,
            window: Duration::from_secs(10),
            open_for: Duration::from_secs(5),
            probes: 2,
        }),
        ..ResilienceSettings::default()
    }
}

/// A backend that answers with the status it is set to; 0: not at all.
fn switched(status: u16) -> (Network, Arc<AtomicU16>) {
    let switch = Arc::new(AtomicU16::new(status));
    let set = Arc::clone(&switch);
    let network = Network::new(move |_, _| match set.load(Ordering::Relaxed) {
        0 => json(200, "{}").after(Duration::from_mins(1)),
        status => json(status, "{}").after(Duration::from_millis(1)),
    });
    (network, switch)
}

fn state(house: &House) -> BreakerState {
    let state = house.backend.resilience().and_then(|state| state.breaker);
    state.unwrap_or(BreakerState::HalfOpen)
}

async fn times(house: &House, calls: usize) {
    for _ in 0..calls {
        house.get("/a").await;
    }
}

#[tokio::test(start_paused = true)]
async fn it_opens_at_the_share_of_failures_but_not_below_the_minimum_of_calls() {
    let (network, switch) = switched(500);
    let (house, counted) = spared(&wanted(), &network);
    times(&house, 3).await;
    assert_eq!(state(&house), BreakerState::Closed);
    times(&house, 1).await;
    assert_eq!(state(&house), BreakerState::Open);
    let outcome = house.get("/a").await;
    assert_eq!(ended(&outcome), OPEN);
    let wait = failed(&outcome).and_then(|(_, failure)| failure.retry_after);
    assert_eq!(wait, Some(Duration::from_secs(5)));
    assert_eq!((network.seen().len(), counted.of("breaker_open")), (4, 1));
    // Writes are spared too, and known not to have been applied.
    assert_eq!(ended(&house.post("{}").await), OPEN);

    // Five successes and four failures are less than half; one more is not.
    switch.store(200, Ordering::Relaxed);
    let (house, _) = spared(&wanted(), &network);
    times(&house, 5).await;
    switch.store(500, Ordering::Relaxed);
    times(&house, 4).await;
    assert_eq!(state(&house), BreakerState::Closed);
    times(&house, 1).await;
    assert_eq!(state(&house), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn failures_are_5xx_timeouts_and_connections_and_nothing_else() {
    for (answer, expected) in [
        (json(500, ""), BreakerState::Open),
        (json(503, ""), BreakerState::Open),
        (json(400, ""), BreakerState::Closed),
        (json(401, ""), BreakerState::Closed),
        (json(404, ""), BreakerState::Closed),
        (json(429, ""), BreakerState::Closed),
        (json(200, "no json"), BreakerState::Closed),
        (
            broken(TransportError::Connection(ConnectionFault::Other)),
            BreakerState::Open,
        ),
        (
            broken(TransportError::Connection(ConnectionFault::Tls)),
            BreakerState::Open,
        ),
        (broken(TransportError::Reset), BreakerState::Open),
        (broken(TransportError::Silent), BreakerState::Open),
        (
            json(200, "").after(Duration::from_mins(1)),
            BreakerState::Open,
        ),
    ] {
        let network = Network::new(move |_, _| answer.clone());
        let (house, _) = spared(&wanted(), &network);
        // At once: a timeout lasts as long as the window.
        let calls = (0..4).map(|_| house.get("/a"));
        let outcomes = futures::future::join_all(calls).await;
        assert_eq!(state(&house), expected, "{:?}", ended(&outcomes[0]));
    }
}

#[tokio::test(start_paused = true)]
async fn an_authorization_server_that_is_away_says_nothing_about_the_backend() {
    let tokens = Tokens::new(|_| refusal(503, "temporarily_unavailable"));
    let network = Network::new(|_, _| json(200, "{}"));
    let own = Settings {
        credential: tokens.credential(),
        ..settings(Dialect::Rest)
    };
    let (house, _) = spared_with(own, &wanted(), &network);
    times(&house, 20).await;
    assert_eq!(
        (state(&house), network.seen().len()),
        (BreakerState::Closed, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_cancelled_count_for_nothing() {
    let (network, _) = switched(0);
    let (house, _) = spared(&wanted(), &network);
    for _ in 0..20 {
        let cancelled = timeout(Duration::from_millis(5), house.get("/a")).await;
        assert!(cancelled.is_err());
    }
    assert_eq!(state(&house), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn failures_are_forgotten_with_the_window() {
    let (network, _) = switched(500);
    let (house, _) = spared(&wanted(), &network);
    times(&house, 3).await;
    advance(Duration::from_millis(10_001)).await;
    times(&house, 3).await;
    assert_eq!(state(&house), BreakerState::Closed);
    advance(Duration::from_secs(8)).await;
    times(&house, 1).await;
    assert_eq!(state(&house), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn half_open_it_lets_its_probes_through_and_closes_when_all_succeed() {
    let (network, switch) = switched(500);
    let (house, counted) = spared(&wanted(), &network);
    times(&house, 4).await;
    advance(Duration::from_millis(4_999)).await;
    assert_eq!(ended(&house.get("/a").await), OPEN);
    assert_eq!(state(&house), BreakerState::Open);
    advance(Duration::from_millis(1)).await;
    assert_eq!(state(&house), BreakerState::HalfOpen);
    switch.store(200, Ordering::Relaxed);
    let calls = (0..10).map(|_| house.get("/a"));
    let outcomes = futures::future::join_all(calls).await;
    let passed = outcomes
        .iter()
        .filter(|outcome| ended(outcome).0 == "ok")
        .count();
    assert_eq!((passed, counted.of("breaker_open")), (2, 9));
    assert_eq!(
        (state(&house), network.seen().len()),
        (BreakerState::Closed, 6)
    );
    // The failures of before are forgotten.
    switch.store(500, Ordering::Relaxed);
    times(&house, 3).await;
    assert_eq!(state(&house), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_opens_it_again_for_the_whole_time() {
    let (network, _) = switched(500);
    let (house, _) = spared(&wanted(), &network);
    times(&house, 4).await;
    for round in 1..=3 {
        advance(Duration::from_secs(5)).await;
        times(&house, 10).await;
        assert_eq!(
            (state(&house), network.seen().len()),
            (BreakerState::Open, 4 + round)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_cancelled_gives_its_place_to_another() {
    let (network, switch) = switched(500);
    let (house, _) = spared(&wanted(), &network);
    times(&house, 4).await;
    advance(Duration::from_secs(5)).await;
    switch.store(0, Ordering::Relaxed);
    let probes = (0..2).map(|_| timeout(Duration::from_millis(5), house.get("/a")));
    futures::future::join_all(probes).await;
    switch.store(200, Ordering::Relaxed);
    times(&house, 2).await;
    assert_eq!(state(&house), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_began_before_it_opened_neither_closes_nor_opens_it() {
    let network = Network::new(|_, number| match number {
        1 => json(200, "{}").after(Duration::from_secs(8)),
        2..=5 => json(500, "{}"),
        _ => json(200, "{}").after(Duration::from_secs(5)),
    });
    let (house, _) = spared(&wanted(), &network);
    let old = async { house.send(exchange(Method::GET, "/a")).await };
    let rest = async {
        tokio::task::yield_now().await;
        times(&house, 4).await;
        assert_eq!(state(&house), BreakerState::Open);
        advance(Duration::from_secs(5)).await;
        tokio::join!(house.get("/a"), house.get("/a"));
    };
    let (old, ()) = tokio::join!(old, rest);
    assert_eq!(ended(&old).0, "ok");
    assert_eq!(state(&house), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn no_retry_goes_to_a_backend_that_is_spared_and_the_client_sees_what_it_said() {
    let (network, _) = switched(503);
    let wanted = ResilienceSettings {
        retry: Some(super::RetrySettings {
            attempts: 9,
            ..retry()
        }),
        ..wanted()
    };
    let (house, counted) = spared(&wanted, &network);
    let outcome = house.get("/a").await;
    assert_eq!(
        ended(&outcome),
        ("failed", Some("upstream_status"), Some(503))
    );
    assert_eq!((network.seen().len(), counted.of("sent")), (4, 3));
    // It was not the call that was not let through.
    assert_eq!((counted.of("refused"), counted.of("breaker_open")), (1, 0));
}
