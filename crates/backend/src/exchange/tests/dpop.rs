//! Tokens that are bound to a key: a proof for each sending, and the backend's nonce (RFC 9449 §7, §9).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use http::Method;

use crate::Dialect::Rest;
use crate::Settings;
use crate::fake::{
    Answer, FHIR, Network, Proofs, Seen, Tokens, bound, ended, exchange, failed, house, json,
    paged, settings,
};

fn with(tokens: &Tokens) -> Settings {
    Settings {
        credential: bound(tokens),
        ..settings(Rest)
    }
}

/// A challenge of the scheme `DPoP`.
fn challenge(error: &str) -> Answer {
    json(401, "{}").header("www-authenticate", &format!(r#"DPoP error="{error}""#))
}

/// What a backend answers that checks proofs and wants this nonce.
fn checked(proofs: &Proofs, seen: &Seen, nonce: Option<&str>) -> Answer {
    match proofs.check(&seen.method, seen.url.as_str(), &seen.headers, nonce) {
        Ok(_) => json(200, "{}"),
        Err("nonce") => challenge("use_dpop_nonce").header("dpop-nonce", nonce.unwrap()),
        Err(fault) => json(500, fault),
    }
}

fn authorizations(network: &Network) -> Vec<String> {
    let seen = network.seen();
    seen.iter()
        .flat_map(|seen| seen.header("authorization"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn each_request_carries_a_proof_of_its_own_made_for_it() {
    let (tokens, proofs) = (Tokens::binding(), Proofs::default());
    let network = Network::new(move |seen, _| checked(&proofs, seen, None));
    let house = house(with(&tokens), &network);
    for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
        let mut call = exchange(method, "/a%20b");
        call.request.query = "c=d".to_owned();
        assert_eq!(ended(&house.send(call).await).0, "ok");
    }
    assert_eq!(authorizations(&network), ["DPoP t1"; 4]);
    assert_eq!(tokens.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_nonce_that_the_backend_wants_is_sent_at_once_and_costs_no_token() {
    for method in [Method::GET, Method::POST] {
        let (tokens, proofs) = (Tokens::binding(), Proofs::default());
        let network = Network::new(move |seen, _| checked(&proofs, seen, Some("n1")));
        let house = house(with(&tokens), &network);
        assert_eq!(
            ended(&house.send(exchange(method.clone(), "/a")).await).0,
            "ok"
        );
        assert_eq!((tokens.fetches(), network.seen().len()), (1, 2));
        // It is known from now on.
        assert_eq!(ended(&house.send(exchange(method, "/b")).await).0, "ok");
        assert_eq!((tokens.fetches(), network.seen().len()), (1, 3));
    }
}

#[tokio::test(start_paused = true)]
async fn the_nonce_of_a_success_is_used_next() {
    let (tokens, proofs) = (Tokens::binding(), Proofs::default());
    let network = Network::new(move |seen, number| {
        let nonce = (number > 1).then(|| format!("n{}", number - 1));
        checked(&proofs, seen, nonce.as_deref()).header("dpop-nonce", &format!("n{number}"))
    });
    let house = house(with(&tokens), &network);
    for _ in 0..4 {
        assert_eq!(ended(&house.get("/a").await).0, "ok");
    }
    assert_eq!(network.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_given_the_same_nonce_at_once_all_go_on() {
    let (tokens, proofs) = (Tokens::binding(), Arc::new(Proofs::default()));
    let network = Network::new(move |seen, _| {
        checked(&proofs, seen, Some("n1")).after(Duration::from_millis(10))
    });
    let house = house(with(&tokens), &network);
    let calls = (0..10).map(|_| house.get("/a"));
    for outcome in join_all(calls).await {
        assert_eq!(ended(&outcome).0, "ok");
    }
    assert_eq!((tokens.fetches(), network.seen().len()), (1, 20));
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_is_content_with_no_nonce_refuses_and_the_token_is_kept() {
    let tokens = Tokens::binding();
    let network = Network::new(|_, number| {
        challenge("use_dpop_nonce").header("dpop-nonce", &format!("n{number}"))
    });
    let house = house(with(&tokens), &network);
    let outcome = house.post("{}").await;
    let refused = ("failed", Some("upstream_refused"), Some(401));
    assert_eq!(ended(&outcome), refused);
    assert_eq!((tokens.fetches(), network.seen().len()), (1, 2));
    // One that demands a nonce and gives none cannot be served either.
    let network = Network::new(|_, _| challenge("use_dpop_nonce"));
    let house = crate::fake::house(with(&tokens), &network);
    assert_eq!(ended(&house.get("/a").await), refused);
    assert_eq!((tokens.fetches(), network.seen().len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a10_a_rejected_token_is_still_renewed_once_after_the_nonce() {
    let (tokens, proofs) = (Tokens::binding(), Proofs::default());
    let network = Network::new(move |seen, _| {
        let answer = checked(&proofs, seen, Some("n1"));
        let revoked = seen.header("authorization") == ["DPoP t1"];
        let passes = answer.clone().into_response().unwrap().status == 200;
        if revoked && passes {
            challenge("invalid_token")
        } else {
            answer
        }
    });
    let outcome = house(with(&tokens), &network).post("{}").await;
    assert_eq!(ended(&outcome).0, "ok");
    assert_eq!(authorizations(&network), ["DPoP t1", "DPoP t1", "DPoP t2"]);
    assert_eq!(tokens.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_page_of_a_search_has_a_proof_for_its_own_address() {
    let (tokens, proofs) = (Tokens::binding(), Proofs::default());
    let network = Network::new(move |seen, number| {
        let answer = checked(&proofs, seen, Some("n1"));
        if answer.clone().into_response().unwrap().status != 200 {
            return answer;
        }
        let link = match number {
            2 => r#"{"relation":"next","url":"https://ehr.example/base/pages/2?q=1"}"#,
            3 => r#"{"relation":"next","url":"https://ehr.example/base?page=3"}"#,
            _ => "",
        };
        let bundle = format!(r#"{{"resourceType":"Bundle","type":"searchset","link":[{link}]}}"#);
        json(200, bundle)
    });
    let settings = Settings {
        credential: bound(&tokens),
        ..settings(FHIR)
    };
    let mut search = paged("Observation", 5, 100);
    search.request.query = "patient=1".to_owned();
    let outcome = house(settings, &network).send(search).await;
    assert_eq!(ended(&outcome).0, "ok", "{outcome:?}");
    let seen = network.seen();
    let paths: Vec<_> = seen.iter().map(|seen| seen.url.path()).collect();
    let expected = [
        "/base/Observation",
        "/base/Observation",
        "/base/pages/2",
        "/base",
    ];
    assert_eq!(paths, expected);
}

#[tokio::test(start_paused = true)]
async fn a_bearer_token_has_no_proof_and_a_backend_that_wants_one_says_so() {
    let tokens = Tokens::willing();
    let network = Network::new(|_, _| challenge("use_dpop_nonce").header("dpop-nonce", "n1"));
    let settings = Settings {
        credential: tokens.credential(),
        ..settings(Rest)
    };
    let outcome = house(settings, &network).get("/a").await;
    let (_, failure) = failed(&outcome).unwrap();
    assert!(
        failure.detail.contains("`dpop: true`"),
        "{}",
        failure.detail
    );
    let seen = network.seen();
    assert_eq!((tokens.fetches(), seen.len()), (1, 1));
    assert!(seen.iter().all(|seen| seen.header("dpop").is_empty()));
}
