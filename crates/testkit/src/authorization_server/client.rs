//! Registered clients and how a request proves to come from one (RFC 6749 §2.3.1).
//! Knows no tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

use super::refusal::Refusal;
use crate::request::Request;

/// Somebody who may ask for tokens.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    /// The `client_id`.
    pub id: String,
    /// The `client_secret`.
    pub secret: SecretString,
    /// The scopes it may have; all of them are granted when it asks for none.
    pub scopes: Vec<String>,
    /// The audiences it may name; with none registered, an `audience` is refused.
    pub audiences: Vec<String>,
}

/// Finds the client a request comes from, by `client_secret_basic` or `client_secret_post`.
///
/// # Errors
/// `invalid_client`, or `invalid_request` when both methods are used at once.
pub(super) fn authenticate(
    clients: &[RegisteredClient],
    request: &Request,
    form: &[(String, String)],
) -> Result<RegisteredClient, Refusal> {
    let posted_secret = single(form, "client_secret")?;
    let (id, secret, by_header) = match (request.header("authorization"), posted_secret) {
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid_request(
                "two ways of client authentication",
            ));
        }
        (Some(header), None) => {
            let (id, secret) = basic(header).ok_or(Refusal::invalid_client(true))?;
            (id, secret, true)
        }
        (None, Some(secret)) => {
            let id = single(form, "client_id")?.ok_or(Refusal::invalid_client(false))?;
            (id.to_owned(), secret.to_owned(), false)
        }
        (None, None) => return Err(Refusal::invalid_client(false)),
    };
    let known = clients.iter().find(|client| client.id == id);
    let proven = known.filter(|client| client.secret.expose_secret() == secret);
    proven.cloned().ok_or(Refusal::invalid_client(by_header))
}

/// Returns a parameter that must not be repeated (RFC 6749 §3.2).
///
/// # Errors
/// `invalid_request` when it is.
pub(super) fn single<'form>(
    form: &'form [(String, String)],
    name: &str,
) -> Result<Option<&'form str>, Refusal> {
    let mut values = form.iter().filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Refusal::invalid_request("a parameter is repeated")),
        (value, None) => Ok(value.map(|(_, value)| value.as_str())),
    }
}

/// Both halves are form-urlencoded before base64 is applied.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form_decode(id)?, form_decode(secret)?))
}

fn form_decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}
