//! The port to the backends: what a call hands over, owned, so that a write can outlive its request.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Method};
use tokio::time::Instant;

use crate::{Attempts, Effect, Expect, Outcome, Trace};

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
    /// The body; apart, since most requests have none and every request is moved several times.
    pub body: Option<Box<Payload>>,
    /// Where in `path` the id of the resource stands that the answer must be; empty: nowhere.
    pub id: Range<u32>,
    /// Where in `path` its version stands; empty: nowhere.
    pub version: Range<u32>,
}

/// The body of a request.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payload {
    /// `Content-Type`.
    pub media_type: HeaderValue,
    /// The bytes.
    pub bytes: Bytes,
}

impl std::fmt::Debug for Payload {
    /// Without the bytes: they may be a patient's.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Payload({} bytes)", self.bytes.len())
    }
}

impl Prepared {
    /// The id of the resource that the answer must be.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.place(&self.id)
    }

    /// The version of the resource that the answer must be.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.place(&self.version)
    }

    /// Ids and versions need no percent-encoding: what stands in the path is the value.
    fn place(&self, range: &Range<u32>) -> Option<&str> {
        let place = self.path.get(range.start as usize..range.end as usize)?;
        Some(place).filter(|text| !text.is_empty())
    }
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
    /// What its answer must be and how it is read.
    pub expect: Arc<Expect>,
    /// When to stop trying. The orchestration stops waiting by itself; this is for waits inside
    /// (a token) and for writes nobody waits for any more.
    pub deadline: Instant,
    /// What the call has that waits for nothing before it is sent: its own time, or all of the
    /// endpoint's where that is less. A deadline that leaves less of it says nothing about the backend.
    pub full_time: Duration,
    /// Sent on to the backend.
    pub trace: Arc<Trace>,
    /// On whose behalf: see [`Inputs::principal`](crate::Inputs::principal). Never sent.
    pub principal: Option<Arc<str>>,
    /// Where each request that is sent is noted; `None`: nobody wants to know.
    pub attempts: Option<Arc<Attempts>>,
}

/// Sends one call to its backend and says how it ended.
///
/// The future is dropped to cancel a read and is never dropped before its end for a write. It never
/// panics for anything a backend sends.
pub trait Backends: Send + Sync {
    /// Performs `exchange`. A read's outcome is never [`Outcome::Unknown`].
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome>;
}

#[cfg(test)]
mod tests {
    use super::Payload;

    #[test]
    fn a_payloads_debug_hides_its_bytes() {
        let payload = Payload {
            media_type: http::HeaderValue::from_static("text/plain"),
            bytes: "MRN-1".into(),
        };
        assert_eq!(format!("{payload:?}"), "Payload(5 bytes)");
    }
}
