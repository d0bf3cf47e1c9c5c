//! Calls at once: limit, queue and wait.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::{Instant, timeout};

use super::{ResilienceSettings, spared};
use crate::ConcurrencySettings;
use crate::fake::{Network, ended, failed, json};

const FULL: (&str, Option<&str>, Option<u16>) = ("failed", Some("overloaded"), None);

fn wanted() -> ResilienceSettings {
    ResilienceSettings {
        concurrency: Some(ConcurrencySettings {
            limit: 2,
            queue: 3,
            wait: Duration::from_millis(100),
        }),
        ..ResilienceSettings::default()
    }
}

fn taking(milliseconds: u64) -> Network {
    let after = Duration::from_millis(milliseconds);
    Network::new(move |_, _| json(200, "{}").after(after))
}

#[tokio::test(start_paused = true)]
async fn beyond_limit_and_queue_calls_are_refused_at_once_and_the_queue_moves_up_in_order() {
    let network = taking(40);
    let (house, counted) = spared(&wanted(), &network);
    let begun = Instant::now();
    let calls = (0..8).map(|_| async {
        let outcome = house.get("/a").await;
        (
            ended(&outcome),
            begun.elapsed().as_millis(),
            failed(&outcome),
        )
    });
    let ends = join_all(calls).await;
    let took: Vec<_> = ends.iter().map(|(_, took, _)| *took).collect();
    for (took, expected) in took.iter().zip([40, 40, 80, 80, 120, 0, 0, 0]) {
        assert!(
            (expected..=expected + 3).contains(took),
            "{took} {expected}"
        );
    }
    for (ended, _, failure) in &ends[5..] {
        assert_eq!(*ended, FULL);
        let failure = &failure.as_ref().unwrap().1;
        assert_eq!(failure.retry_after, Some(Duration::from_secs(1)));
        assert!(failure.detail.ends_with("the queue for it is full"));
    }
    assert_eq!((network.seen().len(), counted.of("overloaded")), (5, 3));
    let state = house.backend.resilience().and_then(|state| state.calls);
    assert_eq!(state, Some((0, 0)));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_wait() {
    let network = taking(1_000);
    let (house, _) = spared(&wanted(), &network);
    let begun = Instant::now();
    let calls = (0..3).map(|_| async {
        let outcome = house.get("/a").await;
        (ended(&outcome), begun.elapsed().as_millis(), outcome)
    });
    let ends = join_all(calls).await;
    assert_eq!(ends[2].0, FULL);
    assert!((100..=102).contains(&ends[2].1), "{}", ends[2].1);
    let (_, failure) = failed(&ends[2].2).unwrap();
    assert_eq!(failure.retry_after, Some(Duration::from_secs(1)));
    assert!(
        failure
            .detail
            .ends_with("none ended within the wait for it")
    );
    assert_eq!((ends[0].0.0, network.seen().len()), ("ok", 2));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_cancelled_gives_its_slot_and_its_place_up() {
    let network = taking(1_000);
    let (house, _) = spared(&wanted(), &network);
    let calls = (0..5).map(|_| timeout(Duration::from_millis(10), house.get("/a")));
    assert!(join_all(calls).await.iter().all(Result::is_err));
    let state = house.backend.resilience().and_then(|state| state.calls);
    assert_eq!(state, Some((0, 0)));
    assert_eq!(ended(&house.get("/a").await).0, "ok");
}
