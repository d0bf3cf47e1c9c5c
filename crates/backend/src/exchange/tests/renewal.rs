//! A token that the backend does not accept: one renewal, one more request.
#![expect(clippy::unwrap_used, reason = "tests")]

use http::Method;

use crate::Dialect::Rest;
use crate::Settings;
use crate::fake::{Answer, Network, Tokens, answer, ended, house, html, json, settings, text};

fn with(tokens: &Tokens) -> Settings {
    Settings {
        credential: tokens.credential(),
        token_rejected_statuses: vec![403, 419],
        ..settings(Rest)
    }
}

fn unless_second(rejection: Answer) -> Network {
    Network::new(move |seen, _| match seen.bearer().as_deref() {
        Some("t1") => rejection.clone(),
        _ => json(200, "{}"),
    })
}

#[tokio::test(start_paused = true)]
async fn a10_a_rejected_token_is_renewed_once_and_the_read_sent_again() {
    for status in [401, 403, 419] {
        let (network, tokens) = (unless_second(json(status, "{}")), Tokens::willing());
        let house = house(with(&tokens), &network);
        assert_eq!(ended(&house.get("/a").await), ("ok", None, Some(200)));
        assert_eq!(network.bearers(), ["t1", "t2"]);
        assert_eq!(ended(&house.get("/a").await).0, "ok");
        assert_eq!((tokens.fetches(), network.seen().len()), (2, 3));
    }
}

#[tokio::test(start_paused = true)]
async fn f33_a_write_is_sent_again_too_with_the_same_body_since_it_was_refused_before() {
    let (network, tokens) = (unless_second(json(401, "")), Tokens::willing());
    let outcome = house(with(&tokens), &network).post(r#"{"a":1.0}"#).await;
    assert_eq!(ended(&outcome), ("ok", None, Some(200)));
    let seen = network.seen();
    assert_eq!(network.bearers(), ["t1", "t2"]);
    for seen in seen {
        assert_eq!(
            (seen.method, seen.url.path()),
            (Method::POST, "/base/orders")
        );
        assert_eq!(seen.body.unwrap(), r#"{"a":1.0}"#);
        assert_eq!(seen.headers.get_all("authorization").iter().count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_rejection_surfaces_as_refused_for_reads_and_writes() {
    for status in [401, 403] {
        let tokens = Tokens::willing();
        let network = Network::new(move |_, _| json(status, "{}"));
        let outcome = house(with(&tokens), &network).get("/a").await;
        let expected = ("failed", Some("upstream_refused"), Some(status));
        assert_eq!(ended(&outcome), expected);
        assert_eq!((tokens.fetches(), network.seen().len()), (2, 2));

        let tokens = Tokens::willing();
        assert_eq!(
            ended(&house(with(&tokens), &network).post("{}").await),
            expected
        );
    }
}

#[tokio::test(start_paused = true)]
async fn b11_b12_a_login_page_renews_once_and_the_read_is_sent_again() {
    for page in pages() {
        let (network, tokens) = (unless_second(page), Tokens::willing());
        let outcome = house(with(&tokens), &network).get("/a").await;
        assert_eq!((ended(&outcome).0, text(&outcome).as_str()), ("ok", "{}"));
        assert_eq!(network.bearers(), ["t1", "t2"]);
    }
}

#[tokio::test(start_paused = true)]
async fn b11_b12_a_login_page_again_is_an_authentication_failure_never_a_success() {
    for page in pages() {
        let tokens = Tokens::willing();
        let network = Network::new(move |_, _| page.clone());
        let outcome = house(with(&tokens), &network).get("/a").await;
        let (ending, code, _) = ended(&outcome);
        assert_eq!((ending, code), ("failed", Some("upstream_login_page")));
        assert_eq!((tokens.fetches(), network.seen().len()), (2, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn b12_a_write_that_meets_a_login_page_is_unknown_and_never_sent_again() {
    for page in pages() {
        let (network, tokens) = (unless_second(page), Tokens::willing());
        let house = house(with(&tokens), &network);
        let (ending, code, _) = ended(&house.post("{}").await);
        assert_eq!((ending, code), ("unknown", Some("upstream_login_page")));
        assert_eq!(network.seen().len(), 1);
        // The next call has a new token.
        assert_eq!(ended(&house.post("{}").await).0, "ok");
        assert_eq!(network.bearers(), ["t1", "t2"]);
    }
}

fn pages() -> [Answer; 4] {
    [
        answer(302, "").header("location", "https://sso.example/login?back=1"),
        html(200),
        answer(200, " \r\n<!DOCTYPE html><html></html>"),
        answer(200, "<html></html>").header("content-type", "application/json"),
    ]
}

#[tokio::test(start_paused = true)]
async fn without_a_token_a_rejection_is_final() {
    for (page, code) in [
        (json(401, ""), "upstream_refused"),
        (html(200), "upstream_login_page"),
    ] {
        let network = Network::new(move |_, _| page.clone());
        let outcome = house(settings(Rest), &network).get("/a").await;
        assert_eq!(ended(&outcome).1, Some(code));
        assert_eq!(network.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_xml_is_no_login_page_and_costs_no_token() {
    let tokens = Tokens::willing();
    let network = Network::new(|_, _| {
        answer(200, "<Patient/>").header("content-type", "application/fhir+xml; charset=utf-8")
    });
    let outcome = house(with(&tokens), &network).get("/a").await;
    assert_eq!(ended(&outcome).1, Some("upstream_unreadable"));
    assert_eq!((tokens.fetches(), network.seen().len()), (1, 1));
}
