//! Who shares a token with whom, and what a reload keeps.

use std::sync::Arc;
use std::time::Duration;

use token_provider::{
    Actor, Assertion, AssertionAudience, BasicEncoding, ClientAuthentication, Definition,
    DiscoveryKind, Endpoint, Exchange, Grant, KeySource, SigningAlgorithm, SigningKey, TokenState,
    TokenType,
};

use crate::password::user;
use crate::support::{House, definition, house, house_for, name, seconds_from_now, token};

fn variations() -> Vec<Definition> {
    let post = |client_id: &str, secret: &str| ClientAuthentication::SecretPost {
        client_id: client_id.into(),
        client_secret: secret.into(),
    };
    let basic = |encoding| ClientAuthentication::SecretBasic {
        client_id: "id".into(),
        client_secret: "secret".into(),
        encoding,
    };
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let with = |change: &dyn Fn(&mut Definition)| {
        let mut definition = definition("ehr");
        change(&mut definition);
        definition
    };
    vec![
        with(&|_| {}),
        with(&|d| d.name = "labs".into()),
        with(&|d| d.endpoint = Endpoint::Token("https://sso.example/other".parse().unwrap())),
        with(&|d| d.client = post("other", "secret")),
        with(&|d| d.client = post("id", "changed")),
        // The boundary between id and secret counts.
        with(&|d| d.client = post("idsecret", "")),
        with(&|d| d.client = basic(BasicEncoding::FormUrlEncoded)),
        with(&|d| d.client = basic(BasicEncoding::Raw)),
        with(&|d| {
            d.client = ClientAuthentication::None {
                client_id: "id".into(),
            }
        }),
        with(&|d| d.scopes = vec!["a".into()]),
        with(&|d| d.scopes = vec!["a".into(), "b".into()]),
        with(&|d| d.scopes = vec!["ab".into()]),
        with(&|d| d.audience = Some("a".into())),
        with(&|d| d.audience = Some("A".into())),
        with(&|d| d.audience = Some(String::new())),
        with(&|d| d.resources = vec!["a".into()]),
        with(&|d| d.resources = vec!["a".into(), "a".into()]),
        with(&|d| d.extra = pair("a", "b")),
        with(&|d| d.extra = pair("b", "a")),
        with(&|d| d.fetch_timeout = Duration::from_secs(4)),
        with(&|d| d.default_lifetime = Duration::from_secs(4)),
        with(&|d| d.allow_plain_http = true),
        with(&|d| d.dpop = true),
        with(&|d| d.route = Some([0; 32])),
        with(&|d| d.route = Some([1; 32])),
    ]
}

/// Variations in what discovery, grants and clients are made of.
fn further_variations() -> Vec<Definition> {
    let key = |id: &str| -> Arc<dyn KeySource> {
        let pem = include_str!("../keys/ec256.sec1.pem").into();
        let key = SigningKey::from_pem(&pem, SigningAlgorithm::Es256).unwrap();
        Arc::new(Arc::new(key.with_key_id(id)))
    };
    let endpoint = |issuer: &str, kind| Endpoint::Discover {
        issuer: issuer.into(),
        kind,
    };
    let endpoints = [
        endpoint("https://sso.example/token", DiscoveryKind::OpenIdProvider),
        endpoint("https://sso.example/token/", DiscoveryKind::OpenIdProvider),
        endpoint(
            "https://sso.example/token",
            DiscoveryKind::AuthorizationServer,
        ),
        endpoint("https://sso.example/token", DiscoveryKind::Smart),
    ];
    let password = |username: &str, password: &str| Grant::Password {
        username: username.into(),
        password: password.into(),
    };
    let assertion = |change: &dyn Fn(&mut Assertion)| {
        let mut assertion = Assertion::new(key("k"), "issuer");
        change(&mut assertion);
        Grant::JwtBearer(Box::new(assertion))
    };
    let exchange = |change: &dyn Fn(&mut Exchange)| {
        let mut exchange = Exchange::default();
        change(&mut exchange);
        Grant::TokenExchange(Box::new(exchange))
    };
    let actor = |house: &House, token_type| {
        let tokens = house.source.clone();
        exchange(&|e| {
            e.actor = Some(Actor {
                tokens: tokens.clone(),
                token_type: TokenType::clone(&token_type),
            });
        })
    };
    let (one, other) = (
        house(|n| token(n, 1)),
        house_for(user("a"), |n| token(n, 1)),
    );
    let grants = [
        password("a", "b"),
        password("ab", ""),
        password("a", "c"),
        Grant::RefreshToken { token: "a".into() },
        Grant::RefreshToken { token: "b".into() },
        assertion(&|_| {}),
        assertion(&|a| a.key = key("l")),
        assertion(&|a| a.issuer = "other".into()),
        assertion(&|a| a.subject = "other".into()),
        assertion(&|a| a.audience = AssertionAudience::Exactly(String::new())),
        assertion(&|a| a.audience = AssertionAudience::Exactly("a".into())),
        assertion(&|a| a.life = Duration::from_secs(4)),
        assertion(&|a| drop(a.claims.insert("a".into(), 1.into()))),
        assertion(&|a| drop(a.claims.insert("a".into(), "1".into()))),
        exchange(&|_| {}),
        exchange(&|e| e.requested = Some(TokenType::Jwt)),
        exchange(&|e| e.requested = Some(TokenType::AccessToken)),
        exchange(&|e| e.subjects = 4),
        actor(&one, TokenType::AccessToken),
        actor(&one, TokenType::Jwt),
        actor(&other, TokenType::AccessToken),
    ];
    let signed = |id: &str, audience| ClientAuthentication::PrivateKeyJwt {
        client_id: "id".into(),
        key: key(id),
        audience,
    };
    let json = |members: &[(&str, &str)]| ClientAuthentication::SecretJson {
        client_id: "id".into(),
        client_secret: "secret".into(),
        members: members
            .iter()
            .map(|(name, member)| ((*name).into(), (*member).into()))
            .collect(),
    };
    let clients = [
        json(&[]),
        json(&[("a", "b")]),
        json(&[("b", "a")]),
        signed("k", AssertionAudience::TokenUrl),
        signed("l", AssertionAudience::TokenUrl),
        signed("k", AssertionAudience::Exactly("a".into())),
        ClientAuthentication::TlsClientAuth {
            client_id: "id".into(),
        },
    ];
    let base = || definition("ehr");
    let endpoints = endpoints.map(|endpoint| Definition { endpoint, ..base() });
    let grants = grants.map(|grant| Definition { grant, ..base() });
    let clients = clients.map(|client| Definition { client, ..base() });
    endpoints.into_iter().chain(grants).chain(clients).collect()
}

