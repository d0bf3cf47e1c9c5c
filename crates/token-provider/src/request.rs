//! The request for a token: URL, headers and body, by the definition and by what there is to show.
//! It must not know how it is sent, nor how it is decided what to show.

mod assertion;
mod parameters;

use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::SecretString;
use url::Url;

use crate::definition::{ClientAuthentication, Definition, basic};
use crate::dpop::{self, ProofKey};
use crate::signing::SigningError;
use crate::subject::Subject;
use crate::transport::TokenRequest;
use parameters::Parameters;

/// What one request is made of beyond its definition.
pub(crate) struct Occasion<'a> {
    /// The token endpoint.
    pub(crate) endpoint: &'a Url,
    /// The refresh token to use instead of the grant itself (RFC 6749 §6).
    pub(crate) refresh: Option<&'a SecretString>,
    /// Whose token is exchanged.
    pub(crate) subject: Option<&'a Subject>,
    /// The token of who acts for the subject.
    pub(crate) actor: Option<&'a SecretString>,
    /// Binds the token to a key.
    pub(crate) proof_key: Option<&'a ProofKey>,
    /// When it is sent.
    pub(crate) now: SystemTime,
    /// How long the whole exchange may take.
    pub(crate) timeout: Duration,
}

/// The request for a token. Assertions and proofs are new in each.
///
/// # Errors
/// When one of them cannot be signed.
pub(crate) fn compose(
    definition: &Definition,
    occasion: &Occasion<'_>,
) -> Result<TokenRequest, SigningError> {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let ClientAuthentication::SecretBasic {
        client_id,
        client_secret,
        encoding,
    } = &definition.client
    {
        let basic = basic(client_id, client_secret, *encoding);
        // Base64 is always a valid header value, so that this never leaves the header out.
        if let Ok(mut value) = HeaderValue::from_str(&basic) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
    }
    if let Some(key) = occasion.proof_key {
        let proof = key.proof("POST", occasion.endpoint, None, occasion.now)?;
        headers.insert(dpop::PROOF, proof);
    }
    let assertions = assertion::Assertions::sign(definition, occasion)?;
    let parameters = Parameters::of(definition, occasion, &assertions);
    let (media_type, body) = match &definition.client {
        ClientAuthentication::SecretJson { members, .. } => {
            ("application/json", parameters.json(members))
        }
        _ => ("application/x-www-form-urlencoded", parameters.form()),
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    Ok(TokenRequest {
        url: occasion.endpoint.clone(),
        headers,
        body,
        timeout: occasion.timeout,
    })
}

#[cfg(test)]
mod tests;
