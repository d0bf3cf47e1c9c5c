//! The port to the backends: what a call hands over, owned, so that a write can outlive its request.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Method};
use tokio::time::Instant;

use crate::{Effect, Outcome, Reading, Trace};

/// A call's request with every value in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The HTTP method.
    pub method: Method,
    /// Below the backend's URL, percent-encoded, beginning with `/`.
    pub path: String,
    /// Percent-encoded, without the `?`; may be empty.
    pub query: String,
    /// Besides the backend's own.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// JSON.
    pub body: Option<Bytes>,
}

/// One call on its way to its backend.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Index into the revision's backends.
    pub backend: usize,
    /// What to send.
    pub request: Prepared,
    /// Whether it may change something.
    pub effect: Effect,
    /// One answer or pages.
    pub reading: Reading,
    /// Statuses that mean that the thing does not exist.
    pub absent: Arc<[u16]>,
    /// When to stop trying. The orchestration stops waiting by itself; this is for waits inside
    /// (a token) and for writes nobody waits for any more.
    pub deadline: Instant,
    /// Sent on to the backend.
    pub trace: Arc<Trace>,
    /// On whose behalf: see [`Inputs::principal`](crate::Inputs::principal). Never sent.
    pub principal: Option<Arc<str>>,
}

/// Sends one call to its backend and says how it ended.
///
/// The future is dropped to cancel a read and is never dropped before its end for a write. It never
/// panics for anything a backend sends.
pub trait Backends: Send + Sync {
    /// Performs `exchange`. A read's outcome is never [`Outcome::Unknown`].
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome>;
}
