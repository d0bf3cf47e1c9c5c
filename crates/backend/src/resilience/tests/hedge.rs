//! A second request for a read that takes long.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use super::{Counted, ResilienceSettings, spared};
use crate::fake::{House, Network, ended, json, text};
use crate::{BreakerSettings, ConcurrencySettings, HedgeSettings};

fn wanted(at_most_percent: u8) -> ResilienceSettings {
    ResilienceSettings {
        hedge: Some(HedgeSettings {
            percentile: 95,
            after: Duration::from_millis(30),
            at_most_percent,
        }),
        ..ResilienceSettings::default()
    }
}

/// The first hundred answers take 10 ms; then every odd one hangs.
fn network() -> Network {
    Network::new(|_, number| {
        let hangs = number > 100 && number % 2 == 1;
        let milliseconds = if hangs { 5_000 } else { 10 };
        json(200, number.to_string()).after(Duration::from_millis(milliseconds))
    })
}

async fn warm(wanted: &ResilienceSettings, network: &Network) -> (House, Arc<Counted>) {
    let (house, counted) = spared(wanted, network);
    for _ in 0..100 {
        house.get("/a").await;
    }
    (house, counted)
}

#[tokio::test(start_paused = true)]
async fn a_read_that_takes_long_is_asked_again_and_the_first_answer_is_taken() {
    let network = network();
    let (house, counted) = warm(&wanted(10), &network).await;
    let begun = Instant::now();
    assert_eq!(text(&house.get("/a").await), "102");
    let took = begun.elapsed().as_millis();
    assert!((40..=44).contains(&took), "{took}");
    assert_eq!((network.seen().len(), counted.of("hedged")), (102, 1));
}

#[tokio::test(start_paused = true)]
async fn second_requests_are_at_most_a_share_of_all() {
    let slow = Network::new(|_, number| {
        let milliseconds = if number > 50 { 500 } else { 10 };
        json(200, "1").after(Duration::from_millis(milliseconds))
    });
    let (house, counted) = spared(&wanted(10), &slow);
    for _ in 0..50 {
        house.get("/a").await;
    }
    join_all((0..50).map(|_| house.get("/a"))).await;
    // Of a hundred calls.
    assert_eq!((counted.of("hedged"), slow.seen().len()), (10, 110));
}

#[tokio::test(start_paused = true)]
async fn writes_and_reads_of_which_little_is_known_are_asked_once() {
    let hanging = Network::new(|_, _| json(200, "1").after(Duration::from_secs(1)));
    let (house, _) = spared(&wanted(100), &hanging);
    for _ in 0..10 {
        assert_eq!(ended(&house.get("/a").await).0, "ok");
    }
    assert_eq!(hanging.seen().len(), 10);
    let network = network();
    let (house, _) = warm(&wanted(100), &network).await;
    assert_eq!(ended(&house.post("{}").await).0, "ok");
    assert_eq!(network.seen().len(), 101);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_fails_leaves_it_to_the_other() {
    let network = Network::new(|_, number| match number {
        1..=100 => json(200, "1").after(Duration::from_millis(10)),
        101 => json(200, "101").after(Duration::from_millis(500)),
        // The second request; and a first one that fails before its time is up, so that nothing is
        // asked again.
        102 | 103 => json(500, "").after(Duration::from_millis(10)),
        // Fails after the second request has gone out, which succeeds.
        104 => json(500, "").after(Duration::from_millis(40)),
        _ => json(200, "105").after(Duration::from_millis(100)),
    });
    let (house, _) = warm(&wanted(10), &network).await;
    assert_eq!(text(&house.get("/a").await), "101");
    assert_eq!(ended(&house.get("/a").await).2, Some(500));
    assert_eq!(network.seen().len(), 103);
    assert_eq!(text(&house.get("/a").await), "105");
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_room_for_a_second_request_the_first_is_awaited() {
    let network = network();
    let wanted = ResilienceSettings {
        concurrency: Some(ConcurrencySettings {
            limit: 1,
            queue: 0,
            wait: Duration::from_millis(1),
        }),
        ..wanted(10)
    };
    let (house, counted) = warm(&wanted, &network).await;
    assert_eq!(text(&house.get("/a").await), "101");
    assert_eq!(network.seen().len(), 101);
    assert_eq!((counted.of("hedged"), counted.of("overloaded")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_second_request_that_was_not_sent_costs_nothing() {
    // All but the first hundred take long.
    let network = Network::new(|_, number| {
        let milliseconds = if number > 100 { 100 } else { 10 };
        json(200, number.to_string()).after(Duration::from_millis(milliseconds))
    });
    let wanted = ResilienceSettings {
        concurrency: Some(ConcurrencySettings {
            limit: 2,
            queue: 0,
            wait: Duration::from_millis(1),
        }),
        ..wanted(1)
    };
    let (house, counted) = warm(&wanted, &network).await;
    // A hundred calls have paid for one, and it finds no room beside these two.
    let (one, other) = tokio::join!(house.get("/a"), house.get("/a"));
    assert_eq!((ended(&one).0, ended(&other).0), ("ok", "ok"));
    assert_eq!((counted.of("hedged"), counted.of("overloaded")), (0, 0));
    // Now there is room for it, and it is still paid for.
    house.get("/a").await;
    assert_eq!((counted.of("hedged"), network.seen().len()), (1, 104));
    house.get("/a").await;
    assert_eq!((counted.of("hedged"), network.seen().len()), (1, 105));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_waited_for_room_is_late_only_by_its_own_time() {
    let network = Network::new(|_, number| {
        let milliseconds = if number == 101 { 60 } else { 10 };
        json(200, number.to_string()).after(Duration::from_millis(milliseconds))
    });
    let wanted = ResilienceSettings {
        concurrency: Some(ConcurrencySettings {
            limit: 1,
            queue: 1,
            wait: Duration::from_millis(100),
        }),
        ..wanted(100)
    };
    let (house, counted) = warm(&wanted, &network).await;
    let (long, waiting) = tokio::join!(house.get("/a"), house.get("/a"));
    assert_eq!((text(&long), text(&waiting)), ("101".into(), "102".into()));
    assert_eq!(counted.of("hedged"), 0);
}

#[tokio::test(start_paused = true)]
async fn no_second_request_goes_to_a_backend_that_is_spared() {
    let network = Network::new(|_, number| match number {
        1..=100 => json(200, "1").after(Duration::from_millis(10)),
        101 => json(200, "101").after(Duration::from_millis(500)),
        _ => json(500, ""),
    });
    let wanted = ResilienceSettings {
        breaker: Some(BreakerSettings {
            failure_percent: 1,
            minimum: 4,
            window: Duration::from_secs(10),
            open_for: Duration::from_secs(5),
            probes: 1,
        }),
        ..wanted(100)
    };
    let (house, counted) = warm(&wanted, &network).await;
    let failing = async {
        tokio::task::yield_now().await;
        house.get("/a").await;
        house.get("/a").await;
    };
    let (long, ()) = tokio::join!(house.get("/a"), failing);
    assert_eq!(text(&long), "101");
    assert_eq!((counted.of("hedged"), counted.of("breaker_open")), (0, 0));
}
