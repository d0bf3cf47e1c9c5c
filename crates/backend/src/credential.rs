//! How a call is authorised: the one place where a secret meets a request.

mod chosen;
mod renewal;

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, InvalidHeaderValue};
use orchestration::Failure;
use problem::Code;
use secrecy::{ExposeSecret, SecretString};
use token_provider::TokenSource;

use crate::failure::Fault;

use chosen::OAuth2;
pub(crate) use chosen::{Chosen, Doubt, note_nonce};

/// The credential of one backend, ready for use. It remembers what the backend made of its tokens, so
/// that it is never shared by two. `Debug` shows the kind only.
pub struct Credential(Kind);

enum Kind {
    Same(Chosen),
    /// By the configured name of the client on whose behalf a call is made.
    ByClient(HashMap<Arc<str>, Chosen>),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match &self.0 {
            Kind::Same(Chosen::None) => "Credential(none)",
            Kind::Same(Chosen::OAuth2(_)) => "Credential(oauth2)",
            Kind::Same(Chosen::Header(..)) => "Credential(header)",
            Kind::Same(Chosen::Query { .. }) => "Credential(query)",
            Kind::ByClient(_) => "Credential(by client)",
        })
    }
}

impl Credential {
    /// The backend asks for none.
    #[must_use]
    pub const fn none() -> Self {
        Self(Kind::Same(Chosen::None))
    }

    /// Tokens from the token provider: bearer tokens (RFC 6750 §2.1), or tokens bound to a key, with a
    /// proof for each request (RFC 9449 §7.1).
    #[must_use]
    pub fn oauth2(source: TokenSource) -> Self {
        Self(Kind::Same(Chosen::OAuth2(OAuth2::new(source))))
    }

    /// A credential for each client, by its configured name (B19). A call on behalf of any other
    /// client, or of nobody, fails before anything is sent. Where an entry chooses by client itself,
    /// its choice for the same client is taken.
    #[must_use]
    pub fn by_client(entries: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        let chosen = |(client, Self(kind)): (Arc<str>, Self)| match kind {
            Kind::Same(chosen) => Some((client, chosen)),
            Kind::ByClient(mut entries) => entries.remove_entry(&client),
        };
        Self(Kind::ByClient(
            entries.into_iter().filter_map(chosen).collect(),
        ))
    }

    /// A fixed bearer token.
    ///
    /// # Errors
    /// When the token cannot stand in a header.
    pub fn bearer(token: &SecretString) -> Result<Self, InvalidHeaderValue> {
        Self::header(AUTHORIZATION, &format!("Bearer {}", token.expose_secret()))
    }

    /// HTTP Basic, in UTF-8 (RFC 7617 §2.1).
    ///
    /// # Errors
    /// Never for text; the signature is that of its siblings.
    pub fn basic(username: &str, password: &SecretString) -> Result<Self, InvalidHeaderValue> {
        let pair = format!("{username}:{}", password.expose_secret());
        Self::header(
            AUTHORIZATION,
            &format!("Basic {}", BASE64_STANDARD.encode(pair)),
        )
    }

    /// HTTP Basic with a ready-made token, verbatim (B15).
    ///
    /// # Errors
    /// When the token cannot stand in a header.
    pub fn basic_token(token: &SecretString) -> Result<Self, InvalidHeaderValue> {
        Self::header(AUTHORIZATION, &format!("Basic {}", token.expose_secret()))
    }

    /// A key in a header.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    pub fn api_key_header(
        name: HeaderName,
        value: &SecretString,
    ) -> Result<Self, InvalidHeaderValue> {
        Self::header(name, value.expose_secret())
    }

    /// A key in the query (A34).
    #[must_use]
    pub const fn api_key_query(name: String, value: SecretString) -> Self {
        Self(Kind::Same(Chosen::Query { name, value }))
    }

    fn header(name: HeaderName, value: &str) -> Result<Self, InvalidHeaderValue> {
        let mut value = HeaderValue::from_bytes(value.as_bytes())?;
        value.set_sensitive(true);
        Ok(Self(Kind::Same(Chosen::Header(name, value))))
    }

    /// Whom a backend sees behind a call on behalf of `principal`: `None` where it cannot tell clients
    /// apart, since all have one credential.
    pub(crate) fn whom<'a>(&self, principal: Option<&'a str>) -> Option<&'a str> {
        match &self.0 {
            Kind::Same(_) => None,
            Kind::ByClient(_) => principal,
        }
    }

    /// The credential for a call on behalf of `principal`.
    pub(crate) fn chosen(&self, principal: Option<&str>) -> Result<&Chosen, Fault> {
        match &self.0 {
            Kind::Same(chosen) => Ok(chosen),
            Kind::ByClient(entries) => {
                let entry = principal.and_then(|principal| entries.get(principal));
                entry.ok_or_else(|| {
                    Fault::refused(Failure::new(
                        Code::UpstreamAuthConfig,
                        "the backend's credential depends on the client, and there is none for this one",
                    ))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
