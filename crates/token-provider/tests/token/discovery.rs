//! Token endpoints found by the metadata of their server.

use std::time::Duration;

use token_provider::{
    ClientAuthentication, ConnectionFault, Definition, DiscoveryFault, DiscoveryKind, Endpoint,
    Kind, Malformation, TokenError, TransportError,
};

use crate::redaction::Log;
use crate::support::{
    House, Reply, Seen, broken, definition, house_that_sees, hung, name, pass, reply,
    seconds_from_now, token,
};

const ISSUER: &str = "https://sso.example/realms/main";

pub(crate) fn discovering(issuer: &str, kind: DiscoveryKind) -> Definition {
    let endpoint = Endpoint::Discover {
        issuer: issuer.into(),
        kind,
    };
    Definition {
        endpoint,
        ..definition("ehr")
    }
}

fn metadata(token_endpoint: &str) -> Reply {
    reply(
        200,
        format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"{token_endpoint}"}}"#),
    )
}

/// A server that answers the n-th request for metadata by `documents`, and others with tokens of
/// 60 s.
fn server(documents: impl Fn(usize) -> Reply + Send + Sync + 'static) -> House {
    server_for(
        discovering(ISSUER, DiscoveryKind::OpenIdProvider),
        documents,
    )
}

fn server_for(
    definition: Definition,
    documents: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> House {
    let read = std::sync::atomic::AtomicUsize::new(0);
    house_that_sees(definition, move |n, seen| {
        if seen.body.is_empty() {
            documents(read.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1)
        } else {
            token(n, 60)
        }
    })
}

fn urls(house: &House) -> Vec<String> {
    house
        .server
        .seen()
        .into_iter()
        .map(|seen| seen.url)
        .collect()
}

async fn fault(house: &House) -> DiscoveryFault {
    match house.token().await.unwrap_err() {
        TokenError::Discovery { what, .. } => what,
        other => unreachable!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn f48_the_token_endpoint_is_discovered_once_an_hour() {
    let house = server(|_| metadata("https://sso.example/token"));
    for _ in 0..59 {
        house.token().await.unwrap();
        pass(61.0).await;
    }
    let document = format!("{ISSUER}/.well-known/openid-configuration");
    let is_document = |url: &&String| **url == document;
    assert_eq!(urls(&house).iter().filter(is_document).count(), 1);
    pass(61.0).await;
    house.token().await.unwrap();
    assert_eq!(urls(&house).iter().filter(is_document).count(), 2);
    let others = urls(&house).into_iter().filter(|url| *url != document);
    assert!(
        others
            .into_iter()
            .all(|url| url == "https://sso.example/token")
    );
    let accept = |seen: &Seen| seen.headers.get("accept").cloned();
    assert_eq!(accept(&house.server.seen()[0]).unwrap(), "application/json");
}

#[tokio::test(start_paused = true)]
async fn an_explicit_token_url_asks_for_no_metadata() {
    let house = server_for(definition("ehr"), |_| {
        broken(TransportError::Connection(ConnectionFault::Other))
    });
    house.token().await.unwrap();
    assert_eq!(urls(&house), ["https://sso.example/token"]);
}

#[tokio::test(start_paused = true)]
async fn the_issuer_must_match_exactly_except_where_it_is_another_thing() {
    for issuer in [
        format!(r#""{ISSUER}/""#),
        r#""https://SSO.example/realms/main""#.into(),
        "7".into(),
        "null".into(),
    ] {
        let document = format!(r#"{{"issuer":{issuer},"token_endpoint":"https://sso.example/t"}}"#);
        let house = server(move |_| reply(200, document.clone()));
        assert_eq!(fault(&house).await, DiscoveryFault::Issuer);
        let kind = house.token().await.unwrap_err().kind();
        assert_eq!((kind, house.server.calls()), (Kind::Configuration, 1));
    }
    let smart = discovering("https://ehr.example/fhir", DiscoveryKind::Smart);
    let house = server_for(smart, |_| metadata("https://sso.example/token"));
    house.token().await.unwrap();
    let expected = [
        "https://ehr.example/fhir/.well-known/smart-configuration",
        "https://sso.example/token",
    ];
    assert_eq!(urls(&house), expected);
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_metadata_names_their_url_and_both_issuers() {
    let url = format!("{ISSUER}/.well-known/openid-configuration");
    let words = |document: Reply| {
        let document = std::sync::Mutex::new(Some(document));
        let house = server(move |_| document.lock().unwrap().take().unwrap());
        async move { house.token().await.unwrap_err().to_string() }
    };
    let other = words(reply(200, format!(r#"{{"issuer":"{ISSUER}/"}}"#))).await;
    let both = format!("read from `{url}`, issuer `{ISSUER}/`, configured `{ISSUER}`");
    assert!(other.ends_with(&both), "{other}");
    // What is no issuer is not repeated.
    let odd = r#"{"issuer":"two\nlines"}"#;
    for document in [reply(404, ""), reply(200, odd)] {
        let text = words(document).await;
        assert!(text.ends_with(&format!("read from `{url}`")), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_that_cannot_be_used_are_named_for_what_is_wrong() {
    let issued = |members: &str| reply(200, format!(r#"{{"issuer":"{ISSUER}"{members}}}"#));
    let endpoint = |url: &str| issued(&format!(r#","token_endpoint":"{url}""#));
    let status = |status| DiscoveryFault::Status(http::StatusCode::from_u16(status).unwrap());
    for (document, expected) in [
        (reply(404, ""), status(404)),
        (
            reply(302, "").header("location", "https://login.example/"),
            status(302),
        ),
        (issued(""), DiscoveryFault::NoTokenEndpoint),
        (
            issued(r#","token_endpoint":7"#),
            DiscoveryFault::NoTokenEndpoint,
        ),
        (endpoint("token"), DiscoveryFault::TokenEndpoint),
        (
            issued(&format!(r#","issuer":"{ISSUER}""#)),
            DiscoveryFault::Twice,
        ),
        (
            issued(
                r#","token_endpoint":"https://a.example/t","token_endpoint":"https://b.example/t""#,
            ),
            DiscoveryFault::Twice,
        ),
        (
            endpoint("http://sso.example/token"),
            DiscoveryFault::TokenEndpoint,
        ),
        (
            endpoint("https://u:p@sso.example/token"),
            DiscoveryFault::TokenEndpoint,
        ),
        // A server elsewhere must not point at this machine.
        (
            endpoint("http://127.0.0.1:9/token"),
            DiscoveryFault::TokenEndpoint,
        ),
        (
            endpoint("https://localhost/token"),
            DiscoveryFault::TokenEndpoint,
        ),
    ] {
        let document = std::sync::Mutex::new(Some(document));
        let house = server(move |_| document.lock().unwrap().take().unwrap());
        assert_eq!(fault(&house).await, expected);
    }
    for nonsense in ["", "<html>", "[]", "7"] {
        let house = server(move |_| reply(200, nonsense));
        assert!(matches!(fault(&house).await, DiscoveryFault::Document(_)));
    }
    for away in [
        || reply(503, ""),
        || broken(TransportError::Connection(ConnectionFault::Other)),
        hung,
    ] {
        let house = server(move |_| away());
        let error = house.token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
    }
}

#[tokio::test(start_paused = true)]
async fn f48_a_token_endpoint_on_another_host_is_an_alarm_and_gets_nothing() {
    let house = server(|n| match n {
        1 => metadata("https://sso.example/token"),
        _ => metadata("https://sso.attacker.example/token"),
    });
    house.token().await.unwrap();
    pass(3700.0).await;
    house.token().await.unwrap();
    assert_eq!(urls(&house)[3], "https://sso.example/token");
    let alarm = "ehr has a token endpoint on another host".to_owned();
    assert!(house.heard.all().contains(&alarm));
}

#[tokio::test(start_paused = true)]
async fn another_path_on_the_same_host_is_followed() {
    let house = server(|n| metadata(&format!("https://sso.example/token{n}")));
    house.token().await.unwrap();
    pass(3700.0).await;
    house.token().await.unwrap();
    assert_eq!(urls(&house)[3], "https://sso.example/token2");
}

#[tokio::test(start_paused = true)]
async fn metadata_have_at_most_1_mib() {
    let document =
        format!(r#"{{"issuer":"{ISSUER}","token_endpoint":"https://sso.example/token"}}"#);
    let padded = |length: usize| {
        let document = format!("{document}{}", " ".repeat(length - document.len()));
        server(move |_| reply(200, document.clone()))
    };
    padded(1024 * 1024).token().await.unwrap();
    for length in [1024 * 1024 + 1, 1024 * 1024 + 2] {
        let too_large = DiscoveryFault::Document(Malformation::TooLarge);
        assert_eq!(fault(&padded(length)).await, too_large);
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_that_are_away_for_a_moment_are_asked_for_again_at_once() {
    let away_once = |status| {
        server(move |n| match n {
            1 => reply(status, ""),
            _ => metadata("https://sso.example/token"),
        })
    };
    away_once(503).token().await.unwrap();
    // Who is asked too often is not asked again.
    let house = away_once(429);
    house.token().await.unwrap_err();
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn metadata_that_are_read_again_have_half_of_the_time_of_a_fetch() {
    for (takes, expected) in [
        (2.4, "https://sso.example/token2"),
        (2.6, "https://sso.example/token1"),
    ] {
        let house = server(move |n| {
            let metadata = metadata(&format!("https://sso.example/token{n}"));
            metadata.after(Duration::from_secs_f64(if n == 1 { 0.0 } else { takes }))
        });
        house.token().await.unwrap();
        pass(3700.0).await;
        house.token().await.unwrap();
        assert_eq!(urls(&house)[3], expected, "{takes}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_is_gone_is_looked_up_again() {
    let gone = || reply(404, "");
    let moved = || reply(302, "").header("location", "https://login.example/");
    for no_endpoint in [gone, moved] {
        let house = house_that_sees(
            discovering(ISSUER, DiscoveryKind::OpenIdProvider),
            move |n, _| match n {
                1 => metadata("https://sso.example/old"),
                2 => no_endpoint(),
                3 => metadata("https://sso.example/new"),
                _ => token(n, 60),
            },
        );
        assert!(house.token().await.is_err());
        pass(61.0).await;
        house.token().await.unwrap();
        assert_eq!(urls(&house)[3], "https://sso.example/new");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_that_are_away_later_do_not_stop_the_service() {
    for away in [|| reply(500, ""), || reply(200, "<html>"), hung] {
        let house = server(move |n| match n {
            1 => metadata("https://sso.example/token"),
            _ => away(),
        });
        house.token().await.unwrap();
        pass(3700.0).await;
        let token = house.source.token(seconds_from_now(4.0)).await.unwrap();
        assert_eq!(name(&token), "t4");
        // Not asked again with each token.
        let calls = house.server.calls();
        pass(56.0).await;
        house.token().await.unwrap();
        assert_eq!(house.server.calls(), calls + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_known_by_its_certificate_goes_where_certificates_are_asked_for() {
    let document = format!(
        r#"{{"issuer":"{ISSUER}","token_endpoint":"https://sso.example/token",
            "mtls_endpoint_aliases":{{"token_endpoint":"https://mtls.sso.example/token"}}}}"#
    );
    let client_id = || "id".to_owned();
    for (client, endpoint) in [
        (
            ClientAuthentication::TlsClientAuth {
                client_id: client_id(),
            },
            "https://mtls.sso.example/token",
        ),
        (
            ClientAuthentication::None {
                client_id: client_id(),
            },
            "https://sso.example/token",
        ),
    ] {
        let mut definition = discovering(ISSUER, DiscoveryKind::OpenIdProvider);
        definition.client = client;
        let document = document.clone();
        let house = server_for(definition, move |_| reply(200, document.clone()));
        house.token().await.unwrap();
        assert_eq!(urls(&house)[1], endpoint);
    }
}

#[tokio::test(start_paused = true)]
async fn discovery_and_token_share_the_time_of_one_fetch() {
    let mut definition = discovering(ISSUER, DiscoveryKind::AuthorizationServer);
    definition.fetch_timeout = Duration::from_secs(2);
    let house = house_that_sees(definition, |n, _| match n {
        1 => metadata("https://sso.example/token").after(Duration::from_millis(1500)),
        _ => hung(),
    });
    let start = tokio::time::Instant::now();
    assert_eq!(house.token().await.unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a19_metadata_that_cannot_be_used_are_logged_as_something_to_mend() {
    let log = Log::listen();
    let mut definition = discovering(ISSUER, DiscoveryKind::OpenIdProvider);
    definition.name = "not discovered".into();
    let house = server_for(definition, |_| reply(404, ""));
    assert!(house.token().await.is_err());
    let line = log.only_line("not discovered");
    for part in ["ERROR", "the token endpoint cannot be discovered", "404"] {
        assert!(line.contains(part), "{part} not in {line}");
    }
}
