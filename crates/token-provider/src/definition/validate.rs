//! Which definitions may be used. Fails closed: a secret never leaves over plain http by accident.

use std::collections::HashSet;

use url::{Host, Url};

use super::{BasicEncoding, ClientAuthentication, Definition};

/// Parameters that the definition's own fields decide, or that would be a second way for the client
/// to authenticate (RFC 6749 §2.3 allows one; RFC 7521 §4.2).
const RESERVED: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "audience",
    "resource",
];

/// Why a definition may not be used. Names parameters, never their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// The URL is neither https nor http.
    #[error("the token URL must be an https URL with a host")]
    Scheme,
    /// The URL is plain http to a host that is not loopback.
    #[error(
        "the token URL is plain http to a host that is not loopback; the secret would travel in the clear"
    )]
    PlainHttp,
    /// The URL holds a user name or a password.
    #[error("the token URL must not hold a user name or a password")]
    UserInformation,
    /// The URL has a fragment (RFC 6749 §3.2).
    #[error("the token URL must not have a fragment")]
    Fragment,
    /// The client id is empty.
    #[error("the client id is empty")]
    EmptyClientId,
    /// A raw Basic client id holds a colon: the server would cut it there (RFC 7617 §2).
    #[error("a client id with a colon cannot be sent raw")]
    ColonInRawClientId,
    /// The client secret is empty.
    #[error("the client secret is empty")]
    EmptyClientSecret,
    /// A scope is empty or holds white space or a control character (RFC 6749 §3.3).
    #[error("a scope is empty or holds white space or a control character")]
    Scope,
    /// An extra parameter without a name.
    #[error("an extra parameter has no name")]
    UnnamedParameter,
    /// An extra parameter that a field of the definition decides.
    #[error("the extra parameter `{0}` is reserved")]
    ReservedParameter(String),
    /// An extra parameter given twice (RFC 6749 §3.2 forbids it).
    #[error("the extra parameter `{0}` is given twice")]
    RepeatedParameter(String),
    /// A fetch timeout or default lifetime of zero.
    #[error("the fetch timeout and the default lifetime must be longer than zero")]
    ZeroDuration,
}

pub(super) fn validate(definition: &Definition) -> Result<(), DefinitionError> {
    token_url(&definition.token_url, definition.allow_plain_http)?;
    client(&definition.client)?;
    extra(&definition.extra)?;
    let unusable = |scope: &String| {
        scope.is_empty() || scope.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    if definition.scopes.iter().any(unusable) {
        return Err(DefinitionError::Scope);
    }
    if definition.fetch_timeout.is_zero() || definition.default_lifetime.is_zero() {
        return Err(DefinitionError::ZeroDuration);
    }
    Ok(())
}

fn token_url(url: &Url, allow_plain_http: bool) -> Result<(), DefinitionError> {
    match url.scheme() {
        "https" => {}
        "http" if allow_plain_http || is_loopback(url) => {}
        "http" => return Err(DefinitionError::PlainHttp),
        _ => return Err(DefinitionError::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(DefinitionError::UserInformation);
    }
    if url.fragment().is_some() {
        return Err(DefinitionError::Fragment);
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn client(client: &ClientAuthentication) -> Result<(), DefinitionError> {
    use secrecy::ExposeSecret;
    if client.client_id().is_empty() {
        return Err(DefinitionError::EmptyClientId);
    }
    if client
        .secret()
        .is_some_and(|secret| secret.expose_secret().is_empty())
    {
        return Err(DefinitionError::EmptyClientSecret);
    }
    let raw = matches!(
        client,
        ClientAuthentication::SecretBasic {
            encoding: BasicEncoding::Raw,
            ..
        }
    );
    if raw && client.client_id().contains(':') {
        return Err(DefinitionError::ColonInRawClientId);
    }
    Ok(())
}

fn extra(extra: &[(String, String)]) -> Result<(), DefinitionError> {
    let mut seen = HashSet::new();
    for (name, _) in extra {
        if name.is_empty() {
            return Err(DefinitionError::UnnamedParameter);
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(DefinitionError::ReservedParameter(name.clone()));
        }
        if !seen.insert(name) {
            return Err(DefinitionError::RepeatedParameter(name.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
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
            let found = fault(|definition| definition.token_url = url.parse().unwrap());
            assert_eq!(
                found,
                (!fine).then_some(DefinitionError::PlainHttp),
                "{url}"
            );
        }
        let allowed = fault(|definition| {
            definition.token_url = "http://sso.example/token".parse().unwrap();
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
                fault(|definition| definition.token_url = url.parse().unwrap()),
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
}
