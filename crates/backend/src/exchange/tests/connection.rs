//! What the operator is told of a backend to which there is no connection, and of one that does not
//! take a token.
#![expect(clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use network::ConnectionFault::{Refused, TimedOut};
use tokio::time::advance;

use crate::Dialect::Rest;
use crate::fake::{
    Answer, House, Log, Network, Tokens, broken, ended, house, html, json, settings,
};
use crate::{Settings, TransportError};

/// A backend that answers as it is set to: 0, with `{}`; 1, refuses connections; 2, takes too long to
/// make one.
fn switched() -> (House, Arc<AtomicUsize>) {
    let switch = Arc::new(AtomicUsize::new(0));
    let set = Arc::clone(&switch);
    let network = Network::new(move |_, _| match set.load(Ordering::Relaxed) {
        0 => json(200, "{}"),
        1 => broken(TransportError::Connection(Refused)),
        _ => broken(TransportError::Connection(TimedOut)),
    });
    let own = Settings {
        alias: "lost".into(),
        ..settings(Rest)
    };
    (house(own, &network), switch)
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_missing_is_told_once_for_each_change() {
    let log = Log::listen();
    let (house, switch) = switched();
    // All tests write the same log.
    let lines = || {
        let text = log.text();
        let own = text.lines().filter(|line| line.contains("backend=lost"));
        own.map(str::to_owned).collect::<Vec<_>>()
    };
    let told = |words: &str| lines().iter().filter(|line| line.contains(words)).count();
    let lost = || told("no connection to a backend");
    let found = || told("there is a connection to a backend again");
    let phases = [
        (0, None, (0, 0)),
        (1, Some(Refused), (1, 0)),
        (2, Some(TimedOut), (2, 0)),
        (0, None, (2, 1)),
        // The same again within ten seconds, and after them.
        (2, Some(TimedOut), (2, 1)),
        (0, None, (2, 1)),
        (9, None, (2, 1)),
        (2, Some(TimedOut), (3, 1)),
        (0, None, (3, 2)),
    ];
    for (number, (phase, fault, expected)) in phases.into_iter().enumerate() {
        if phase == 9 {
            advance(Duration::from_secs(10)).await;
            continue;
        }
        switch.store(phase, Ordering::Relaxed);
        for _ in 0..3 {
            house.get("/a").await;
        }
        assert_eq!(house.backend.connection_fault(), fault, "{number}");
        assert_eq!((lost(), found()), expected, "{number}: {:?}", lines());
    }
    let first = lines().remove(0);
    for part in ["WARN", "host=\"ehr.example\"", "port=443", "it is refused"] {
        assert!(first.contains(part), "{part}: {first}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_a_token_and_how_it_says_so_is_told() {
    for (refusal, words, status) in [
        (json(401, ""), "a backend rejected the token", "401"),
        (
            html(200),
            "a backend answered the token with a login page",
            "200",
        ),
    ] {
        let log = Log::listen();
        let tokens = Tokens::willing();
        let refusal: Answer = refusal;
        let network = Network::new(move |seen, _| match seen.bearer().as_deref() {
            Some("t1") => refusal.clone(),
            _ => json(200, "{}"),
        });
        let own = Settings {
            alias: status.into(),
            credential: tokens.credential(),
            ..settings(Rest)
        };
        let outcome = house(own, &network).get("/a").await;
        assert_eq!(ended(&outcome).0, "ok");
        let text = log.text();
        let alias = format!("backend=\"{status}\"");
        let mut lines = text.lines();
        let told = lines.find(|line| line.contains(words) && line.contains(&alias));
        let told = told.unwrap_or_else(|| panic!("{text}"));
        let status = format!("status={status}");
        for part in [status.as_str(), "credential="] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
