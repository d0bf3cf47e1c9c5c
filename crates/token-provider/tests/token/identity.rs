//! Who shares a token with whom, and what a reload keeps.

use std::time::Duration;

use token_provider::{BasicEncoding, ClientAuthentication, Definition, Endpoint, TokenState};

use crate::support::{definition, house, name, seconds_from_now, token};

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
    ]
}

#[test]
fn a12_c27_definitions_that_differ_in_any_field_never_share() {
    let keys: Vec<_> = variations().iter().map(Definition::key).collect();
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(
            keys.iter().filter(|other| *other == key).count(),
            1,
            "variation {index}"
        );
    }
    let again: Vec<_> = variations().iter().map(Definition::key).collect();
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
