//! The port to HTTP: one request out, a head and a stream of body chunks in.
//!
//! A trait so that tests pause time over a fake, and so that a leaner client can be measured
//! beside the default one.

mod over_reqwest;
mod silence;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::{HeaderMap, Method, StatusCode};
use network::ConnectionFault;
use url::Url;

pub use over_reqwest::{ReqwestTransport, TransportSettings, install_crypto_provider};

/// One HTTP request. `Debug` shows no header and no query: both may hold a secret.
pub struct Request {
    /// The method.
    pub method: Method,
    /// Absolute.
    pub url: Url,
    /// All headers but those of the connection.
    pub headers: HeaderMap,
    /// `Content-Length` is sent for `Some`, empty or not (B18).
    pub body: Option<Bytes>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Request({} {:?})",
            self.method,
            self.url.host_str()
        )
    }
}

/// The chunks of a body, content encoding removed.
pub type Body = BoxStream<'static, Result<Bytes, TransportError>>;

/// The head of an answer, and its body still to come.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers, names in lower case.
    pub headers: HeaderMap,
    /// The body. Dropping it gives the connection up.
    pub body: Body,
}

/// Sends requests. Never follows a redirect, never repeats a request that may have been seen.
pub trait Transport: Send + Sync {
    /// Sends `request` and returns when the head of the answer is there.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the request; it may have been seen.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;
}

/// Why there is no (whole) answer. A closed set: no text of a library, which may quote a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or no secure one: the request has not been seen.
    #[error("{0}")]
    Connection(ConnectionFault),
    /// The connection broke, or what came over it is not HTTP: the request may have been seen.
    #[error("the connection broke")]
    Reset,
    /// The backend was silent for longer than the read timeout.
    #[error("the backend was silent for too long")]
    Silent,
    /// The body's content encoding is broken.
    #[error("the body's encoding is broken")]
    Encoding,
}

impl TransportError {
    /// Whether the request cannot have been seen by the backend.
    #[must_use]
    pub const fn before_sending(self) -> bool {
        matches!(self, Self::Connection(_))
    }
}

#[cfg(test)]
mod tests;
