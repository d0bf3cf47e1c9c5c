//! One request for many, each of whom has their own time.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use orchestration::{Caching, Exchange, Outcome};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep};

use super::{CACHING, get, house, house_with};
use crate::fake::{House, Network, broken, ended, json, settings, text};
use crate::{
    BreakerSettings, BreakerState, ConcurrencySettings, Dialect, NoObserver, ResilienceSettings,
    ResilienceStore, Settings, TransportError,
};

const LATE: (&str, Option<&str>, Option<u16>) = ("failed", Some("deadline"), None);

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// A GET whose call has this timeout.
fn timed(timeout: Duration) -> Exchange {
    let caching = Caching { timeout, ..CACHING };
    get(Some("anna"), caching)
}

/// Asks after `wait`, with so much time; returns the end and how long it took.
async fn asked(
    house: &House,
    timeout: Duration,
    (wait, budget): (u64, u64),
) -> (Outcome, Duration) {
    sleep(milliseconds(wait)).await;
    let begun = Instant::now();
    let mut exchange = timed(timeout);
    exchange.deadline = begun + milliseconds(budget);
    (house.send(exchange).await, begun.elapsed())
}

/// Whether it took so many milliseconds: timers have one's grain.
#[track_caller]
fn assert_took(took: Duration, expected: u64) {
    let expected = milliseconds(expected);
    assert!(
        took >= expected.saturating_sub(milliseconds(3)) && took <= expected + milliseconds(3),
        "{took:?}, not {expected:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_has_their_own_time() {
    for (backend, first, second) in [
        (1_100, (0, 1_000), (900, 1_000)),
        (1_000, (0, 300), (150, 5_000)),
    ] {
        let network = Network::new(move |_, _| json(200, "1").after(milliseconds(backend)));
        let (house, counted) = house(&network);
        let timeout = Duration::from_secs(5);
        let ((one, one_took), (other, other_took)) = tokio::join!(
            asked(&house, timeout, first),
            asked(&house, timeout, second)
        );
        assert_eq!(ended(&one), LATE);
        assert_took(one_took, first.1);
        assert_eq!(text(&other), "1");
        assert_took(other_took, backend - second.0);
        // And it is kept for whoever comes then.
        assert_eq!(text(&house.send(timed(timeout)).await), "1");
        assert_eq!(counted.take(), ["miss", "joined", "hit"]);
        assert_eq!(network.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn of_many_requests_for_which_nobody_waits_a_few_go_on() {
    let network = Network::new(|_, _| json(200, "1").after(milliseconds(2_000)));
    let (house, counted) = house(&network);
    let one = |number: usize, budget: u64| {
        let mut exchange = timed(Duration::from_secs(5));
        exchange.request.path = format!("/{number}");
        exchange.deadline = Instant::now() + milliseconds(budget);
        house.send(exchange)
    };
    let left = join_all((0..100).map(|number| one(number, 10))).await;
    assert!(left.iter().all(|outcome| ended(outcome) == LATE));
    sleep(milliseconds(4_000)).await;
    counted.take();
    join_all((0..100).map(|number| one(number, 3_000))).await;
    let hits = counted.take().iter().filter(|one| **one == "hit").count();
    assert_eq!(hits, 32, "all others were let go with those who asked");
}

#[tokio::test(start_paused = true)]
async fn a_request_for_which_nobody_waits_any_more_fills_the_cache() {
    let network = Network::new(|_, _| json(200, "1").after(milliseconds(2_000)));
    let (house, counted) = house(&network);
    let timeout = Duration::from_secs(5);
    assert_eq!(ended(&asked(&house, timeout, (0, 100)).await.0), LATE);
    let (outcome, took) = asked(&house, timeout, (2_000, 100)).await;
    assert_eq!(text(&outcome), "1");
    assert_took(took, 0);
    assert_eq!(counted.take(), ["miss", "hit"]);
    assert!(house.backend.last_call().failed.is_none());
}

#[tokio::test(start_paused = true)]
async fn who_still_has_time_when_the_requests_is_over_asks_once_more_and_all_of_them_together() {
    let network = Network::new(|_, number| match number {
        1 => json(200, "1").after(Duration::from_hours(1)),
        _ => json(200, "2").after(milliseconds(50)),
    });
    let (house, counted) = house(&network);
    let timeout = Duration::from_secs(1);
    let first = asked(&house, timeout, (0, 1_000));
    let others = join_all((0..3).map(|_| asked(&house, timeout, (900, 1_000))));
    let ((first, took), others) = tokio::join!(first, others);
    assert_eq!(ended(&first), LATE);
    assert_took(took, 1_000);
    for (outcome, took) in others {
        assert_eq!(text(&outcome), "2");
        assert_took(took, 150);
    }
    assert_eq!(network.seen().len(), 2);
    let mut counted = counted.take();
    counted.sort_unstable();
    assert_eq!(
        counted,
        [
            "joined", "joined", "joined", "joined", "joined", "miss", "miss"
        ]
    );
    // What hung is noted, and nothing is left of it.
    assert!(house.backend.last_call().failed.is_some());
    assert!(house.backend.cache().flights().all.is_empty());
}

#[tokio::test(start_paused = true)]
async fn to_a_backend_that_hangs_there_is_one_request_at_a_time() {
    let network = Network::new(|_, _| json(200, "1").after(Duration::from_hours(1)));
    let (house, _) = house(&network);
    let timeout = Duration::from_secs(1);
    let calls = (0..50_u64).map(|number| asked(&house, timeout, (number * 100, 1_000)));
    for (outcome, took) in join_all(calls).await {
        assert_eq!(ended(&outcome), LATE);
        assert_took(took, 1_000);
    }
    let requests = network.seen().len();
    assert!((5..=6).contains(&requests), "{requests}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_backend_is_everybodys() {
    for failure in [
        json(500, ""),
        json(404, ""),
        broken(TransportError::Reset),
        // Its silence is not the end of the request's own time.
        broken(TransportError::Silent),
    ] {
        let failure = failure.after(milliseconds(100));
        let network = Network::new(move |_, _| failure.clone());
        let (house, _) = house(&network);
        let timeout = Duration::from_secs(1);
        let calls = (0..5).map(|_| asked(&house, timeout, (0, 1_000)));
        for (outcome, took) in join_all(calls).await {
            assert!(outcome.success().is_none());
            assert_took(took, 100);
        }
        assert_eq!(network.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_had_the_time_of_its_call_counts_for_the_breaker_and_what_had_less_does_not() {
    for (queued, expected) in [(0, BreakerState::Open), (5_000, BreakerState::Closed)] {
        let network = Network::new(|seen, _| match seen.url.path() {
            "/base/first" => json(200, "1").after(milliseconds(5_000)),
            _ => json(200, "1").after(Duration::from_hours(1)),
        });
        let wanted = ResilienceSettings {
            breaker: Some(BreakerSettings {
                failure_percent: 1,
                minimum: 1,
                window: Duration::from_mins(1),
                open_for: Duration::from_mins(1),
                probes: 1,
            }),
            concurrency: Some(ConcurrencySettings {
                limit: 1,
                queue: 1,
                wait: Duration::from_mins(1),
            }),
            ..ResilienceSettings::default()
        };
        let own = settings(Dialect::Rest);
        let store = ResilienceStore::default();
        let state = store.open(&own.alias, &own.url, &wanted, Arc::new(NoObserver));
        let own = Settings {
            resilience: state,
            ..own
        };
        let (house, _) = house_with(own, &network);
        let first = async {
            if queued > 0 {
                house.get("/first").await;
            }
        };
        let hanging = async {
            tokio::task::yield_now().await;
            let mut exchange = timed(Duration::from_secs(10));
            // The client's own budget is less.
            exchange.full_time = milliseconds(100);
            exchange.deadline = Instant::now() + exchange.full_time;
            assert_eq!(ended(&house.send(exchange).await), LATE);
        };
        tokio::join!(first, hanging);
        sleep(Duration::from_secs(11)).await;
        let breaker = house.backend.resilience().and_then(|state| state.breaker);
        assert_eq!(breaker, Some(expected), "{queued}");
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

#[test]
fn who_waits_for_a_thread_that_ends_asks_themselves() {
    let network = Network::new(|_, number| match number {
        1 => json(200, "1").after(Duration::from_hours(1)),
        _ => json(200, "2"),
    });
    let (ends, stays) = (runtime(), runtime());
    let (house, counted) = ends.block_on(async { house(&network) });
    let timeout = Duration::from_mins(1);
    let first = ends.block_on(async { asked(&house, timeout, (0, 1)).await.0 });
    assert_eq!(ended(&first), LATE);
    let mut waiting = Box::pin(house.send(timed(timeout)));
    stays.block_on(async { assert!(futures::poll!(&mut waiting).is_pending()) });
    assert_eq!(counted.take(), ["miss", "joined"]);
    drop(ends);
    assert_eq!(text(&stays.block_on(waiting)), "2");
    assert_eq!(counted.take(), ["miss"]);
}
