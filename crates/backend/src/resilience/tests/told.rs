//! What the operator is told of a backend that is spared.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::advance;

use super::{ResilienceSettings, retry, spared, spared_with};
use crate::fake::{House, Log, Network, json, settings};
use crate::{BreakerSettings, ConcurrencySettings, Dialect, Settings};

fn breaker() -> ResilienceSettings {
    ResilienceSettings {
        breaker: Some(BreakerSettings {
            failure_percent: 50,
            minimum: 4,
            window: Duration::from_secs(10),
            open_for: Duration::from_mins(1),
            probes: 1,
        }),
        ..ResilienceSettings::default()
    }
}

/// How long ago, and with which code, a call failed.
fn last_failure(house: &House) -> Option<(u64, &'static str)> {
    let failed = house.backend.last_call().failed;
    failed.map(|(ago, code)| (ago.as_secs(), code.as_str()))
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_want_of_room_is_no_failure_of_the_backend() {
    let wanted = ResilienceSettings {
        concurrency: Some(ConcurrencySettings {
            limit: 1,
            queue: 1,
            wait: Duration::from_millis(1),
        }),
        ..ResilienceSettings::default()
    };
    let network = Network::new(|_, _| json(200, "{}").after(Duration::from_millis(10)));
    let (house, counted) = spared(&wanted, &network);
    join_all((0..5).map(|_| house.get("/a"))).await;
    assert_eq!((network.seen().len(), counted.of("overloaded")), (1, 4));
    assert_eq!(last_failure(&house), None);
    assert!(house.backend.last_call().succeeded.is_some());
}

#[tokio::test(start_paused = true)]
async fn what_the_breaker_refuses_leaves_the_cause_and_its_time() {
    let network = Network::new(|_, _| json(500, ""));
    let (house, counted) = spared(&breaker(), &network);
    for _ in 0..4 {
        house.get("/a").await;
    }
    advance(Duration::from_secs(20)).await;
    for _ in 0..3 {
        house.get("/a").await;
        house.post("{}").await;
    }
    assert_eq!((network.seen().len(), counted.of("breaker_open")), (4, 6));
    assert_eq!(last_failure(&house), Some((20, "upstream_status")));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_backend_asked_for_is_told_from_when_it_did() {
    let wanted = ResilienceSettings {
        retry: Some(retry()),
        ..ResilienceSettings::default()
    };
    let network = Network::new(|_, _| json(429, "").header("retry-after", "30"));
    let (house, counted) = spared(&wanted, &network);
    house.get("/a").await;
    advance(Duration::from_secs(20)).await;
    house.get("/a").await;
    assert_eq!((network.seen().len(), counted.of("throttled")), (1, 1));
    assert_eq!(last_failure(&house), Some((20, "upstream_throttled")));
}

#[tokio::test(start_paused = true)]
async fn the_log_says_why_the_breaker_has_opened() {
    let log = Log::listen();
    let network = Network::new(|_, number| json(if number == 1 { 200 } else { 503 }, "{}"));
    let own = Settings {
        alias: "opened".into(),
        ..settings(Dialect::Rest)
    };
    let (house, _) = spared_with(own, &breaker(), &network);
    for _ in 0..4 {
        house.get("/a").await;
    }
    advance(Duration::from_mins(1)).await;
    house.get("/a").await;
    let text = log.text();
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.contains("backend=opened"))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, counts) in lines
        .iter()
        .zip(["failures=3 calls=4", "failures=1 calls=1"])
    {
        assert!(line.contains("its circuit breaker has opened"), "{line}");
        assert!(line.contains("last_failure=\"upstream_status\""), "{line}");
        assert!(line.contains(counts), "{line}");
    }
}
