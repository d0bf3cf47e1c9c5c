//! Grants, refusals and the life of tokens, over the wire.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use secrecy::SecretString;

use super::{
    AuthorizationServer, AuthorizationServerOptions, Oddity, RegisteredClient, Vendor, Verdict,
};
use crate::fault::Fault;
use crate::reply::Response;
use crate::test_client::{Seen, get, send};

const GRANT: &str = "grant_type=client_credentials";
const POSTED: &str = "grant_type=client_credentials&client_id=app&client_secret=p%3Aw%2B%C4%84";

fn start(lifetime: Duration) -> AuthorizationServer {
    let client = RegisteredClient {
        id: "app".to_owned(),
        secret: SecretString::from("p:w+Ą"),
        scopes: vec!["a.read".to_owned(), "b.read".to_owned()],
        audiences: vec!["https://api.example".to_owned()],
    };
    let options = AuthorizationServerOptions {
        port: 0,
        lifetime,
        clients: vec![client],
    };
    AuthorizationServer::start(options).unwrap()
}

async fn post(server: &AuthorizationServer, path: &str, basic: Option<&str>, form: &str) -> Seen {
    let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
    let basic = basic.map(|pair| format!("Basic {}", STANDARD.encode(pair)));
    headers.extend(basic.iter().map(|value| ("Authorization", value.as_str())));
    send(server.server(), &format!("POST {path}"), &headers, form).await
}

