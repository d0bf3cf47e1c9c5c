//! What is kept, for whom and how long, on paused time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod flights;
mod stale;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use http::{HeaderName, HeaderValue, Method};
use network::ConnectionFault;
use orchestration::{Caching, Effect, Exchange, Outcome, Reading};
use tokio::time::{Instant, advance, timeout};

use super::CacheResult;
use crate::fake::{
    FHIR, House, Network, answer, broken, ended, exchange, expecting, html, json, observed, paged,
    payload, settings, text,
};
use crate::{Dialect, Observer, Settings, TransportError};

#[derive(Default)]
struct Counted(Mutex<Vec<&'static str>>);

impl Observer for Counted {
    fn cached(&self, _: &Arc<str>, result: CacheResult) {
        self.0.lock().unwrap().push(result.as_str());
    }
}

impl Counted {
    /// What was counted since the last time.
    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

const CACHING: Caching = Caching {
    ttl: Duration::from_secs(30),
    stale_if_error: Duration::from_mins(5),
    shared: false,
    timeout: Duration::from_secs(10),
};

fn house(network: &Network) -> (House, Arc<Counted>) {
    house_with(settings(Dialect::Rest), network)
}

fn house_with(own: Settings, network: &Network) -> (House, Arc<Counted>) {
    let counted = Arc::new(Counted::default());
    (observed(own, network, Arc::clone(&counted) as _), counted)
}

/// A GET by `client`.
fn get(client: Option<&str>, caching: Caching) -> Exchange {
    let mut get = exchange(Method::GET, "/a");
    get.principal = client.map(Arc::from);
    expecting(&mut get, |expect| expect.cache = Some(caching));
    get
}

/// Answers with the number of the request, after 10 ms.
fn numbered() -> Network {
    Network::new(|_, number| json(200, number.to_string()).after(Duration::from_millis(10)))
}

fn age(outcome: &Outcome) -> Option<u64> {
    Some(outcome.success()?.age()?.as_secs())
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_for_its_time_and_says_how_old_it_is() {
    let network = numbered();
    let (house, counted) = house(&network);
    let mut said = Vec::new();
    for wait in [0, 10, 19, 2] {
        advance(Duration::from_secs(wait)).await;
        let outcome = house.send(get(None, CACHING)).await;
        said.push((text(&outcome), age(&outcome)));
    }
    let expected = [("1", None), ("1", Some(10)), ("1", Some(29)), ("2", None)];
    let expected = expected.map(|(text, age)| (text.to_owned(), age));
    assert_eq!(said, expected);
    assert_eq!(counted.take(), ["miss", "hit", "hit", "miss"]);
    // A call that does not want it does not get it.
    assert_eq!(text(&house.get("/a").await), "3");
    assert_eq!(counted.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn no_client_sees_what_another_was_answered_unless_it_is_everybodys() {
    let network = numbered();
    let (house, _) = house(&network);
    let mut said = Vec::new();
    for client in [
        Some("anna"),
        Some("boris"),
        None,
        Some("anna"),
        Some("boris"),
        None,
    ] {
        said.push(text(&house.send(get(client, CACHING)).await));
    }
    assert_eq!(said, ["1", "2", "3", "1", "2", "3"]);
    let shared = Caching {
        shared: true,
        ..CACHING
    };
    for client in [Some("anna"), Some("boris"), None] {
        assert_eq!(text(&house.send(get(client, shared)).await), "4");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_an_answer_depends_on_makes_it_another() {
    let network = numbered();
    let (house, _) = house(&network);
    let changes: [fn(&mut Exchange); 7] = [
        |_| {},
        |call| call.request.path = "/b".to_owned(),
        |call| call.request.query = "a=1".to_owned(),
        |call| {
            let name = HeaderName::from_static("accept-language");
            call.request.headers = vec![(name, HeaderValue::from_static("de"))];
        },
        |call| call.request.method = Method::POST,
        |call| call.request.body = Some(Box::new(payload("{}"))),
        |call| {
            expecting(call, |expect| {
                expect.keep_headers = vec![http::header::ETAG];
            });
        },
    ];
    for _ in 0..2 {
        for (index, change) in changes.iter().enumerate() {
            let mut call = get(Some("anna"), CACHING);
            change(&mut call);
            assert_eq!(text(&house.send(call).await), (index + 1).to_string());
        }
    }
    assert_eq!(network.seen().len(), changes.len());
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_the_same_at_once_shares_one_request_even_when_the_first_leaves() {
    let network = numbered();
    let (house, counted) = house(&network);
    let first = timeout(
        Duration::from_millis(5),
        house.send(get(Some("anna"), CACHING)),
    );
    let others = join_all((0..20).map(|_| house.send(get(Some("anna"), CACHING))));
    let other_client = house.send(get(Some("boris"), CACHING));
    let (first, others, other_client) = tokio::join!(first, others, other_client);
    assert!(first.is_err());
    assert!(others.iter().all(|outcome| text(outcome) == "1"));
    assert_eq!(text(&other_client), "2");
    assert_eq!(network.seen().len(), 2);
    let joined = counted
        .take()
        .iter()
        .filter(|one| **one == "joined")
        .count();
    assert_eq!(joined, 20);
}

#[tokio::test(start_paused = true)]
async fn failures_and_what_does_not_exist_are_not_kept_and_writes_never_ask() {
    for (status, ending) in [(500, "failed"), (404, "absent"), (400, "failed")] {
        let network = Network::new(move |_, _| json(status, "{}"));
        let (house, _) = house(&network);
        for _ in 0..3 {
            assert_eq!(ended(&house.send(get(None, CACHING)).await).0, ending);
        }
        assert_eq!(network.seen().len(), 3);
    }
    let network = numbered();
    let (house, _) = house(&network);
    for number in ["1", "2"] {
        let mut write = get(None, CACHING);
        write.effect = Effect::Write;
        assert_eq!(text(&house.send(write).await), number);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_fails_is_answered_for_by_what_is_stale_for_as_long_as_is_said() {
    let failures = [
        json(500, ""),
        json(429, ""),
        broken(TransportError::Connection(ConnectionFault::Other)),
        broken(TransportError::Reset),
        json(200, "late").after(Duration::from_hours(24)),
        html(200),
        html(503),
    ];
    for failure in failures {
        let network = Network::new(move |_, number| match number {
            1 => json(200, "1"),
            _ => failure.clone(),
        });
        let (house, counted) = house(&network);
        house.send(get(None, CACHING)).await;
        for (wait, expected) in [(31, "1"), (200, "1")] {
            advance(Duration::from_secs(wait)).await;
            let begun = Instant::now();
            let outcome = house.send(get(None, CACHING)).await;
            assert_eq!(text(&outcome), expected);
            assert!(age(&outcome).is_some_and(|age| age >= wait));
            assert!(begun.elapsed() < Duration::from_secs(10));
        }
        assert_eq!(counted.take()[1..3], ["miss", "stale"]);
        advance(Duration::from_mins(2)).await;
        assert_eq!(ended(&house.send(get(None, CACHING)).await).0, "failed");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_or_refused_is_not_answered_for_and_is_forgotten() {
    let login = answer(302, "").header("location", "/login");
    for (refusal, ending) in [
        (json(404, ""), "absent"),
        (html(404), "absent"),
        (json(401, ""), "failed"),
        (html(401), "failed"),
        (json(403, ""), "failed"),
        (json(400, ""), "failed"),
        (login, "failed"),
    ] {
        let network = Network::new(move |_, number| match number {
            1 => json(200, "1"),
            2 => refusal.clone(),
            _ => json(500, ""),
        });
        let (house, _) = house(&network);
        house.send(get(None, CACHING)).await;
        advance(Duration::from_secs(31)).await;
        assert_eq!(ended(&house.send(get(None, CACHING)).await).0, ending);
        assert_eq!(ended(&house.send(get(None, CACHING)).await).0, "failed");
    }
}

#[tokio::test(start_paused = true)]
async fn the_backend_may_shorten_the_time_and_forbid_keeping() {
    let shared = Caching {
        shared: true,
        ..CACHING
    };
    for (name, value, caching, fresh_for) in [
        ("cache-control", "no-store", CACHING, 0),
        ("cache-control", "max-age=600, No-Cache", CACHING, 0),
        ("cache-control", "private", CACHING, 30),
        ("cache-control", "private", shared, 0),
        ("cache-control", "max-age=10", CACHING, 10),
        ("cache-control", "max-age=600", CACHING, 30),
        ("cache-control", "max-age=soon", CACHING, 0),
        ("cache-control", "max-age=10, s-maxage=20", CACHING, 10),
        ("cache-control", "max-age=10, s-maxage=20", shared, 20),
        ("vary", "Accept, *", CACHING, 0),
    ] {
        let network = Network::new(move |_, _| json(200, "{}").header(name, value));
        let (house, _) = house(&network);
        house.send(get(None, caching)).await;
        let asked = async |seconds: u64| {
            advance(Duration::from_secs(seconds)).await;
            let before = network.seen().len();
            house.send(get(None, caching)).await;
            network.seen().len() > before
        };
        if fresh_for > 0 {
            assert!(!asked(fresh_for - 1).await, "{value}");
            assert!(asked(1).await, "{value}");
        } else {
            assert!(asked(0).await, "{value}");
        }
    }
    let aged = Network::new(|_, _| {
        let aged = json(200, "{}").header("cache-control", "max-age=10");
        aged.header("age", "10")
    });
    let (house, _) = house(&aged);
    house.send(get(None, CACHING)).await;
    house.send(get(None, CACHING)).await;
    assert_eq!(aged.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_search_is_kept_whole_and_as_fresh_as_its_least_fresh_page() {
    let network = Network::new(|_, number| {
        let next = "https://ehr.example/base/Observation?page=2";
        match number % 2 {
            1 => json(
                200,
                format!(
                    r#"{{"resourceType":"Bundle","type":"searchset","link":[{{"relation":"next","url":"{next}"}}]}}"#
                ),
            ),
            _ => json(200, r#"{"resourceType":"Bundle","type":"searchset"}"#)
                .header("cache-control", "max-age=5"),
        }
    });
    let (house, _) = house_with(settings(FHIR), &network);
    let search = || {
        let mut search = paged("Observation", 5, 5);
        expecting(&mut search, |expect| {
            assert!(matches!(expect.reading, Reading::Pages { .. }));
            expect.cache = Some(CACHING);
        });
        search
    };
    for (wait, seen) in [(0, 2), (4, 2), (1, 4)] {
        advance(Duration::from_secs(wait)).await;
        assert_eq!(ended(&house.send(search()).await).0, "ok");
        assert_eq!(network.seen().len(), seen);
    }
}

#[tokio::test(start_paused = true)]
async fn room_is_bounded_by_bytes() {
    let network = Network::new(|_, _| answer(200, format!("\"{}\"", "x".repeat(50_000))));
    let own = Settings {
        max_cache: 1_000_000,
        ..settings(Dialect::Rest)
    };
    let (house, _) = house_with(own, &network);
    for number in 0..200 {
        let mut call = get(None, CACHING);
        call.request.path = format!("/{number}");
        assert_eq!(ended(&house.send(call).await).0, "ok");
    }
    assert!(house.backend.cache().kept.weight() <= 1_000_000);
    assert!(house.backend.cache().flights().all.is_empty());
    // What is too old for any use does not stay.
    advance(Duration::from_mins(10)).await;
    house.send(get(None, CACHING)).await;
    assert_eq!(house.backend.cache().kept.len(), 1);
}
