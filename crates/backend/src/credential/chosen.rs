//! One credential at work: it meets a request, and hears what became of it.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use token_provider::{Token, TokenError, TokenSource};
use tokio::time::Instant;
use url::Url;

use super::renewal::Renewals;
use crate::Request;

/// The header in which a server gives a nonce for proofs (RFC 9449 §8.1).
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The credential of one call.
pub(crate) enum Chosen {
    None,
    OAuth2(OAuth2),
    Header(HeaderName, HeaderValue),
    Query { name: String, value: SecretString },
}

/// Tokens, and what became of those that this backend did not take.
pub(crate) struct OAuth2 {
    source: TokenSource,
    /// After rejections, and after login pages: a page that stays says nothing of the token.
    rejections: Renewals,
    pages: Renewals,
}

/// Why a token may be bad.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The backend says so.
    Rejected,
    /// Somebody before it wants a person to log in, or is being maintained.
    LoginPage,
}

impl OAuth2 {
    pub(super) fn new(source: TokenSource) -> Self {
        Self {
            source,
            rejections: Renewals::default(),
            pages: Renewals::default(),
        }
    }
}

impl Chosen {
    /// The query parameter that carries a secret, if any: it is stripped from links.
    pub(crate) fn query_name(&self) -> Option<&str> {
        match self {
            Self::Query { name, .. } => Some(name),
            Self::None | Self::OAuth2(_) | Self::Header(..) => None,
        }
    }

    /// Puts the credential on `request`, which is to be sent once; returns the token that was used,
    /// where one was.
    pub(crate) async fn authorize(
        &self,
        request: &mut Request,
        deadline: Instant,
    ) -> Result<Option<Token>, TokenError> {
        match self {
            Self::None => Ok(None),
            Self::OAuth2(OAuth2 { source, .. }) => {
                let token = match source.cached() {
                    Some(token) => token,
                    // Boxed: a call that finds a token does not carry the wait for one.
                    None => Box::pin(source.token(deadline)).await?,
                };
                token.authorize(&request.method, &request.url, &mut request.headers)?;
                Ok(Some(token))
            }
            Self::Header(name, value) => {
                request.headers.insert(name.clone(), value.clone());
                Ok(None)
            }
            Self::Query { name, value } => {
                request
                    .url
                    .query_pairs_mut()
                    .append_pair(name, value.expose_secret());
                Ok(None)
            }
        }
    }

    /// Gives `token` up for a new one, unless that has not helped a moment ago.
    pub(crate) fn give_up(&self, token: &Token, doubt: Doubt) -> bool {
        let Self::OAuth2(tokens) = self else {
            return false;
        };
        let renewals = match doubt {
            Doubt::Rejected => &tokens.rejections,
            Doubt::LoginPage => &tokens.pages,
        };
        if !renewals.may_help(token) {
            return false;
        }
        renewals.begin(token);
        match doubt {
            Doubt::Rejected => tokens.source.reject(token),
            Doubt::LoginPage => tokens.source.suspect(token),
        }
        true
    }

    /// The backend took `token`.
    pub(crate) fn accepted(&self, token: &Token) {
        if let Self::OAuth2(tokens) = self {
            tokens.rejections.succeeded();
            tokens.pages.succeeded();
        }
        token.accepted();
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
        match self {
            Self::None => false,
            Self::OAuth2(_) => token.is_some_and(|token| holds_header(token.authorization())),
            Self::Header(_, value) => holds_header(value),
            Self::Query { value, .. } => holds(value.expose_secret()),
        }
    }
}

/// Takes the nonce that an answer from `url` brings, for all further proofs (RFC 9449 §8.2, §9);
/// answers whether it brings one. Nothing is looked for when `token` needs no proofs.
pub(crate) fn note_nonce(token: Option<&Token>, url: &Url, headers: &HeaderMap) -> bool {
    let Some(token) = token.filter(|token| token.is_bound()) else {
        return false;
    };
    let Some(nonce) = headers.get(NONCE) else {
        return false;
    };
    // Whether it is new says nothing here: another call may have been given the same one meanwhile.
    let _ = token.note_nonce(url, nonce);
    true
}
