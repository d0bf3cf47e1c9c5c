//! Backends that share a credential: one that rejects every token must not cost the others theirs,
//! nor a new token for every request.

use std::time::Duration;

use tokio::time::advance;

use crate::Dialect::Rest;
use crate::Settings;
use crate::fake::{House, Network, Tokens, credential, ended, house, html, json, settings};

/// One backend that says yes to everything, and one whose answers are scripted, on one credential.
fn neighbours(tokens: &Tokens, network: &Network) -> (House, House) {
    let provider = tokens.provider();
    let with = || Settings {
        credential: credential(&provider),
        ..settings(Rest)
    };
    let content = Network::new(|_, _| json(200, "{}"));
    (house(with(), network), house(with(), &content))
}

#[tokio::test(start_paused = true)]
async fn a12_two_backends_on_one_credential_share_one_token() {
    let (network, tokens) = (Network::new(|_, _| json(200, "{}")), Tokens::willing());
    let (one, other) = neighbours(&tokens, &network);
    assert_eq!(ended(&one.get("/a").await).0, "ok");
    assert_eq!(ended(&other.get("/a").await).0, "ok");
    assert_eq!(tokens.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_rejects_every_token_costs_two_a_minute_and_its_neighbour_nothing() {
    let (network, tokens) = (Network::new(|_, _| json(401, "")), Tokens::willing());
    let (rejecting, content) = neighbours(&tokens, &network);
    // A request to each every five seconds, for ten minutes.
    for _ in 0..120 {
        let outcome = rejecting.get("/a").await;
        let refused = ("failed", Some("upstream_refused"), Some(401));
        assert_eq!(ended(&outcome), refused);
        assert_eq!(ended(&content.get("/a").await).0, "ok");
        advance(Duration::from_secs(5)).await;
    }
    assert!(
        (15..=22).contains(&tokens.fetches()),
        "{}",
        tokens.fetches()
    );
}

#[tokio::test(start_paused = true)]
async fn writes_that_meet_a_login_page_cost_two_tokens_a_minute_and_the_neighbour_nothing() {
    let (network, tokens) = (Network::new(|_, _| html(200)), Tokens::willing());
    let (rejecting, content) = neighbours(&tokens, &network);
    for _ in 0..60 {
        let (ending, code, _) = ended(&rejecting.post("{}").await);
        assert_eq!((ending, code), ("unknown", Some("upstream_login_page")));
        assert_eq!(ended(&content.get("/a").await).0, "ok");
        advance(Duration::from_secs(5)).await;
    }
    assert!((8..=12).contains(&tokens.fetches()), "{}", tokens.fetches());
}

#[tokio::test(start_paused = true)]
async fn a_backend_of_which_one_half_rejects_tokens_costs_its_neighbour_nothing() {
    let network = Network::new(|_, number| match number % 2 {
        0 => json(200, "{}"),
        _ => json(401, ""),
    });
    let tokens = Tokens::willing();
    let (flapping, content) = neighbours(&tokens, &network);
    for _ in 0..60 {
        flapping.get("/a").await;
        assert_eq!(ended(&content.get("/a").await).0, "ok");
        advance(Duration::from_secs(5)).await;
    }
    // One for each call that met the other half, and no pause for anybody.
    assert!(tokens.fetches() <= 61, "{}", tokens.fetches());
}

#[tokio::test(start_paused = true)]
async fn a_success_forgets_the_fruitless_renewal() {
    // The first two tokens are rejected, the second is taken later, and rejected for good after that.
    let network = Network::new(|seen, number| match (seen.bearer().as_deref(), number) {
        (Some("t1"), _) | (Some("t2"), 2 | 4) => json(401, ""),
        _ => json(200, "{}"),
    });
    let tokens = Tokens::willing();
    let (house, _) = neighbours(&tokens, &network);
    assert_eq!(ended(&house.get("/a").await).0, "failed");
    advance(Duration::from_secs(16)).await;
    assert_eq!(ended(&house.get("/a").await).0, "ok");
    assert_eq!(ended(&house.get("/a").await).0, "ok");
    assert_eq!(network.bearers(), ["t1", "t2", "t2", "t2", "t3"]);
}

#[tokio::test(start_paused = true)]
async fn a_fruitless_renewal_is_not_repeated_for_half_a_minute() {
    let (network, tokens) = (Network::new(|_, _| json(401, "")), Tokens::willing());
    let (house, content) = neighbours(&tokens, &network);
    house.get("/a").await;
    for seconds in [0, 16, 13] {
        advance(Duration::from_secs(seconds)).await;
        let refused = ("failed", Some("upstream_refused"), Some(401));
        assert_eq!(ended(&house.get("/a").await), refused);
    }
    assert_eq!((tokens.fetches(), network.seen().len()), (2, 5));
    advance(Duration::from_secs(1)).await;
    house.get("/a").await;
    assert_eq!((tokens.fetches(), network.seen().len()), (3, 7));
    assert_eq!(ended(&content.get("/a").await).0, "ok");
    assert_eq!(tokens.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn calls_that_were_under_way_with_the_old_token_are_all_sent_again_with_one_new_one() {
    let network = Network::new(|seen, _| {
        let rejected = seen.bearer().as_deref() == Some("t1");
        json(if rejected { 401 } else { 200 }, "{}").after(Duration::from_millis(50))
    });
    let tokens = Tokens::willing();
    let (house, _) = neighbours(&tokens, &network);
    let calls = (0..30).map(|_| house.get("/a"));
    for outcome in futures::future::join_all(calls).await {
        assert_eq!(ended(&outcome).0, "ok");
    }
    assert_eq!((tokens.fetches(), network.seen().len()), (2, 60));
}
