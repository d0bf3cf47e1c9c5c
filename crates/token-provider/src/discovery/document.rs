//! What a metadata document means: a token endpoint that may be used, or one typed fault. Pure.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use crate::answer::Failure;
use crate::definition::{ClientAuthentication, Definition, DiscoveryKind, acceptable, is_loopback};
use crate::error::{DiscoveryFault, Malformation, Metadata, TokenError, Unavailability};
use crate::transport::{BODY_LIMIT, TokenResponse};

/// The token endpoint that the document names for the definition's client.
pub(super) fn read(
    definition: &Definition,
    (issuer, kind): (&str, DiscoveryKind),
    document: &Url,
    response: &TokenResponse,
) -> Result<Url, Failure> {
    let status = response.status;
    if status.is_server_error() || status.as_u16() == 429 {
        let cause = Unavailability::Status {
            status,
            server_code: None,
        };
        let error = TokenError::Unavailable {
            cause,
            retry_after: None,
        };
        return Err(Failure {
            repeatable: status.is_server_error(),
            ..Failure::from(error)
        });
    }
    let mut named = None;
    let found = if status.is_success() {
        parse(&response.body).and_then(|members| {
            named = text(members.issuer.as_ref()).map(str::to_owned);
            find(definition, issuer, kind, &members)
        })
    } else {
        Err(DiscoveryFault::Status(status))
    };
    found.map_err(|what| {
        let other = named.as_deref().filter(|named| *named != issuer);
        let metadata = Metadata::new(document.to_string(), issuer, other);
        TokenError::Discovery { what, metadata }.into()
    })
}

/// What we read of a document, each at most once.
#[derive(Deserialize)]
struct Members<'a> {
    issuer: Option<Value>,
    token_endpoint: Option<Value>,
    /// Read only for whom it matters.
    #[serde(borrow)]
    mtls_endpoint_aliases: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Aliases {
    token_endpoint: Option<Value>,
}

fn parse(body: &[u8]) -> Result<Members<'_>, DiscoveryFault> {
    if body.len() > BODY_LIMIT {
        return Err(DiscoveryFault::Document(Malformation::TooLarge));
    }
    object(body)
}

/// A member that is there twice is all that can be wrong with an object whose members may be anything.
fn object<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, DiscoveryFault> {
    // Otherwise an array would do: its first element for the first member, and so on.
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(DiscoveryFault::Document(Malformation::NotAnObject));
    }
    serde_json::from_slice(text).map_err(|error| {
        if error.is_data() {
            DiscoveryFault::Twice
        } else {
            DiscoveryFault::Document(Malformation::NotAnObject)
        }
    })
}

fn text(member: Option<&Value>) -> Option<&str> {
    member.and_then(Value::as_str)
}

fn find(
    definition: &Definition,
    issuer: &str,
    kind: DiscoveryKind,
    members: &Members<'_>,
) -> Result<Url, DiscoveryFault> {
    // Otherwise one issuer could speak for another (RFC 8414 §3.3; OIDC Discovery §4.3).
    if kind != DiscoveryKind::Smart && text(members.issuer.as_ref()) != Some(issuer) {
        return Err(DiscoveryFault::Issuer);
    }
    // RFC 8705 §5: where certificates are asked for may be another place.
    let by_certificate = matches!(
        definition.client,
        ClientAuthentication::TlsClientAuth { .. }
    );
    let aliases = members.mtls_endpoint_aliases.map(RawValue::get);
    let aliases = aliases.filter(|text| by_certificate && text.starts_with('{'));
    let aliases: Option<Aliases> = aliases.map(|text| object(text.as_bytes())).transpose()?;
    let alias = aliases.and_then(|aliases| aliases.token_endpoint);
    let endpoint = text(alias.as_ref()).or_else(|| text(members.token_endpoint.as_ref()));
    let endpoint = endpoint.ok_or(DiscoveryFault::NoTokenEndpoint)?;
    let url = Url::parse(endpoint).map_err(|_| DiscoveryFault::TokenEndpoint)?;
    acceptable(&url, definition.allow_plain_http).map_err(|_| DiscoveryFault::TokenEndpoint)?;
    // A server elsewhere must not point secrets at whatever listens on this machine.
    let outside = Url::parse(issuer).is_ok_and(|issuer| !is_loopback(&issuer));
    if outside && is_loopback(&url) && !definition.allow_plain_http {
        return Err(DiscoveryFault::TokenEndpoint);
    }
    Ok(url)
}
