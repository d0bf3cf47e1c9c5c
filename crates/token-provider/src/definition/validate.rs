//! Which definitions may be used. Fails closed: a secret never leaves over plain http by accident.

mod error;
mod grant;
mod parameters;

use url::{Host, Url};

use super::{BasicEncoding, ClientAuthentication, Definition, DiscoveryKind, Endpoint, Grant};
pub use error::DefinitionError;

pub(super) fn validate(definition: &Definition) -> Result<(), DefinitionError> {
    endpoint(definition)?;
    client(definition)?;
    grant::check(&definition.grant)?;
    parameters::check(definition)?;
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

fn endpoint(definition: &Definition) -> Result<(), DefinitionError> {
    match &definition.endpoint {
        Endpoint::Token(url) => acceptable(url, definition.allow_plain_http),
        Endpoint::Discover { issuer, kind } => {
            let url = Url::parse(issuer).map_err(|_| DefinitionError::Issuer)?;
            // RFC 8414 §2 allows an issuer neither query nor fragment.
            if url.query().is_some() || acceptable(&url, definition.allow_plain_http).is_err() {
                return Err(DefinitionError::Issuer);
            }
            DiscoveryKind::document(*kind, issuer)
                .map(|_| ())
                .ok_or(DefinitionError::Issuer)
        }
    }
}

/// Whether secrets may be sent to `url`.
pub(crate) fn acceptable(url: &Url, allow_plain_http: bool) -> Result<(), DefinitionError> {
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

/// Whether `url` stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn client(definition: &Definition) -> Result<(), DefinitionError> {
    use secrecy::ExposeSecret;
    let client = &definition.client;
    // An assertion says who its issuer is, so that a client need not (RFC 7523 §2.1).
    let anonymous = matches!(client, ClientAuthentication::None { .. })
        && matches!(definition.grant, Grant::JwtBearer(_));
    if client.client_id().is_empty() && !anonymous {
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

#[cfg(test)]
mod tests;
