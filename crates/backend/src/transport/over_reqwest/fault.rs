//! What went wrong with a request, and what the operator is told of it.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use network::{ConnectionFault, causes};
use tokio::time::Instant;

use crate::TransportError;

thread_local! {
    // When the log last told of a host that cannot be reached: as many as configuration names.
    static TOLD: RefCell<Vec<(String, Instant)>> = RefCell::default();
}

/// The class of an error; its text is not used, since it quotes the URL.
pub(super) fn classify(error: &reqwest::Error) -> TransportError {
    if let Some(fault) = ConnectionFault::of(error) {
        tell_of(error);
        return TransportError::Connection(fault);
    }
    if error.is_timeout() {
        return TransportError::Silent;
    }
    if error.is_decode() && !causes(error).any(<dyn Error>::is::<hyper::Error>) {
        return TransportError::Encoding;
    }
    TransportError::Reset
}

/// How often the log tells of one host that cannot be reached.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Tells the operator why a connection failed: refused, not resolved, not trusted. The innermost
/// cause is a word of the system's or of TLS; the outer ones quote the URL.
fn tell_of(error: &reqwest::Error) {
    if let (Some(url), Some(cause)) = (error.url(), causes(error).last()) {
        tell(url, &cause);
    }
}

pub(super) fn tell(url: &url::Url, cause: &dyn Display) {
    let host = url.host_str().unwrap_or_default();
    let now = Instant::now();
    let is_news = TOLD.with_borrow_mut(|told| {
        let known = told.iter().position(|(known, _)| known == host);
        match known.and_then(|place| told.get_mut(place)) {
            Some((_, last)) if now < *last + TOLD_EVERY => false,
            Some((_, last)) => {
                *last = now;
                true
            }
            None => {
                told.push((host.to_owned(), now));
                true
            }
        }
    });
    if is_news {
        tracing::warn!(host, %cause, "no connection to a backend");
    }
}
