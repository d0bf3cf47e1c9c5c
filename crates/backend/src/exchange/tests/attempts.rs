//! What is noted of each request, where somebody wants to know.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use orchestration::{Attempts, Exchange};
use tokio::time::Instant;

use crate::Dialect::Rest;
use crate::Settings;
use crate::TransportError;
use crate::fake::{
    FHIR, House, Network, Proofs, Tokens, bound, broken, exchange, house, html, json, paged,
    settings,
};

/// Sends `exchange` and tells kind, start and end in milliseconds, status and code of each request.
async fn sent(house: &House, exchange: Exchange) -> Vec<String> {
    let attempts = Arc::new(Attempts::new(Instant::now()));
    let asked = Exchange {
        attempts: Some(Arc::clone(&attempts)),
        ..exchange
    };
    house.send(asked).await;
    let log = attempts.log();
    assert_eq!(log.sent, log.first.len());
    let told = log.first.iter().map(|one| {
        let end = one.end.map_or("given up".to_owned(), |end| {
            let status = end
                .status
                .map_or("-".to_owned(), |status| status.to_string());
            let code = end.code.map_or("-", problem::Code::as_str);
            format!("{} {status} {code}", end.took.as_millis())
        });
        format!("{} {} {end}", one.kind.as_str(), one.at.as_millis())
    });
    told.collect()
}

fn get() -> Exchange {
    exchange(Method::GET, "/Patient/1")
}

#[tokio::test(start_paused = true)]
async fn each_end_of_a_request_is_noted_with_its_time() {
    let late = Duration::from_millis(7);
    for (answer, expected) in [
        (json(200, "{}").after(late), "first 0 7 200 -"),
        (json(404, "").after(late), "first 0 7 404 -"),
        (json(500, "").after(late), "first 0 7 500 upstream_status"),
        (json(401, "").after(late), "first 0 7 401 upstream_refused"),
        (html(200).after(late), "first 0 7 200 upstream_login_page"),
        (
            json(200, "{").after(late),
            "first 0 7 200 upstream_unreadable",
        ),
        (
            broken(TransportError::Reset).after(late),
            "first 0 7 - upstream_reset",
        ),
        (
            json(200, "{}").after(Duration::from_mins(1)),
            "first 0 given up",
        ),
    ] {
        let network = Network::new(move |_, _| answer.clone());
        let house = house(settings(Rest), &network);
        assert_eq!(sent(&house, get()).await, [expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_put_right_is_sent_again() {
    // The version parameter, then the token.
    let tokens = Tokens::willing();
    let network = Network::new(|_, number| match number {
        1 => json(406, ""),
        2 => json(401, ""),
        _ => json(200, r#"{"resourceType":"Patient","id":"1"}"#),
    });
    let own = Settings {
        credential: tokens.credential(),
        ..settings(FHIR)
    };
    let expected = [
        "first 0 0 406 -",
        "resend 0 0 401 upstream_refused",
        "resend 0 0 200 -",
    ];
    assert_eq!(sent(&house(own, &network), get()).await, expected);

    // The backend's nonce.
    let (tokens, proofs) = (Tokens::binding(), Proofs::default());
    let network = Network::new(move |seen, _| {
        match proofs.check(&seen.method, seen.url.as_str(), &seen.headers, Some("n1")) {
            Ok(_) => json(200, "{}"),
            Err(_) => json(401, "{}")
                .header("www-authenticate", r#"DPoP error="use_dpop_nonce""#)
                .header("dpop-nonce", "n1"),
        }
    });
    let own = Settings {
        credential: bound(&tokens),
        ..settings(Rest)
    };
    let expected = ["first 0 0 401 -", "resend 0 0 200 -"];
    assert_eq!(sent(&house(own, &network), get()).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_further_page_is_noted_as_one() {
    let next = r#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"?page=2"}]}"#;
    let last = r#"{"resourceType":"Bundle","type":"searchset"}"#;
    let network = Network::new(move |_, number| json(200, if number == 1 { next } else { last }));
    let house = house(settings(FHIR), &network);
    let told = sent(&house, paged("Observation", 5, 100)).await;
    assert_eq!(told, ["first 0 0 200 -", "page 0 0 200 -"]);
}
