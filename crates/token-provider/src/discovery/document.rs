//! What a metadata document means: a token endpoint that may be used, or one typed fault. Pure.

use serde_json::{Map, Value};
use url::Url;

use crate::answer::Failure;
use crate::definition::{ClientAuthentication, Definition, DiscoveryKind, acceptable, is_loopback};
use crate::error::{DiscoveryFault, Malformation, TokenError, Unavailability};
use crate::transport::{BODY_LIMIT, TokenResponse};

/// The token endpoint that the document names for the definition's client.
pub(super) fn read(
    definition: &Definition,
    issuer: &str,
    kind: DiscoveryKind,
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
    let found = if status.is_success() {
        find(definition, issuer, kind, &response.body)
    } else {
        Err(DiscoveryFault::Status(status))
    };
    found.map_err(|what| TokenError::Discovery { what }.into())
}

fn find(
    definition: &Definition,
    issuer: &str,
    kind: DiscoveryKind,
    body: &[u8],
) -> Result<Url, DiscoveryFault> {
    if body.len() > BODY_LIMIT {
        return Err(DiscoveryFault::Document(Malformation::TooLarge));
    }
    let members: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|_| DiscoveryFault::Document(Malformation::NotAnObject))?;
    let text = |members: &Map<String, Value>, name: &str| {
        members.get(name).and_then(Value::as_str).map(String::from)
    };
    // Otherwise one issuer could speak for another (RFC 8414 §3.3; OIDC Discovery §4.3).
    if kind != DiscoveryKind::Smart && text(&members, "issuer").as_deref() != Some(issuer) {
        return Err(DiscoveryFault::Issuer);
    }
    // RFC 8705 §5: where certificates are asked for may be another place.
    let alias = matches!(
        definition.client,
        ClientAuthentication::TlsClientAuth { .. }
    )
    .then(|| members.get("mtls_endpoint_aliases")?.as_object())
    .flatten()
    .and_then(|aliases| text(aliases, "token_endpoint"));
    let endpoint = alias.or_else(|| text(&members, "token_endpoint"));
    let endpoint = endpoint.ok_or(DiscoveryFault::NoTokenEndpoint)?;
    let url = Url::parse(&endpoint).map_err(|_| DiscoveryFault::TokenEndpoint)?;
    acceptable(&url, definition.allow_plain_http).map_err(|_| DiscoveryFault::TokenEndpoint)?;
    // A server elsewhere must not point secrets at whatever listens on this machine.
    let outside = Url::parse(issuer).is_ok_and(|issuer| !is_loopback(&issuer));
    if outside && is_loopback(&url) && !definition.allow_plain_http {
        return Err(DiscoveryFault::TokenEndpoint);
    }
    Ok(url)
}
