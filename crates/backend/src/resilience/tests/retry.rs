//! Which calls are repeated, how often and when.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use network::ConnectionFault;
use orchestration::{Effect, Reading};
use tokio::time::Instant;

use super::{ResilienceSettings, RetrySettings, retry, spared};
use crate::TransportError;
use crate::fake::{
    Answer, Network, Piece, broken, bytes, ended, exchange, expecting, json, payload,
};

fn wanted(retry: RetrySettings) -> ResilienceSettings {
    ResilienceSettings {
        retry: Some(retry),
        ..ResilienceSettings::default()
    }
}

/// Answers the first `failures` requests with `failure`, and notes when each came.
fn failing(failures: usize, failure: Answer) -> (Network, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let network = Network::new(move |_, number| {
        noted.lock().unwrap().push(Instant::now());
        if number <= failures {
            failure.clone()
        } else {
            json(200, "{}")
        }
    });
    (network, times)
}

#[tokio::test(start_paused = true)]
async fn a_read_that_failed_is_repeated_until_it_succeeds_or_has_had_its_attempts() {
    for failure in [
        json(502, ""),
        json(503, ""),
        json(504, ""),
        broken(TransportError::Connection(ConnectionFault::Other)),
        broken(TransportError::Reset),
        broken(TransportError::Silent),
        json(200, "").body([bytes("{\"a\":"), Piece::Broken(TransportError::Reset)]),
    ] {
        for (failures, ending, sent) in [(1, "ok", 2), (2, "ok", 3), (3, "failed", 3)] {
            let (network, _) = failing(failures, failure.clone());
            let (house, counted) = spared(&wanted(retry()), &network);
            assert_eq!(ended(&house.get("/a").await).0, ending);
            assert_eq!((network.seen().len(), counted.of("sent")), (sent, sent - 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_request_would_not_change_is_not_repeated() {
    for failure in [
        json(400, ""),
        json(404, ""),
        json(500, ""),
        json(501, ""),
        json(403, ""),
        json(200, "not json"),
        broken(TransportError::Connection(ConnectionFault::Tls)),
        broken(TransportError::Encoding),
    ] {
        let (network, _) = failing(9, failure);
        let (house, _) = spared(&wanted(retry()), &network);
        house.get("/a").await;
        assert_eq!(network.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_settings_nothing_is_repeated() {
    let (network, _) = failing(9, json(503, ""));
    let (house, _) = spared(&ResilienceSettings::default(), &network);
    assert!(house.backend.resilience().is_none());
    house.get("/a").await;
    assert_eq!(network.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_repeated_only_when_there_was_no_connection() {
    for (failure, ending, sent) in [
        (
            broken(TransportError::Connection(ConnectionFault::Other)),
            "ok",
            2,
        ),
        (broken(TransportError::Reset), "unknown", 1),
        (broken(TransportError::Silent), "unknown", 1),
        (json(503, ""), "failed", 1),
        (json(502, ""), "unknown", 1),
        (json(429, "").header("retry-after", "1"), "failed", 1),
    ] {
        let (network, _) = failing(1, failure);
        let (house, _) = spared(&wanted(retry()), &network);
        assert_eq!(ended(&house.post("{}").await).0, ending);
        assert_eq!(network.seen().len(), sent);
        // What the methods promise makes no difference: an order that was put may have been applied.
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let (network, _) = failing(1, json(503, ""));
            let (house, _) = spared(&wanted(retry()), &network);
            house.send(exchange(method, "/a")).await;
            assert_eq!(network.seen().len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_by_post_that_changes_nothing_is_repeated_with_its_body() {
    let (network, _) = failing(1, json(503, ""));
    let (house, _) = spared(&wanted(retry()), &network);
    let mut search = exchange(Method::POST, "/find");
    search.effect = Effect::Read;
    search.request.body = Some(Box::new(payload("{\"q\":1}")));
    expecting(&mut search, |expect| expect.reading = Reading::Json);
    assert_eq!(ended(&house.send(search).await).0, "ok");
    let seen = network.seen();
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter()
            .all(|seen| seen.body.as_deref() == Some(b"{\"q\":1}".as_slice()))
    );
}

#[tokio::test(start_paused = true)]
async fn waits_are_random_below_a_cap_that_doubles_up_to_its_most() {
    let settings = RetrySettings {
        attempts: 6,
        max: Duration::from_millis(400),
        ..retry()
    };
    let mut longest = [Duration::ZERO; 5];
    for _ in 0..200 {
        let (network, times) = failing(9, json(503, ""));
        let (house, _) = spared(&wanted(settings.clone()), &network);
        house.get("/a").await;
        let times = times.lock().unwrap().clone();
        assert_eq!(times.len(), 6);
        for (longest, pair) in longest.iter_mut().zip(times.windows(2)) {
            *longest = (*longest).max(pair[1] - pair[0]);
        }
    }
    for (longest, cap) in longest.iter().zip([100, 200, 400, 400, 400]) {
        // Timers have a millisecond's grain.
        assert!(*longest <= Duration::from_millis(cap + 1), "{longest:?}");
        assert!(*longest >= Duration::from_millis(cap / 2), "{longest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a40_retry_after_is_waited_for_where_it_fits_the_deadline() {
    for (seconds, sent, ending) in [("3", 2, "ok"), ("30", 1, "failed")] {
        for status in [429, 503] {
            let failure = json(status, "").header("retry-after", seconds);
            let (network, times) = failing(1, failure);
            let (house, counted) = spared(&wanted(retry()), &network);
            assert_eq!(ended(&house.get("/a").await).0, ending);
            let times = times.lock().unwrap().clone();
            assert_eq!(times.len(), sent);
            assert_eq!(counted.of("no_time"), 2 - sent);
            if let [first, second] = times[..] {
                let waited = (second - first).as_millis();
                assert!((3000..=3001).contains(&waited), "{waited}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_would_end_after_the_deadline_is_not_begun() {
    // Each takes 4 s of the 10 s: a third would end after 12.
    let (network, _) = failing(9, json(503, "").after(Duration::from_secs(4)));
    let (house, counted) = spared(&wanted(retry()), &network);
    let begun = Instant::now();
    assert_eq!(
        ended(&house.get("/a").await),
        ("failed", Some("upstream_status"), Some(503))
    );
    assert!(begun.elapsed() < Duration::from_millis(8200));
    assert_eq!((network.seen().len(), counted.of("no_time")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn retries_are_a_share_of_the_calls_and_a_few_more_and_no_storm() {
    let settings = RetrySettings {
        attempts: 2,
        base: Duration::from_millis(1),
        budget_percent: 20,
        budget_per_second: 1,
        ..retry()
    };
    let (network, _) = failing(usize::MAX, json(503, ""));
    let (house, counted) = spared(&wanted(settings), &network);
    for _ in 0..100 {
        house.get("/a").await;
    }
    // 1/s over 10 s, and one for each five of the hundred calls.
    assert_eq!((counted.of("sent"), counted.of("no_budget")), (30, 70));
    assert_eq!(network.seen().len(), 130);
}
