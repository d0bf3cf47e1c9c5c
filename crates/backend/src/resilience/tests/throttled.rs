//! A40: a backend that said 429 and when to come again.

use std::time::Duration;

use tokio::time::advance;

use super::{ResilienceSettings, RetrySettings, retry, spared, spared_with};
use crate::fake::{Network, Tokens, ended, exchange, failed, json, settings};
use crate::{Credential, Dialect, Settings};

const THROTTLED: (&str, Option<&str>, Option<u16>) = ("failed", Some("upstream_throttled"), None);

fn wanted() -> ResilienceSettings {
    ResilienceSettings {
        retry: Some(RetrySettings {
            attempts: 1,
            ..retry()
        }),
        ..ResilienceSettings::default()
    }
}

fn once(retry_after: &'static str) -> Network {
    Network::new(move |_, number| match number {
        1 => json(429, "").header("retry-after", retry_after),
        _ => json(200, "{}"),
    })
}

#[tokio::test(start_paused = true)]
async fn a40_no_call_goes_to_it_before_that_time() {
    let network = once("20");
    let (house, counted) = spared(&wanted(), &network);
    let said = ("failed", Some("upstream_throttled"), Some(429));
    assert_eq!(ended(&house.get("/a").await), said);
    advance(Duration::from_secs(15)).await;
    let outcome = house.get("/a").await;
    assert_eq!(ended(&outcome), THROTTLED);
    let wait = failed(&outcome).unwrap().1.retry_after.unwrap();
    assert!((4..=5).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(ended(&house.post("{}").await), THROTTLED);
    let state = house.backend.resilience().unwrap();
    assert!(state.throttled_for.is_some());
    assert_eq!((network.seen().len(), counted.of("throttled")), (1, 2));
    advance(Duration::from_secs(5)).await;
    assert_eq!(ended(&house.get("/a").await).0, "ok");
    assert_eq!(house.backend.resilience().unwrap().throttled_for, None);
}

#[tokio::test(start_paused = true)]
async fn a40_one_answer_keeps_calls_away_for_a_minute_at_most() {
    let network = once("86400");
    let (house, _) = spared(&wanted(), &network);
    house.get("/a").await;
    advance(Duration::from_secs(59)).await;
    assert_eq!(ended(&house.get("/a").await), THROTTLED);
    advance(Duration::from_secs(1)).await;
    assert_eq!(ended(&house.get("/a").await).0, "ok");
}

#[tokio::test(start_paused = true)]
async fn a40_without_a_time_nothing_is_kept_away() {
    let network = Network::new(|_, _| json(429, ""));
    let (house, _) = spared(&wanted(), &network);
    house.get("/a").await;
    house.get("/a").await;
    assert_eq!(network.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a40_clients_with_credentials_of_their_own_are_throttled_one_by_one() {
    let network = once("20");
    let tokens = Tokens::willing();
    let entries = ["anna", "boris"].map(|client| (client.into(), tokens.credential()));
    let own = Settings {
        credential: Credential::by_client(entries),
        ..settings(Dialect::Rest)
    };
    let (house, _) = spared_with(own, &wanted(), &network);
    let call = async |client: &str| {
        let mut call = exchange(http::Method::GET, "/a");
        call.principal = Some(client.into());
        ended(&house.send(call).await)
    };
    assert_eq!(call("anna").await.2, Some(429));
    assert_eq!(call("anna").await, THROTTLED);
    assert_eq!(call("boris").await.0, "ok");
}
