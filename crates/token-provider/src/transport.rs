//! The port through which token requests go out. It must not know what a token is.

mod over_reqwest;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use network::ConnectionFault;
use secrecy::SecretString;
use url::Url;

pub use over_reqwest::{ReqwestTransport, TransportBuildError};

/// The longest answer that is read, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Sends token requests.
#[async_trait]
pub trait TokenTransport: Send + Sync {
    /// Posts `request` once, follows no redirect, and reads the answer up to [`BODY_LIMIT`].
    ///
    /// # Errors
    /// When no whole answer came. An answer of any status is not an error.
    ///
    /// # Cancel safety
    /// The future is dropped when the fetch runs out of time; nothing may outlive it.
    async fn post(&self, request: TokenRequest) -> Result<TokenResponse, TransportError>;

    /// Gets a metadata document once, follows no redirect, and reads it up to [`BODY_LIMIT`]. Never
    /// called for definitions that name their token endpoint.
    ///
    /// # Errors
    /// As [`Self::post`].
    ///
    /// # Cancel safety
    /// As [`Self::post`].
    async fn get(&self, request: MetadataRequest) -> Result<TokenResponse, TransportError>;
}

/// A request for a token.
pub struct TokenRequest {
    /// Where to post it.
    pub url: Url,
    /// Its headers; `Authorization` and `DPoP` are marked sensitive.
    pub headers: HeaderMap,
    /// Its form or JSON object, which may hold secrets.
    pub body: SecretString,
    /// How long the whole exchange may take.
    pub timeout: Duration,
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenRequest")
            .field("host", &self.url.host_str())
            // Collected, because the iterator prints values too.
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A request for an authorization server's metadata.
pub struct MetadataRequest {
    /// Where they are.
    pub url: Url,
    /// Its headers; none is a secret.
    pub headers: HeaderMap,
    /// How long the whole exchange may take.
    pub timeout: Duration,
}

impl fmt::Debug for MetadataRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MetadataRequest")
            .field("host", &self.url.host_str())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The answer to a token request, or to one for metadata.
pub struct TokenResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, which may hold a token.
    pub body: Bytes,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("status", &self.status)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why no whole answer came. Holds nothing of the request or the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection, or no secure one: the request has not been sent.
    #[error("{0}")]
    Connection(ConnectionFault),
    /// Not within the time allowed.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke before the answer was whole.
    #[error("the connection broke")]
    Interrupted,
    /// The answer is longer than [`BODY_LIMIT`].
    #[error("the answer is longer than 1 MiB")]
    TooLarge,
}

impl TransportError {
    /// Whether the request never reached the server.
    #[must_use]
    pub const fn is_before_sending(self) -> bool {
        matches!(self, Self::Connection(_))
    }

    /// Whether it may be otherwise a moment later.
    pub(crate) const fn may_pass(self) -> bool {
        match self {
            Self::Connection(fault) => {
                !fault.is_tls()
                    && !matches!(
                        fault,
                        ConnectionFault::ProxyRefuses | ConnectionFault::TimedOut
                    )
            }
            Self::Interrupted => true,
            Self::Timeout | Self::TooLarge => false,
        }
    }
}
