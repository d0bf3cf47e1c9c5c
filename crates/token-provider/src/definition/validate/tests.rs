//! Every fault of a definition, and its near neighbours that are none.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::parameters::RESERVED;
use super::*;
use crate::definition::{Assertion, Exchange};
use crate::signing::SigningKey;

fn definition() -> Definition {
    let client = ClientAuthentication::SecretPost {
        client_id: "id".into(),
        client_secret: "secret".into(),
    };
    Definition::new("ehr", "https://sso.example/token".parse().unwrap(), client)
}

fn fault(change: impl FnOnce(&mut Definition)) -> Option<DefinitionError> {
    let mut definition = definition();
    change(&mut definition);
    definition.validate().err()
}

#[test]
fn plain_http_is_refused_except_to_loopback_or_by_explicit_switch() {
    for (url, fine) in [
        ("https://sso.example/token", true),
        ("http://sso.example/token", false),
        ("http://localhost:8080/token", true),
        ("http://127.0.0.2/token", true),
        ("http://[::1]/token", true),
        ("http://[2001:db8::1]/token", false),
        ("http://10.0.0.1/token", false),
        ("http://localhost.example/token", false),
    ] {
        let found = fault(|definition| definition.endpoint = Endpoint::Token(url.parse().unwrap()));
        assert_eq!(
            found,
            (!fine).then_some(DefinitionError::PlainHttp),
            "{url}"
        );
    }
    let allowed = fault(|definition| {
        definition.endpoint = Endpoint::Token("http://sso.example/token".parse().unwrap());
        definition.allow_plain_http = true;
    });
    assert_eq!(allowed, None);
}

#[test]
fn a_url_with_another_scheme_user_information_or_a_fragment_is_refused() {
    for (url, expected) in [
        ("ftp://sso.example/token", DefinitionError::Scheme),
        (
            "https://user@sso.example/token",
            DefinitionError::UserInformation,
        ),
        (
            "https://:password@sso.example/token",
            DefinitionError::UserInformation,
        ),
        ("https://sso.example/token#here", DefinitionError::Fragment),
    ] {
        assert_eq!(
            fault(|definition| definition.endpoint = Endpoint::Token(url.parse().unwrap())),
            Some(expected),
            "{url}"
        );
    }
}

#[test]
fn a_client_without_id_or_secret_is_refused() {
    let basic = |client_id: &str, secret: &str, encoding| ClientAuthentication::SecretBasic {
        client_id: client_id.into(),
        client_secret: secret.into(),
        encoding,
    };
    for (client, expected) in [
        (
            ClientAuthentication::None {
                client_id: String::new(),
            },
            Some(DefinitionError::EmptyClientId),
        ),
        (
            ClientAuthentication::None {
                client_id: "a:b".into(),
            },
            None,
        ),
        (
            basic("id", "", BasicEncoding::Raw),
            Some(DefinitionError::EmptyClientSecret),
        ),
        (
            basic("a:b", "secret", BasicEncoding::Raw),
            Some(DefinitionError::ColonInRawClientId),
        ),
        (basic("a:b", "secret", BasicEncoding::FormUrlEncoded), None),
    ] {
        assert_eq!(fault(|definition| definition.client = client), expected);
    }
}

#[test]
fn extra_parameters_that_collide_are_refused_by_name() {
    let with = |extra: &[(&str, &str)]| {
        let extra = extra
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        fault(|definition| definition.extra = extra)
    };
    assert_eq!(with(&[("tenant", "a"), ("region", "a")]), None);
    assert_eq!(with(&[("", "a")]), Some(DefinitionError::UnnamedParameter));
    let repeated = Some(DefinitionError::RepeatedParameter("tenant".into()));
    assert_eq!(with(&[("tenant", "a"), ("tenant", "b")]), repeated);
    for name in RESERVED {
        assert_eq!(
            with(&[(name, "a")]),
            Some(DefinitionError::ReservedParameter(name.into()))
        );
    }
}

#[test]
fn unusable_scopes_and_zero_times_are_refused() {
    for scope in ["", "a b", "a\tb", "a\u{7f}"] {
        assert_eq!(
            fault(|definition| definition.scopes = vec![scope.into()]),
            Some(DefinitionError::Scope)
        );
    }
    assert_eq!(
        fault(|definition| definition.scopes = vec!["system/Patient.rs".into()]),
        None
    );
    let zero = std::time::Duration::ZERO;
    assert_eq!(
        fault(|definition| definition.fetch_timeout = zero),
        Some(DefinitionError::ZeroDuration)
    );
    assert_eq!(
        fault(|definition| definition.default_lifetime = zero),
        Some(DefinitionError::ZeroDuration)
    );
}

