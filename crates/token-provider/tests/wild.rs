//! Answers seen in the wild, over real sockets, from the test kit's authorization server, whose rules
//! name the vendors' pages. What each row of the list below means for the cache is tested on paused
//! time in `token/`.
//!
//! | what is odd | tests |
//! |---|---|
//! | `expires_in` a string, a fraction, missing, 0, negative, huge | here; `token/oddities`, `token/peers`, `token/cache`: `a_token_of_a_second_or_less…`, `fetches_of_tokens_not_worth_keeping…` |
//! | `expires_on`, `expires_at`, `.expires` | here; `token/oddities`: `an_instant_of_expiry…` |
//! | `token_type` in any case, `BearerToken`, missing, `DPoP`, `mac`, `N_A` | here; `token/bound`: `the_type_of_the_token…` |
//! | 200 with an error, HTML, nothing, no token, a token that is no string | here |
//! | a form-encoded body | here |
//! | 201, 203 | here |
//! | 3xx | here; `token/sockets`: `a13_a_redirect_is_not_followed` |
//! | an error without a body, in HTML, with 403 | here |
//! | a scope dropped with 200 | here; `token/oddities`: `a05_a_narrowed_scope…` |
//! | a token with CR or LF | here |
//! | a body over 1 MiB, a slow one | here; `token/oddities`: `a_body_that_is_too_large…` |
//! | clocks: before the request was sent, suspend | `token/cache`: `life_counts_from_before…`, `after_a_suspend…` |
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use testkit::{
    AuthorizationServer, AuthorizationServerOptions, Fault, FaultSettings, Oddity,
    RegisteredClient, Vendor,
};
use token_provider::{
    ClientAuthentication, Definition, ErrorCode, Kind, NoObserver, ReqwestTransport, Token,
    TokenError, TokenProvider, TokenSource, TokenState,
};
use tokio::runtime::Handle;
use tokio::time::Instant;

const LIFE_SECONDS: u64 = 300;
const DEFAULT_LIFE_SECONDS: u64 = 100;

fn server() -> AuthorizationServer {
    let client = RegisteredClient {
        id: "app".into(),
        secret: "secret".into(),
        scopes: vec!["a.read".into(), "b.read".into()],
        audiences: vec!["https://api.example".into()],
    };
    let options = AuthorizationServerOptions {
        port: 0,
        lifetime: Duration::from_secs(LIFE_SECONDS),
        clients: vec![client],
    };
    AuthorizationServer::start(options).unwrap()
}

fn definition(server: &AuthorizationServer, secret: &str) -> Definition {
    let client = ClientAuthentication::SecretPost {
        client_id: "app".into(),
        client_secret: SecretString::from(secret),
    };
    let mut definition = Definition::new("ehr", server.token_url().parse().unwrap(), client);
    definition.scopes = vec!["a.read".into(), "b.read".into()];
    definition.default_lifetime = Duration::from_secs(DEFAULT_LIFE_SECONDS);
    definition
}

fn source(definition: Definition) -> TokenSource {
    let transport = Arc::new(ReqwestTransport::new().unwrap());
    TokenProvider::new(transport, Handle::current(), Arc::new(NoObserver)).source(definition)
}

async fn token(source: &TokenSource) -> Result<Token, TokenError> {
    source.token(Instant::now() + Duration::from_secs(20)).await
}

/// For how many seconds the token of `source` lives; `None` when it is not kept.
fn life(source: &TokenSource) -> Option<u64> {
    let TokenState::Fresh { age, expires_in } = source.state().token else {
        return None;
    };
    Some((age + expires_in).as_secs())
}

