//! Every way in which a caller gets no token. Safe to log and to clone to each waiter: no body, no
//! secret, no URL but that of metadata; of the server's own words only an error code or an issuer that
//! looks like one.

mod metadata;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::definition::DefinitionError;
use crate::signing::SigningError;
use crate::transport::TransportError;

pub use metadata::Metadata;

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The authorization server refuses the credential: someone must mend the configuration.
    #[error(
        "the authorization server refuses the credential: status {status}, error {}{}",
        or_none(server_code.as_ref()),
        Mend(server_code.as_ref())
    )]
    Rejected {
        /// The status of the answer; 200 when a success held an error.
        status: StatusCode,
        /// The server's error code (RFC 6749 §5.2), when it gave one.
        server_code: Option<ErrorCode>,
    },
    /// The token endpoint answers with a redirect, as gatekeepers in front of it do. Never followed.
    #[error("the token endpoint redirects: status {status}, to {}", or_none(host.as_ref()))]
    Redirected {
        /// The status of the answer.
        status: StatusCode,
        /// The host it points to.
        host: Option<Arc<str>>,
    },
    /// The answer cannot be used.
    #[error("the token endpoint's answer cannot be used: {what}")]
    Malformed {
        /// What is wrong with it.
        what: Malformation,
    },
    /// The authorization server cannot be reached, or says that it cannot answer now.
    #[error("the authorization server is unavailable: {cause}")]
    Unavailable {
        /// What was seen.
        cause: Unavailability,
        /// When the next attempt may be made.
        retry_after: Option<Duration>,
    },
    /// The token endpoint could not be discovered.
    #[error("the authorization server's metadata cannot be used: {what}; {metadata}")]
    Discovery {
        /// What is wrong with them.
        what: DiscoveryFault,
        /// Which they are.
        metadata: Arc<Metadata>,
    },
    /// An assertion or a proof cannot be signed; nothing was sent.
    #[error("the key of the credential cannot sign")]
    Signing,
    /// The subject of the call does not fit the grant; nothing was sent.
    #[error("no token can be exchanged: {0}")]
    Subject(#[from] SubjectFault),
    /// The backend rejected a token, and soon after the token that replaced it.
    #[error("the backend rejects this credential's tokens, new ones too")]
    RejectedAgain {
        /// When the next token is fetched.
        retry_after: Option<Duration>,
    },
    /// The caller's deadline passed while it waited.
    #[error("the deadline passed while waiting for a token")]
    Deadline,
    /// The definition may not be used; nothing was sent.
    #[error("the credential's definition may not be used: {0}")]
    Definition(#[from] DefinitionError),
}

/// What a caller does about a [`TokenError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Someone must mend the configuration, here or at the authorization server (502 to a client).
    Configuration,
    /// The authorization server is away; try again later (503).
    Unavailable,
    /// The backend does not accept the tokens that this credential yields (502).
    RejectedByBackend,
    /// The caller's time was up (504).
    Deadline,
}

/// Why the authorization server counts as unavailable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailability {
    /// No answer came.
    #[error("{0}")]
    Transport(TransportError),
    /// It answered that it cannot answer.
    #[error("status {status}, error {}", or_none(server_code.as_ref()))]
    Status {
        /// The status of the answer.
        status: StatusCode,
        /// The server's error code, when it gave one.
        server_code: Option<ErrorCode>,
    },
    /// Another replica fetches for all, and takes too long.
    #[error("another replica is fetching the token")]
    Contended,
    /// The store that replicas share is away, and the only refresh token must not be shown twice.
    #[error("the shared token store, which holds the refresh token, is away")]
    Store,
    /// The runtime that fetches tokens is shut down, or the transport panicked.
    #[error("the fetch was abandoned")]
    Abandoned,
}

/// Why a token is not even asked for on behalf of somebody (RFC 8693).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectFault {
    /// The grant is token exchange, and nobody's token was given.
    #[error("the grant needs a subject token")]
    Missing,
    /// The grant is another one, which yields the same token for everybody.
    #[error("the grant takes no subject token")]
    Unexpected,
    /// The subject's token has expired.
    #[error("the subject token has expired")]
    Expired,
}

