//! What went wrong with a request.

use std::error::Error;

use network::{ConnectionFault, causes};

use crate::TransportError;

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

/// Tells in detail why a connection failed: the innermost cause is a word of the system's or of TLS; the
/// outer ones quote the URL. Whose backend it is, and that it is news, is told by the backend.
fn tell_of(error: &reqwest::Error) {
    if let (Some(url), Some(cause)) = (error.url(), causes(error).last()) {
        let host = url.host_str().unwrap_or_default();
        tracing::debug!(host, port = url.port_or_known_default(), %cause, "a connection failed");
    }
}
