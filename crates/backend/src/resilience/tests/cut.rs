//! What had less time than it should have says nothing about its backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use http::Method;
use tokio::time::{Instant, advance};

use super::{ResilienceSettings, spared};
use crate::fake::{House, Network, PATIENCE, ended, exchange, json};
use crate::{BreakerSettings, BreakerState, ConcurrencySettings};

const LATE: (&str, Option<&str>, Option<u16>) = ("failed", Some("deadline"), None);

fn wanted() -> ResilienceSettings {
    ResilienceSettings {
        breaker: Some(BreakerSettings {
            failure_percent: 20,
            minimum: 2,
            window: Duration::from_secs(30),
            open_for: Duration::from_secs(5),
            probes: 1,
        }),
        ..ResilienceSettings::default()
    }
}

/// A backend that takes as long as it is set to, in milliseconds.
fn timed(milliseconds: u64) -> (Network, Arc<AtomicU64>) {
    let switch = Arc::new(AtomicU64::new(milliseconds));
    let set = Arc::clone(&switch);
    let network = Network::new(move |_, _| {
        json(200, "{}").after(Duration::from_millis(set.load(Ordering::Relaxed)))
    });
    (network, switch)
}

/// A read that has this time of the ten seconds that it should have.
async fn left(house: &House, time: Duration) -> (&'static str, Option<&'static str>, Option<u16>) {
    let mut read = exchange(Method::GET, "/a");
    read.deadline = Instant::now() + time;
    ended(&house.send(read).await)
}

fn breaker(house: &House) -> BreakerState {
    let state = house.backend.resilience().and_then(|state| state.breaker);
    state.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_budget_says_nothing_and_nine_tenths_of_the_time_do() {
    for (time, expected) in [
        (Duration::from_millis(10), BreakerState::Closed),
        (Duration::from_millis(8_999), BreakerState::Closed),
        (Duration::from_secs(9), BreakerState::Open),
        (PATIENCE, BreakerState::Open),
    ] {
        let (network, _) = timed(60_000);
        let (house, _) = spared(&wanted(), &network);
        let ends = join_all((0..4).map(|_| left(&house, time))).await;
        assert!(ends.iter().all(|end| *end == LATE), "{ends:?}");
        assert_eq!(breaker(&house), expected, "{time:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn time_spent_in_the_queue_is_not_the_backend_s() {
    let settings = ResilienceSettings {
        concurrency: Some(ConcurrencySettings {
            limit: 1,
            queue: 9,
            wait: PATIENCE,
        }),
        ..wanted()
    };
    // The fourth is sent with a second left.
    let (network, switch) = timed(3_000);
    let (house, _) = spared(&settings, &network);
    for _ in 0..4 {
        let ends = join_all((0..4).map(|_| left(&house, PATIENCE))).await;
        assert_eq!(ends.last(), Some(&LATE));
    }
    assert_eq!(breaker(&house), BreakerState::Closed);
    switch.store(60_000, Ordering::Relaxed);
    for _ in 0..12 {
        left(&house, PATIENCE).await;
    }
    assert_eq!(breaker(&house), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_cut_short_gives_its_place_to_another() {
    let (network, switch) = timed(60_000);
    let (house, _) = spared(&wanted(), &network);
    join_all((0..2).map(|_| left(&house, PATIENCE))).await;
    assert_eq!(breaker(&house), BreakerState::Open);
    advance(Duration::from_secs(5)).await;
    switch.store(20, Ordering::Relaxed);
    assert_eq!(left(&house, Duration::from_millis(10)).await, LATE);
    assert_eq!(breaker(&house), BreakerState::HalfOpen);
    assert_eq!(left(&house, PATIENCE).await.0, "ok");
    assert_eq!(breaker(&house), BreakerState::Closed);
}
