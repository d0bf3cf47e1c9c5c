//! Tokens bound to a key (RFC 9449), as Okta demands it, and the keys of signed assertions.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use token_provider::{
    AssertionAudience, ClientAuthentication, Definition, KeySource, Kind, Malformation,
    SigningAlgorithm, SigningKey, Token, TokenError,
};

use crate::support::{
    House, Reply, Seen, definition, house, house_for, house_that_sees, pass, reply, token,
};

pub(crate) fn bound() -> Definition {
    Definition {
        dpop: true,
        ..definition("ehr")
    }
}

fn granted(number: usize) -> Reply {
    let body = format!(r#"{{"access_token":"t{number}","token_type":"DPoP","expires_in":300}}"#);
    reply(200, body)
}

fn demanding(nonce: &str) -> Reply {
    reply(400, r#"{"error":"use_dpop_nonce"}"#).header("dpop-nonce", nonce)
}

/// The claims of a token, unverified.
fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

fn proof(headers: &HeaderMap) -> Value {
    claims(headers["dpop"].to_str().unwrap())
}

fn nonces(house: &House) -> Vec<Value> {
    let nonce = |seen: Seen| proof(&seen.headers)["nonce"].clone();
    house.server.seen().into_iter().map(nonce).collect()
}

fn authorize(token: &Token) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let url = "https://ehr.example/fhir/Patient?name=x".parse().unwrap();
    token.authorize(&Method::GET, &url, &mut headers).unwrap();
    headers
}

#[tokio::test(start_paused = true)]
async fn a_nonce_that_the_server_demands_costs_one_more_request_and_is_kept() {
    let house = house_for(bound(), |n| match n {
        1 => demanding("n1"),
        // A success may announce the next nonce.
        2 => granted(n).header("dpop-nonce", "n2"),
        _ => granted(n),
    });
    assert_eq!(house.token().await.unwrap().authorization(), "DPoP t2");
    pass(301.0).await;
    house.token().await.unwrap();
    assert_eq!(nonces(&house), [Value::Null, "n1".into(), "n2".into()]);
    assert_eq!(
        house.heard.all(),
        [
            "ehr nonce_demanded 0 ms",
            "ehr token 0 ms",
            "ehr token 0 ms"
        ]
    );
    let proofs = house.server.seen();
    let jti = |n: usize| proof(&proofs[n].headers)["jti"].clone();
    assert!(jti(0) != jti(1) && jti(1) != jti(2));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_brings_a_nonce_along_is_final_when_it_does_not_demand_one() {
    let house = house_for(bound(), |_| {
        reply(400, r#"{"error":"invalid_scope"}"#).header("dpop-nonce", "n1")
    });
    house.token().await.unwrap_err();
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_never_content_with_a_nonce_is_not_asked_for_ever() {
    for changing in [false, true] {
        let house = house_for(bound(), move |n| {
            demanding(&if changing {
                n.to_string()
            } else {
                "same".into()
            })
        });
        let error = house.token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration);
        assert_eq!(error.server_code().unwrap().as_str(), "use_dpop_nonce");
        assert_eq!(house.server.calls(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn each_request_to_a_backend_gets_a_proof_for_itself_and_its_token() {
    let house = house_for(bound(), granted);
    let token = house.token().await.unwrap();
    assert!(token.is_bound());
    let (one, other) = (authorize(&token), authorize(&token));
    assert_eq!(one["authorization"], "DPoP t1");
    assert!(one["authorization"].is_sensitive() && one["dpop"].is_sensitive());
    let (one, other) = (proof(&one), proof(&other));
    assert_eq!(one["htu"], "https://ehr.example/fhir/Patient");
    assert_eq!(one["htm"], "GET");
    assert!(one["ath"].is_string() && one["jti"] != other["jti"]);
}

#[tokio::test(start_paused = true)]
async fn a_backends_nonce_is_taken_once_and_stays_with_its_credential() {
    let house = house_for(bound(), granted);
    let token = house.token().await.unwrap();
    let url = "https://ehr.example/".parse().unwrap();
    let nonce = HeaderValue::from_static("b1");
    assert!(token.note_nonce(&url, &nonce));
    assert!(!token.note_nonce(&url, &nonce));
    pass(301.0).await;
    let next = house.token().await.unwrap();
    assert_eq!(proof(&authorize(&next))["nonce"], "b1");
    // The authorization server is another origin.
    assert_eq!(nonces(&house), [Value::Null, Value::Null]);
}

#[tokio::test(start_paused = true)]
async fn the_type_of_the_token_must_be_the_one_that_was_asked_for() {
    for (definition, answer, what) in [
        (definition("ehr"), "DPoP", Malformation::DpopToken),
        (bound(), "Bearer", Malformation::NotDpop),
        (bound(), "mac", Malformation::TokenType),
    ] {
        let house = house_for(definition, move |_| {
            reply(
                200,
                format!(r#"{{"access_token":"t","token_type":"{answer}"}}"#),
            )
        });
        let error = house.token().await.unwrap_err();
        assert_eq!(error, TokenError::Malformed { what });
    }
    // Okta, of a client that sends no proof.
    let house = house(|_| reply(400, r#"{"error":"invalid_dpop_proof"}"#));
    let error = house.token().await.unwrap_err();
    assert!(error.to_string().contains("dpop: true"));
    let untyped = house_for(bound(), |n| token(n, 300));
    let error = untyped.token().await.unwrap_err();
    assert!(error.to_string().contains("dpop: true"));
}

#[tokio::test(start_paused = true)]
async fn a_bearer_token_has_no_proof_and_takes_no_nonce() {
    let house = house(|n| token(n, 300));
    let token = house.token().await.unwrap();
    assert!(!token.is_bound());
    let headers = authorize(&token);
    assert_eq!(headers["authorization"], "Bearer t1");
    assert_eq!(headers.len(), 1);
    let url = "https://ehr.example/".parse().unwrap();
    assert!(!token.note_nonce(&url, &HeaderValue::from_static("n")));
    assert_eq!(house.source.key_thumbprint(), None);
    assert!(!house.server.seen()[0].headers.contains_key("dpop"));
}

#[tokio::test(start_paused = true)]
async fn each_credential_has_a_key_of_its_own() {
    let house = house_for(bound(), granted);
    let mut other = bound();
    other.name = "labs".into();
    let other = house.provider.source(other);
    assert_ne!(house.source.key_thumbprint(), other.key_thumbprint());
    let same = house.provider.source(bound());
    assert_eq!(house.source.key_thumbprint(), same.key_thumbprint());
}

struct Rotating(Mutex<Arc<SigningKey>>);

impl KeySource for Rotating {
    fn current(&self) -> Arc<SigningKey> {
        Arc::clone(&self.0.lock().unwrap())
    }

    fn identity(&self) -> String {
        "keys/ehr.pem".into()
    }
}

fn key(id: &str) -> Arc<SigningKey> {
    let pem = include_str!("../keys/ec384.sec1.pem").into();
    let key = SigningKey::from_pem(&pem, SigningAlgorithm::Es384).unwrap();
    Arc::new(key.with_key_id(id))
}

fn header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn f49_a_key_that_is_exchanged_signs_the_next_assertion_and_keeps_the_token() {
    let keys = Arc::new(Rotating(Mutex::new(key("old"))));
    let signed = |key: Arc<dyn KeySource>| Definition {
        client: ClientAuthentication::PrivateKeyJwt {
            client_id: "id".into(),
            key,
            audience: AssertionAudience::TokenUrl,
        },
        ..definition("ehr")
    };
    let definition = signed(Arc::clone(&keys) as _);
    let house = house_that_sees(definition.clone(), |n, _| token(n, 300));
    assert_eq!(house.name().await, "t1");
    *keys.0.lock().unwrap() = key("new");
    assert_eq!(definition.key(), signed(keys).key());
    assert_eq!(house.name().await, "t1");
    pass(301.0).await;
    assert_eq!(house.name().await, "t2");
    let assertions = house.server.parameters("client_assertion");
    let kid = |n: usize| header(&assertions[n])["kid"].clone();
    assert_eq!((kid(0), kid(1)), ("old".into(), "new".into()));
}

#[tokio::test(start_paused = true)]
async fn f49_each_attempt_shows_an_assertion_of_its_own() {
    let signed = Definition {
        client: ClientAuthentication::PrivateKeyJwt {
            client_id: "id".into(),
            key: Arc::new(key("k")),
            audience: AssertionAudience::Exactly("https://sso.example".into()),
        },
        ..definition("ehr")
    };
    let house = house_for(signed, |n| match n {
        1 => reply(500, ""),
        _ => token(n, 300),
    });
    house.token().await.unwrap();
    let assertions = house.server.parameters("client_assertion");
    let (one, other) = (claims(&assertions[0]), claims(&assertions[1]));
    assert_eq!(one["aud"], "https://sso.example");
    assert_ne!(one["jti"], other["jti"]);
}