enum Expected {
    /// A token that lives so many seconds.
    Kept(u64),
    /// A token for those who wait.
    NotKept,
    /// An error that says so.
    Error(&'static str),
}

const fn expected(oddity: Oddity) -> Expected {
    use Expected::{Error, Kept, NotKept};
    match oddity {
        Oddity::ExpiresInText
        | Oddity::ExpiresInFraction
        | Oddity::ExpiresOn
        | Oddity::ExpiresAt
        | Oddity::DotExpires
        | Oddity::TokenTypeLower
        | Oddity::TokenTypeBearerToken
        | Oddity::TokenTypeMissing
        | Oddity::FormEncoded
        | Oddity::Status201
        | Oddity::Status203
        | Oddity::ScopeDropped => Kept(LIFE_SECONDS),
        Oddity::ExpiresInMissing => Kept(DEFAULT_LIFE_SECONDS),
        Oddity::ExpiresInHuge => Kept(24 * 60 * 60),
        Oddity::ExpiresInZero | Oddity::ExpiresInNegative => NotKept,
        Oddity::TokenTypeDpop => Error("`dpop: true`"),
        Oddity::TokenTypeMac | Oddity::TokenTypeNone => Error("not Bearer"),
        Oddity::ErrorInSuccess => Error("status 200 OK, error incorrect_client_credentials"),
        Oddity::NoToken => Error("no access_token"),
        Oddity::TokenIsNumber => Error("not a string"),
        Oddity::TokenWithLineEnd => Error("control"),
        Oddity::Empty403 => Error("refuses the credential: status 403 Forbidden, error none"),
        Oddity::Html503 => Error("unavailable: status 503"),
        Oddity::LoginRedirect => Error("redirects: status 302 Found, to login.example"),
    }
}

#[tokio::test]
async fn every_oddity_of_a_granted_request_is_a_token_or_a_named_error() {
    for &oddity in Oddity::ALL {
        let server = server();
        server.set_oddity(Some(oddity));
        let source = source(definition(&server, "secret"));
        let result = token(&source).await;
        match (expected(oddity), result) {
            (Expected::Kept(seconds), Ok(_)) => {
                let kept = life(&source).unwrap_or_default();
                // Instants are in whole seconds of the wall clock.
                assert!(kept.abs_diff(seconds) <= 1, "{oddity}: {kept} s");
            }
            (Expected::NotKept, Ok(_)) => assert_eq!(life(&source), None, "{oddity}"),
            (Expected::Error(words), Err(error)) => {
                assert!(error.to_string().contains(words), "{oddity}: {error}");
            }
            (_, result) => unreachable!("{oddity}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn a05_a_dropped_scope_is_recorded() {
    let server = server();
    server.set_oddity(Some(Oddity::ScopeDropped));
    let token = token(&source(definition(&server, "secret"))).await.unwrap();
    assert_eq!(token.scope(), Some("a.read"));
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_within_the_fetch_timeout() {
    for (fault, kind, words) in [
        (Fault::Html, Kind::Configuration, "HTML"),
        (Fault::Empty, Kind::Configuration, "empty"),
        (Fault::NoJson, Kind::Configuration, "JSON"),
        (Fault::Oversized, Kind::Configuration, "1 MiB"),
        (Fault::Drip, Kind::Unavailable, "in time"),
        (Fault::StallBody, Kind::Unavailable, "in time"),
        (Fault::StallHead, Kind::Unavailable, "in time"),
        (Fault::ResetBody, Kind::Unavailable, "broke"),
        (Fault::Status429, Kind::Unavailable, "429"),
    ] {
        let server = server();
        server.server().fault_settings(FaultSettings::default());
        server.server().fault(Some(fault)).await.unwrap();
        let mut definition = definition(&server, "secret");
        definition.fetch_timeout = Duration::from_millis(700);
        let began = Instant::now();
        let error = token(&source(definition)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault}: {error}");
        assert!(error.to_string().contains(words), "{fault}: {error}");
        assert!(began.elapsed() < Duration::from_secs(3), "{fault}");
    }
}

#[tokio::test]
async fn okta_without_a_proof_says_what_mends_it() {
    let server = server();
    server.set_vendor(Some(Vendor::Okta));
    let error = token(&source(definition(&server, "secret")))
        .await
        .unwrap_err();
    assert_eq!(error.server_code().unwrap().as_str(), "invalid_dpop_proof");
    assert!(error.to_string().contains("`dpop: true`"), "{error}");
    assert_eq!(server.token_calls(), 1);
}

#[tokio::test]
async fn okta_gets_its_nonce_and_a_new_one_when_it_asks_again() {
    let server = server();
    server.set_vendor(Some(Vendor::Okta));
    let mut bound = definition(&server, "secret");
    bound.dpop = true;
    let source = source(bound);
    let first = token(&source).await.unwrap();
    assert!(first.authorization().as_bytes().starts_with(b"DPoP "));
    // One request to be told the nonce, one with it.
    assert_eq!(server.token_calls(), 2);
    source.reject(&first);
    token(&source).await.unwrap();
    assert_eq!(server.token_calls(), 3);
}

#[tokio::test]
async fn okta_changes_its_nonce_in_the_middle() {
    let server = server();
    server.set_vendor(Some(Vendor::Okta));
    let mut bound = definition(&server, "secret");
    bound.dpop = true;
    let source = source(bound);
    let first = token(&source).await.unwrap();
    server.renew_nonce().unwrap();
    source.reject(&first);
    token(&source).await.unwrap();
    assert_eq!(server.token_calls(), 4);
}

#[tokio::test]
async fn okta_refuses_scopes_of_openid_and_wants_one_of_its_own() {
    for scopes in [vec!["openid".to_owned()], Vec::new()] {
        let server = server();
        server.set_vendor(Some(Vendor::Okta));
        let mut definition = definition(&server, "secret");
        definition.scopes = scopes;
        let error = token(&source(definition)).await.unwrap_err();
        assert_eq!(error.server_code().unwrap().as_str(), "invalid_scope");
        assert_eq!(error.kind(), Kind::Configuration);
    }
}

#[tokio::test]
async fn access_denied_is_a_configuration_fault_at_okta_and_at_auth0() {
    for (vendor, status) in [(Vendor::Okta, 400), (Vendor::Auth0, 403)] {
        let server = server();
        server.set_vendor(Some(vendor));
        let mut definition = definition(&server, "secret");
        definition.dpop = vendor == Vendor::Okta;
        definition.audience = Some("https://other.example".into());
        let error = token(&source(definition)).await.unwrap_err();
        assert_eq!(error.server_code().unwrap().as_str(), "access_denied");
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.kind(), Kind::Configuration);
    }
}

#[tokio::test]
async fn c25_c26_auth0_takes_the_audience_in_a_form_and_in_json() {
    for json in [false, true] {
        let server = server();
        server.set_vendor(Some(Vendor::Auth0));
        let mut definition = definition(&server, "secret");
        definition.audience = Some("https://api.example".into());
        if json {
            definition.client = ClientAuthentication::SecretJson {
                client_id: "app".into(),
                client_secret: "secret".into(),
                members: BTreeMap::default(),
            };
        }
        token(&source(definition)).await.unwrap();
        let requests = server.server().requests();
        let media_type = requests.first().unwrap().header("content-type").unwrap();
        assert_eq!(media_type.contains("json"), json);
    }
}

#[tokio::test]
async fn a23_a_wrong_secret_is_asked_about_once_whatever_the_vendor_answers() {
    for (vendor, code, status) in [
        (Vendor::Okta, Some("invalid_client"), 401),
        (Vendor::Auth0, Some("access_denied"), 401),
        (Vendor::Glewlwyd, None, 403),
    ] {
        let server = server();
        server.set_vendor(Some(vendor));
        let source = source(definition(&server, "wrong"));
        for _ in 0..5 {
            let error = token(&source).await.unwrap_err();
            assert_eq!(error.server_code().map(ErrorCode::as_str), code);
            assert_eq!(error.status().unwrap(), status);
            assert_eq!(error.kind(), Kind::Configuration, "{vendor}");
        }
        assert_eq!(server.token_calls(), 1, "{vendor}");
    }
}