async fn token(server: &AuthorizationServer, form: &str) -> String {
    let seen = post(server, "/token", None, form).await;
    seen.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a03_a_client_gets_a_token_by_header_or_by_body() {
    let server = start(Duration::from_secs(30));
    let by_header = post(&server, "/token", Some("app:p%3Aw%2B%C4%84"), GRANT).await;
    assert_eq!(by_header.status(), 200);
    assert_eq!(
        by_header.header("cache-control").as_deref(),
        Some("no-store")
    );
    let body = by_header.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"].as_u64(), Some(30));
    assert_eq!(body["scope"], "a.read b.read");
    let by_body = token(&server, POSTED).await;
    assert_ne!(body["access_token"], by_body.as_str());
    assert_eq!(server.verifier().verify(&by_body), Verdict::Valid);
    assert_eq!(server.token_calls(), 2);
}

#[tokio::test]
async fn refusals_are_those_of_the_rfc() {
    let server = start(Duration::from_secs(30));
    let narrowed = |extra: &str| format!("{POSTED}&{extra}");
    for (basic, form, status, error) in [
        (Some("app:wrong"), GRANT.to_owned(), 401, "invalid_client"),
        (None, GRANT.to_owned(), 401, "invalid_client"),
        (
            Some("app:p%3Aw%2B%C4%84"),
            POSTED.to_owned(),
            400,
            "invalid_request",
        ),
        (None, narrowed("scope=c.read"), 400, "invalid_scope"),
        (None, narrowed("scope="), 400, "invalid_scope"),
        (
            None,
            narrowed("scope=a.read&scope=b.read"),
            400,
            "invalid_request",
        ),
        (
            None,
            narrowed("audience=https%3A%2F%2Fother.example"),
            400,
            "invalid_target",
        ),
        (
            None,
            POSTED.replace("client_credentials", "password"),
            400,
            "unsupported_grant_type",
        ),
        (
            None,
            POSTED.replace("grant_type", "type"),
            400,
            "invalid_request",
        ),
    ] {
        let seen = post(&server, "/token", basic, &form).await;
        assert_eq!(
            (seen.status(), seen.json()["error"].as_str()),
            (status, Some(error))
        );
        let challenged = seen.header("www-authenticate").is_some();
        assert_eq!(challenged, basic == Some("app:wrong"));
    }
    assert_eq!(get(server.server(), "/token", "").await.status(), 405);
}

#[tokio::test]
async fn a_verifier_demands_its_scope_and_its_audience() {
    let server = start(Duration::from_secs(30));
    let plain = token(&server, &format!("{POSTED}&scope=a.read")).await;
    let verifier = server.verifier();
    assert_eq!(
        verifier.clone().requiring_scope("a.read").verify(&plain),
        Verdict::Valid
    );
    let other = verifier.clone().requiring_scope("a");
    assert_eq!(other.verify(&plain), Verdict::InsufficientScope);
    let audience = verifier.requiring_audience("https://api.example");
    assert_eq!(audience.verify(&plain), Verdict::InvalidToken);
    let bound = token(
        &server,
        &format!("{POSTED}&audience=https%3A%2F%2Fapi.example"),
    )
    .await;
    assert_eq!(audience.verify(&bound), Verdict::Valid);
}

#[tokio::test]
async fn a_token_without_life_is_expired_at_once() {
    let server = start(Duration::ZERO);
    let dead = token(&server, POSTED).await;
    assert_eq!(server.verifier().verify(&dead), Verdict::InvalidToken);
    server.set_lifetime(Duration::from_mins(1));
    let alive = token(&server, POSTED).await;
    assert_eq!(server.verifier().verify(&alive), Verdict::Valid);
}

#[tokio::test(start_paused = true)]
async fn a_token_lives_exactly_as_long_as_it_says() {
    let store = super::TokenStore::new(Duration::from_secs(30));
    let (token, _) = store.issue("app", Vec::new(), None, None).unwrap();
    tokio::time::advance(Duration::from_millis(29_999)).await;
    assert!(store.find(&token).is_some());
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(store.find(&token).is_none());
}

#[tokio::test]
async fn introspection_and_revocation_agree_with_the_verifier() {
    let server = start(Duration::from_secs(30));
    let token = token(&server, POSTED).await;
    let about = format!("token={token}&client_id=app&client_secret=p%3Aw%2B%C4%84");
    let seen = post(&server, "/introspect", None, &about).await.json();
    assert_eq!(
        (&seen["active"], &seen["client_id"]),
        (&true.into(), &"app".into())
    );
    assert_eq!(post(&server, "/revoke", None, &about).await.status(), 200);
    assert_eq!(
        post(&server, "/introspect", None, &about).await.text(),
        r#"{"active":false}"#
    );
    assert_eq!(server.verifier().verify(&token), Verdict::InvalidToken);
    assert_eq!(
        post(&server, "/introspect", None, "token=x").await.status(),
        401
    );
}

#[tokio::test]
async fn revoking_all_and_changing_a_secret_take_effect_at_once() {
    let server = start(Duration::from_secs(30));
    let token = token(&server, POSTED).await;
    assert!(server.set_secret("app", SecretString::from("new")));
    assert_eq!(server.verifier().verify(&token), Verdict::Valid);
    assert_eq!(post(&server, "/token", None, POSTED).await.status(), 401);
    assert_eq!(
        post(&server, "/token", Some("app:new"), GRANT)
            .await
            .status(),
        200
    );
    assert_eq!(server.revoke_all(), 2);
    assert_eq!(server.verifier().verify(&token), Verdict::InvalidToken);
}

#[tokio::test]
async fn scripted_answers_come_first_and_faults_before_them() {
    let server = start(Duration::from_secs(30));
    let odd = Response::new(StatusCode::OK, "text/html", "<html>");
    server.script(vec![odd.into()]);
    server.server().fault(Some(Fault::Status503)).await.unwrap();
    let seen = post(&server, "/token", None, POSTED).await;
    assert_eq!(seen.json()["error"], "temporarily_unavailable");
    server.server().fault(None).await.unwrap();
    assert_eq!(post(&server, "/token", None, POSTED).await.text(), "<html>");
    assert_eq!(post(&server, "/token", None, POSTED).await.status(), 200);
}

#[tokio::test]
async fn metadata_name_the_endpoints_of_this_very_server() {
    let server = start(Duration::from_secs(30));
    let seen = get(
        server.server(),
        "/.well-known/oauth-authorization-server",
        "",
    )
    .await
    .json();
    assert_eq!(seen["issuer"], server.issuer());
    assert_eq!(seen["token_endpoint"], server.token_url());
}

#[tokio::test]
async fn every_oddity_and_vendor_is_found_by_its_name() {
    for oddity in Oddity::ALL {
        assert_eq!(oddity.name().parse(), Ok(*oddity));
    }
    for vendor in Vendor::ALL {
        assert_eq!(vendor.name().parse(), Ok(vendor));
    }
    let unknown = "oktta".parse::<Vendor>().unwrap_err();
    assert!(unknown.to_string().contains("okta, auth0, glewlwyd"));
    let unknown = "expires".parse::<Oddity>().unwrap_err();
    assert!(unknown.to_string().contains("expires-in-text"));
}

#[tokio::test]
async fn an_oddity_changes_what_it_names_until_it_is_taken_away() {
    let server = start(Duration::from_secs(30));
    server.set_oddity(Some(Oddity::ExpiresInText));
    let odd = post(&server, "/token", None, POSTED).await.json();
    assert_eq!(odd["expires_in"], "30");
    server.set_oddity(Some(Oddity::FormEncoded));
    let odd = post(&server, "/token", None, POSTED).await;
    assert!(odd.text().contains("&expires_in=30"), "{}", odd.text());
    server.set_oddity(None);
    let plain = post(&server, "/token", None, POSTED).await.json();
    assert_eq!(plain["expires_in"].as_u64(), Some(30));
}

#[tokio::test]
async fn vendors_refuse_in_their_own_words() {
    let server = start(Duration::from_secs(30));
    let asked = |form: &str| format!("{POSTED}&{form}");
    let wrong = "grant_type=client_credentials&client_id=app&client_secret=wrong".to_owned();
    for (vendor, form, status, error) in [
        (Vendor::Okta, POSTED.to_owned(), 400, "invalid_scope"),
        (Vendor::Okta, asked("scope=openid"), 400, "invalid_scope"),
        (
            Vendor::Okta,
            asked("scope=a.read"),
            400,
            "invalid_dpop_proof",
        ),
        (Vendor::Okta, wrong.clone(), 401, "invalid_client"),
        (Vendor::Auth0, wrong.clone(), 401, "access_denied"),
        (Vendor::Auth0, asked("scope=none"), 403, "access_denied"),
        (Vendor::Auth0, asked("audience=none"), 403, "access_denied"),
    ] {
        server.set_vendor(Some(vendor));
        let seen = post(&server, "/token", None, &form).await;
        assert_eq!(
            (seen.status(), &seen.json()["error"]),
            (status, &error.into()),
            "{vendor} {form}"
        );
    }
    server.set_vendor(Some(Vendor::Glewlwyd));
    let seen = post(&server, "/token", None, &wrong).await;
    assert_eq!((seen.status(), seen.body()), (403, &b""[..]));
}

#[tokio::test]
async fn auth0_takes_a_json_object_and_others_do_not() {
    let server = start(Duration::from_secs(30));
    let body = r#"{"grant_type":"client_credentials","client_id":"app","client_secret":"p:w+Ą"}"#;
    let json = [("Content-Type", "application/json")];
    let refused = send(server.server(), "POST /token", &json, body).await;
    assert_eq!(refused.status(), 400);
    server.set_vendor(Some(Vendor::Auth0));
    let taken = send(server.server(), "POST /token", &json, body).await;
    assert_eq!(taken.status(), 200);
}