#[test]
fn f48_an_issuer_is_held_to_the_rules_of_a_token_url_and_has_no_query() {
    for (issuer, fine) in [
        ("https://sso.example/realms/a", true),
        ("https://sso.example/", true),
        ("http://localhost:8080/realms/a", true),
        ("http://sso.example/", false),
        ("https://sso.example/?a=1", false),
        ("https://sso.example/#a", false),
        ("https://u:p@sso.example/", false),
        ("sso.example", false),
        ("urn:sso", false),
        ("", false),
    ] {
        let found = fault(|definition| {
            definition.endpoint = Endpoint::Discover {
                issuer: issuer.into(),
                kind: DiscoveryKind::OpenIdProvider,
            };
        });
        assert_eq!(
            found,
            (!fine).then_some(DefinitionError::Issuer),
            "{issuer}"
        );
    }
}

#[test]
fn a_grant_without_what_it_needs_is_refused() {
    let password = |username: &str, password: &str| Grant::Password {
        username: username.into(),
        password: password.into(),
    };
    let key = Arc::new(SigningKey::generate().unwrap());
    let assertion = |change: &dyn Fn(&mut Assertion)| {
        let mut assertion = Assertion::new(Arc::new(Arc::clone(&key)), "issuer");
        change(&mut assertion);
        Grant::JwtBearer(Box::new(assertion))
    };
    let exchange = |subjects| {
        let exchange = Exchange {
            subjects,
            ..Exchange::default()
        };
        Grant::TokenExchange(Box::new(exchange))
    };
    let life = |seconds| assertion(&|a| a.life = Duration::from_secs(seconds));
    for (grant, expected) in [
        (password("a", "b"), None),
        (password("", "b"), Some(DefinitionError::EmptyUserName)),
        (password("a", ""), Some(DefinitionError::EmptyPassword)),
        (
            Grant::RefreshToken { token: "".into() },
            Some(DefinitionError::EmptyRefreshToken),
        ),
        (assertion(&|_| {}), None),
        (
            assertion(&|a| a.issuer.clear()),
            Some(DefinitionError::EmptyAssertionParty),
        ),
        (
            assertion(&|a| a.subject.clear()),
            Some(DefinitionError::EmptyAssertionParty),
        ),
        (life(0), Some(DefinitionError::AssertionLife)),
        (life(1), None),
        (life(3600), None),
        (life(3601), Some(DefinitionError::AssertionLife)),
        (
            assertion(&|a| {
                a.claims.insert("exp".into(), 1.into());
            }),
            Some(DefinitionError::ReservedClaim("exp".into())),
        ),
        (exchange(1), None),
        (exchange(0), Some(DefinitionError::NoSubjects)),
    ] {
        assert_eq!(fault(|definition| definition.grant = grant), expected);
    }
}

#[test]
fn a_parameter_that_the_grant_decides_is_refused_with_that_grant_only() {
    let extra = |name: &str| vec![(name.to_owned(), "a".to_owned())];
    assert_eq!(
        fault(|definition| definition.extra = extra("username")),
        None
    );
    for name in ["username", "password", "refresh_token"] {
        let found = fault(|definition| {
            definition.grant = Grant::Password {
                username: "a".into(),
                password: "b".into(),
            };
            definition.extra = extra(name);
        });
        assert_eq!(found, Some(DefinitionError::ReservedParameter(name.into())));
    }
}

#[test]
fn c26_no_two_parameters_end_in_one_member() {
    let with = |members: &[(&str, &str)], extra: &[(&str, &str)]| {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let own = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
            pairs.iter().map(own).collect()
        };
        fault(|definition| {
            definition.client = ClientAuthentication::SecretJson {
                client_id: "id".into(),
                client_secret: "secret".into(),
                members: BTreeMap::from_iter(own(members)),
            };
            definition.extra = own(extra);
        })
    };
    let member = |name: &str| Some(DefinitionError::Member(name.into()));
    assert_eq!(with(&[], &[]), None);
    assert_eq!(with(&[("client_id", "clientId")], &[("tenant", "a")]), None);
    assert_eq!(
        with(&[("client_id", "scope"), ("scope", "client_id")], &[]),
        None
    );
    assert_eq!(with(&[("client_id", "")], &[]), member(""));
    assert_eq!(with(&[("client_id", "scope")], &[]), member("scope"));
    assert_eq!(
        with(&[("audience", "tenant")], &[("tenant", "a")]),
        member("tenant")
    );
}

#[test]
fn only_an_assertion_as_the_grant_makes_a_client_id_dispensable() {
    let key = Arc::new(SigningKey::generate().unwrap());
    let assertion = Grant::JwtBearer(Box::new(Assertion::new(Arc::new(key), "issuer")));
    let anonymous = || ClientAuthentication::None {
        client_id: String::new(),
    };
    let found = fault(|definition| {
        definition.client = anonymous();
        definition.grant = assertion.clone();
    });
    assert_eq!(found, None);
    let mtls = ClientAuthentication::TlsClientAuth {
        client_id: String::new(),
    };
    let found = fault(|definition| {
        definition.client = mtls;
        definition.grant = assertion;
    });
    assert_eq!(found, Some(DefinitionError::EmptyClientId));
}