#[tokio::test]
async fn a12_b19_c27_definitions_that_differ_in_any_field_never_share() {
    let all = || variations().into_iter().chain(further_variations());
    let keys: Vec<_> = all().map(|definition| definition.key()).collect();
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(
            keys.iter().filter(|other| *other == key).count(),
            1,
            "variation {index}"
        );
    }
    let again: Vec<_> = all().map(|definition| definition.key()).collect();
    assert_eq!(keys, again);
}

#[test]
fn the_order_of_scopes_makes_no_difference() {
    let with = |scopes: [&str; 2]| {
        let mut definition = definition("ehr");
        definition.scopes = scopes.map(String::from).to_vec();
        definition.key()
    };
    assert_eq!(with(["a", "b"]), with(["b", "a"]));
}

#[tokio::test(start_paused = true)]
async fn a12_two_backends_on_one_credential_share_one_token() {
    let house = house(|n| token(n, 3600));
    let other_backend = house.provider.source(definition("ehr"));
    assert_eq!(house.name().await, "t1");
    assert_eq!(
        other_backend.cached().map(|token| name(&token)).as_deref(),
        Some("t1")
    );
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a20_a29_a_changed_secret_scope_or_url_does_not_use_the_old_token_and_nothing_else_changes()
{
    let house = house(|n| token(n, 3600));
    assert_eq!(house.name().await, "t1");
    for (n, changed) in [4, 9, 2].into_iter().enumerate() {
        let changed = variations().swap_remove(changed);
        let source = house.provider.source(changed);
        assert!(source.cached().is_none());
        assert_eq!(
            name(&source.token(seconds_from_now(1.0)).await.unwrap()),
            format!("t{}", n + 2)
        );
    }
    assert_eq!(house.name().await, "t1");
}

#[tokio::test(start_paused = true)]
async fn a_reload_keeps_what_did_not_change_and_forgets_what_is_gone() {
    let house = house(|n| token(n, 3600));
    let gone = house.provider.source(definition("labs"));
    assert_eq!(house.name().await, "t1");
    assert!(gone.token(seconds_from_now(1.0)).await.is_ok());
    house.provider.retain(&[definition("ehr").key()]);
    assert!(house.provider.source(definition("ehr")).cached().is_some());
    assert_eq!(
        house.provider.source(definition("labs")).state().token,
        TokenState::Never
    );
    // Requests under way hold the old source and end with it.
    assert!(gone.cached().is_some());
}

#[tokio::test]
async fn a_source_shows_its_credentials_name_and_nothing_else() {
    let house = house(|n| token(n, 300));
    assert_eq!(house.source.name(), "ehr");
    let shown = format!("{:?}", house.source);
    assert_eq!(shown, r#"TokenSource { name: "ehr", .. }"#);
}
