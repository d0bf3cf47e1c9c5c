//! How a call is authorised: the one place where a secret meets a request.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue, InvalidHeaderValue};
use secrecy::{ExposeSecret, SecretString};
use token_provider::{Token, TokenError, TokenSource};
use tokio::time::Instant;

use crate::Request;

/// A credential ready for use. `Debug` shows the kind only.
pub struct Credential(Kind);

enum Kind {
    None,
    OAuth2(TokenSource),
    Header(HeaderName, HeaderValue),
    Query { name: String, value: SecretString },
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match &self.0 {
            Kind::None => "Credential(none)",
            Kind::OAuth2(_) => "Credential(oauth2)",
            Kind::Header(..) => "Credential(header)",
            Kind::Query { .. } => "Credential(query)",
        })
    }
}

impl Credential {
    /// The backend asks for none.
    #[must_use]
    pub const fn none() -> Self {
        Self(Kind::None)
    }

    /// Tokens from the token provider (RFC 6750 §2.1).
    #[must_use]
    pub const fn oauth2(source: TokenSource) -> Self {
        Self(Kind::OAuth2(source))
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
        Self(Kind::Query { name, value })
    }

    fn header(name: HeaderName, value: &str) -> Result<Self, InvalidHeaderValue> {
        let mut value = HeaderValue::from_bytes(value.as_bytes())?;
        value.set_sensitive(true);
        Ok(Self(Kind::Header(name, value)))
    }

    /// The query parameter that carries a secret, if any: it is stripped from links.
    pub(crate) fn query_name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Query { name, .. } => Some(name),
            Kind::None | Kind::OAuth2(_) | Kind::Header(..) => None,
        }
    }

    /// Puts the credential on `request`; returns the token that was used, where one was.
    pub(crate) async fn authorize(
        &self,
        request: &mut Request,
        deadline: Instant,
    ) -> Result<Option<Token>, TokenError> {
        match &self.0 {
            Kind::None => Ok(None),
            Kind::OAuth2(source) => {
                let token = match source.cached() {
                    Some(token) => token,
                    None => source.token(deadline).await?,
                };
                request
                    .headers
                    .insert(AUTHORIZATION, token.authorization().clone());
                Ok(Some(token))
            }
            Kind::Header(name, value) => {
                request.headers.insert(name.clone(), value.clone());
                Ok(None)
            }
            Kind::Query { name, value } => {
                request
                    .url
                    .query_pairs_mut()
                    .append_pair(name, value.expose_secret());
                Ok(None)
            }
        }
    }

    /// The backend rejected `token`: it is not handed out again.
    pub(crate) fn reject(&self, token: &Token) {
        if let Kind::OAuth2(source) = &self.0 {
            source.reject(token);
        }
    }

    /// Whether `words` hold the secret: as it is, percent-encoded, or as the token that was sent.
    pub(crate) fn is_revealed_by(&self, words: &str, token: Option<&Token>) -> bool {
        let holds = |secret: &str| {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            !secret.is_empty() && (words.contains(secret) || words.contains(&encoded))
        };
        let holds_header = |value: &HeaderValue| {
            let text = value.to_str().unwrap_or_default();
            holds(text.split_once(' ').map_or(text, |(_, secret)| secret))
        };
        match &self.0 {
            Kind::None => false,
            Kind::OAuth2(_) => token.is_some_and(|token| holds_header(token.authorization())),
            Kind::Header(_, value) => holds_header(value),
            Kind::Query { value, .. } => holds(value.expose_secret()),
        }
    }

    /// The backend answered `token` with a login page.
    pub(crate) fn suspect(&self, token: &Token) {
        if let Kind::OAuth2(source) = &self.0 {
            source.suspect(token);
        }
    }
}

#[cfg(test)]
mod tests;
