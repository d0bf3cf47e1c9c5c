//! Every fault of a definition, and its near neighbours that are none.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::parameters::RESERVED;
use super::*;

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