/// What is wrong with an authorization server's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryFault {
    /// Not there: a redirect, which is not followed, or a refusal.
    #[error("status {0}")]
    Status(StatusCode),
    /// Not a JSON object, or too long.
    #[error("{0}")]
    Document(Malformation),
    /// The issuer in the document is not the configured one (RFC 8414 §3.3).
    #[error(
        "their issuer is not the configured one, which is compared exactly, trailing slash included"
    )]
    Issuer,
    /// A member that we read is there twice: which one counts is anybody's guess (RFC 8259 §4).
    #[error("they have one of `issuer`, `token_endpoint` and `mtls_endpoint_aliases` twice")]
    Twice,
    /// No `token_endpoint`.
    #[error("they have no token_endpoint")]
    NoTokenEndpoint,
    /// A `token_endpoint` to which no secret may be sent.
    #[error("their token_endpoint is not an https URL")]
    TokenEndpoint,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Malformation {
    /// No body.
    #[error("it is empty")]
    Empty,
    /// A web page, as of a login.
    #[error("it is an HTML page")]
    Html,
    /// Neither a JSON object nor a form.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// No `access_token`, or an empty one.
    #[error("it has no access_token")]
    NoToken,
    /// An `access_token` that is not a string.
    #[error("its access_token is not a string")]
    TokenNotText,
    /// An `access_token` with characters that cannot stand in a header (RFC 6750 §2.1).
    #[error("its access_token holds white space, control or non-ASCII characters")]
    TokenCharacters,
    /// A `DPoP` token, which a bearer credential cannot use (RFC 9449 §5).
    #[error(
        "its token_type is DPoP: set `dpop: true` on the credential, or let the server issue bearer tokens"
    )]
    DpopToken,
    /// A Bearer token where one bound to a key was asked for (RFC 9449 §5).
    #[error(
        "its token_type is not DPoP: remove `dpop: true` from the credential, or let the server bind its tokens"
    )]
    NotDpop,
    /// Another token type than Bearer.
    #[error("its token_type is not Bearer")]
    TokenType,
    /// A body longer than [`BODY_LIMIT`](crate::BODY_LIMIT).
    #[error("it is longer than 1 MiB")]
    TooLarge,
}

/// An error code that the authorization server gave: at most 64 visible ASCII characters, and
/// nothing that holds the client's secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode(Arc<str>);

impl ErrorCode {
    const LONGEST: usize = 64;

    /// The code, unless it is not fit for a log (RFC 6749 §5.2 gives the characters).
    pub(crate) fn new(text: &str) -> Option<Self> {
        let fit = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        let fits = !text.is_empty() && text.len() <= Self::LONGEST && text.bytes().all(fit);
        fits.then(|| Self(text.into()))
    }

    /// What mends a fault that the code alone does not explain.
    pub(crate) fn mend(&self) -> Option<&'static str> {
        match self.as_str() {
            "invalid_dpop_proof" | "use_dpop_nonce" => Some(
                "it wants a DPoP proof: set `dpop: true` on the credential, and check the clock",
            ),
            _ => None,
        }
    }

    /// The code as the server wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TokenError {
    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Rejected { .. }
            | Self::Redirected { .. }
            | Self::Malformed { .. }
            | Self::Discovery { .. }
            | Self::Signing
            | Self::Subject(SubjectFault::Missing | SubjectFault::Unexpected)
            | Self::Definition(_) => Kind::Configuration,
            Self::Unavailable { .. } => Kind::Unavailable,
            // Sent as it is, the subject's token would be rejected by any backend.
            Self::RejectedAgain { .. } | Self::Subject(SubjectFault::Expired) => {
                Kind::RejectedByBackend
            }
            Self::Deadline => Kind::Deadline,
        }
    }

    /// When it is worth asking again, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::RejectedAgain { retry_after } => {
                *retry_after
            }
            Self::Rejected { .. }
            | Self::Redirected { .. }
            | Self::Malformed { .. }
            | Self::Discovery { .. }
            | Self::Signing
            | Self::Subject(_)
            | Self::Definition(_)
            | Self::Deadline => None,
        }
    }

    /// The authorization server's error code, where it gave one.
    #[must_use]
    pub fn server_code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Rejected { server_code, .. }
            | Self::Unavailable {
                cause: Unavailability::Status { server_code, .. },
                ..
            } => server_code.as_ref(),
            _ => None,
        }
    }

    /// The status of the authorization server's answer, where that is what failed.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Rejected { status, .. }
            | Self::Redirected { status, .. }
            | Self::Unavailable {
                cause: Unavailability::Status { status, .. },
                ..
            } => Some(*status),
            _ => None,
        }
    }

    /// The same error, asked for again when `wait` is left until the next attempt.
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        if let Self::Unavailable { retry_after, .. } | Self::RejectedAgain { retry_after } =
            &mut self
        {
            *retry_after = Some(wait);
        }
        self
    }
}

impl From<SigningError> for TokenError {
    fn from(_: SigningError) -> Self {
        Self::Signing
    }
}

/// `; ` and the mend, where there is one.
struct Mend<'a>(Option<&'a ErrorCode>);

impl fmt::Display for Mend<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mend = self.0.and_then(ErrorCode::mend);
        mend.map_or(Ok(()), |mend| write!(formatter, "; {mend}"))
    }
}

fn or_none<T: fmt::Display>(value: Option<&T>) -> &dyn fmt::Display {
    value.map_or(&"none", |value| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_code_is_kept_only_when_it_is_a_plain_token() {
        for (text, kept) in [
            ("invalid_client", true),
            ("urn:error:a", true),
            ("", false),
            ("two words", false),
            ("line\nbreak", false),
            ("quo\"te", false),
            ("back\\slash", false),
            ("неверно", false),
        ] {
            assert_eq!(ErrorCode::new(text).is_some(), kept, "{text}");
        }
        assert!(ErrorCode::new(&"a".repeat(64)).is_some());
        assert!(ErrorCode::new(&"a".repeat(65)).is_none());
    }
}
