//! What the operator is told when kept answers stand in.

use std::time::Duration;

use tokio::time::advance;

use super::{CACHING, get, house_with};
use crate::fake::{Log, Network, json, settings};
use crate::{Dialect, Settings};

#[tokio::test(start_paused = true)]
async fn an_answer_that_stands_in_says_why_and_the_log_says_once_that_it_begins() {
    let log = Log::listen();
    let network = Network::new(|_, number| json(if number <= 2 { 200 } else { 503 }, "1"));
    let own = Settings {
        alias: "stood-in-for".into(),
        ..settings(Dialect::Rest)
    };
    let (house, _) = house_with(own, &network);
    let stale = async |client: &str| {
        let outcome = house.send(get(Some(client), CACHING)).await;
        let success = outcome.success().unwrap();
        success.stale().map(problem::Code::as_str)
    };
    let told = || {
        let text = log.text();
        let lines = text.lines().filter(|line| line.contains("stood-in-for"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for client in ["anna", "boris", "anna"] {
        assert_eq!(stale(client).await, None);
    }
    advance(Duration::from_secs(31)).await;
    for _ in 0..3 {
        for client in ["anna", "boris"] {
            assert_eq!(stale(client).await, Some("upstream_status"));
        }
        advance(Duration::from_secs(40)).await;
    }
    let lines = told();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN"), "{lines:?}");
    assert!(lines[0].contains("code=\"upstream_status\""), "{lines:?}");
    // After a while it begins anew.
    advance(Duration::from_secs(20)).await;
    stale("anna").await;
    assert_eq!(told().len(), 2);
}
