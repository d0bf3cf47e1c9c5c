//! What becomes of a call whose token cannot be had, or is refused for good.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use http::Method;
use tokio::time::Instant;

use crate::Dialect::Rest;
use crate::Settings;
use crate::fake::{
    FHIR, Network, TokenAnswer, Tokens, ended, exchange, failed, house, json, refusal, settings,
    token,
};

fn with(tokens: &Tokens) -> Settings {
    Settings {
        credential: tokens.credential(),
        ..settings(Rest)
    }
}

#[tokio::test(start_paused = true)]
async fn a07_first_use_fetches_one_token_and_later_calls_none() {
    let (network, tokens) = (Network::new(|_, _| json(200, "{}")), Tokens::willing());
    let house = house(with(&tokens), &network);
    for _ in 0..5 {
        assert_eq!(ended(&house.get("/a").await).0, "ok");
    }
    assert_eq!((tokens.fetches(), network.seen().len()), (1, 5));
}

#[tokio::test(start_paused = true)]
async fn a08_concurrent_first_calls_share_one_token() {
    let (network, tokens) = (Network::new(|_, _| json(200, "{}")), Tokens::willing());
    let house = house(with(&tokens), &network);
    let calls = (0..50).map(|_| house.get("/a"));
    for outcome in futures::future::join_all(calls).await {
        assert_eq!(ended(&outcome).0, "ok");
    }
    assert_eq!(tokens.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a19_a_token_error_becomes_a_code_and_tells_a_client_nothing_else() {
    let cases = [
        (
            401,
            r#"{"error":"invalid_client","error_description":"MARKED"}"#,
            "upstream_auth_config",
        ),
        (400, r#"{"error":"invalid_scope"}"#, "upstream_auth_config"),
        (403, "", "upstream_auth_config"),
        (302, "", "upstream_auth_config"),
        (200, "<html>MARKED</html>", "upstream_auth_config"),
        (503, "MARKED", "upstream_auth_unavailable"),
        (500, "", "upstream_auth_unavailable"),
    ];
    for (status, body, code) in cases {
        let tokens = Tokens::new(move |_| refusal(status, body));
        let network = Network::new(|_, _| json(200, "{}"));
        let house = house(with(&tokens), &network);
        for method in [Method::GET, Method::POST] {
            let outcome = house.send(exchange(method, "/a")).await;
            // Nothing was sent, so that a write has not been applied.
            assert_eq!(ended(&outcome), ("failed", Some(code), None), "{status}");
            let (_, failure) = failed(&outcome).unwrap();
            assert!(!format!("{failure:?}").contains("MARKED"));
            assert_eq!(
                failure.retry_after.is_some(),
                code == "upstream_auth_unavailable"
            );
        }
        assert!(network.seen().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a22_the_authorization_server_s_retry_after_reaches_the_failure() {
    let tokens = Tokens::new(|_| {
        let mut answer = refusal(503, "");
        answer.headers.insert("retry-after", "20".parse().unwrap());
        answer
    });
    let house = house(with(&tokens), &Network::new(|_, _| json(200, "{}")));
    house.get("/a").await;
    let (_, failure) = failed(&house.get("/a").await).unwrap();
    let wait = failure.retry_after.unwrap().as_secs();
    assert!((19..=22).contains(&wait), "{wait}");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_token_counts_against_the_deadline() {
    let tokens = Tokens::new(|number| TokenAnswer {
        after: Duration::from_secs(4),
        ..token(number)
    });
    let network = Network::new(|_, _| json(200, "{}"));
    let house = house(with(&tokens), &network);
    for method in [Method::GET, Method::POST] {
        let begun = Instant::now();
        let mut call = exchange(method, "/a");
        call.deadline = begun + Duration::from_secs(1);
        let outcome = house.send(call).await;
        assert_eq!(ended(&outcome), ("failed", Some("deadline"), None));
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
    }
    assert!(network.seen().is_empty());
    // The fetch has outlived those who waited for it.
    assert_eq!(ended(&house.get("/a").await).0, "ok");
    assert_eq!(tokens.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_be_renewed_fails_a_write_that_was_refused_before() {
    let tokens = Tokens::new(|number| match number {
        1 => token(1),
        _ => refusal(500, ""),
    });
    let network = Network::new(|_, _| json(401, ""));
    let outcome = house(with(&tokens), &network).post("{}").await;
    assert_eq!(
        ended(&outcome),
        ("failed", Some("upstream_auth_unavailable"), None)
    );
}

#[tokio::test(start_paused = true)]
async fn insufficient_scope_is_not_renewed_whatever_status_says_it() {
    let challenge = r#"Bearer error="insufficient_scope", scope="a b""#;
    for status in [401, 403] {
        let tokens = Tokens::willing();
        let network =
            Network::new(move |_, _| json(status, "").header("www-authenticate", challenge));
        let settings = Settings {
            token_rejected_statuses: vec![403],
            ..with(&tokens)
        };
        let outcome = house(settings, &network).get("/a").await;
        assert_eq!(
            ended(&outcome),
            ("failed", Some("upstream_refused"), Some(status))
        );
        assert_eq!((tokens.fetches(), network.seen().len()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn f33_a_403_is_ours_to_mend_and_keeps_what_the_backend_says_of_it() {
    let body = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden","diagnostics":"needs system/*.rs"}]}"#;
    let tokens = Tokens::willing();
    let network = Network::new(move |_, _| json(403, body));
    let settings = Settings {
        dialect: FHIR,
        ..with(&tokens)
    };
    let outcome = house(settings, &network).get("/Patient/1").await;
    assert_eq!(
        ended(&outcome),
        ("failed", Some("upstream_refused"), Some(403))
    );
    let (_, failure) = failed(&outcome).unwrap();
    assert_eq!(failure.issues.first().unwrap().code, "forbidden");
    assert_eq!(tokens.fetches(), 1);
}
