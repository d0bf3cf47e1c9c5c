//! What went wrong with a request, and what the operator is told of it.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use rustls::AlertDescription;
use tokio::time::Instant;

use crate::TransportError;

thread_local! {
    // When the log last told of a host that cannot be reached: as many as configuration names.
    static TOLD: RefCell<Vec<(String, Instant)>> = RefCell::default();
}

/// The class of an error; its text is not used, since it quotes the URL.
pub(super) fn classify(error: &reqwest::Error) -> TransportError {
    // Once there is a connection, TLS can still break; by then the request may have been seen.
    if error.is_connect() {
        tell_of(error);
        return if has_source::<rustls::Error>(error) {
            TransportError::Tls
        } else {
            TransportError::Connect
        };
    }
    if error.is_timeout() {
        return TransportError::Silent;
    }
    if refuses_certificate(error) {
        tell_of(error);
        return TransportError::Tls;
    }
    if error.is_decode() && !has_source::<hyper::Error>(error) {
        return TransportError::Encoding;
    }
    TransportError::Reset
}

/// How often the log tells of one host that cannot be reached.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Tells the operator why a connection failed: refused, not resolved, not trusted. The innermost
/// cause is a word of the system's or of TLS; the outer ones quote the URL.
fn tell_of(error: &reqwest::Error) {
    let mut cause: &dyn Error = error;
    while let Some(inner) = inner_of(cause) {
        cause = inner;
    }
    if let Some(url) = error.url() {
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

/// Whether the other side ended the handshake because of our certificate, or for want of one. In TLS
/// 1.3 that comes after we could begin to send, and before it reads what we sent (RFC 8446 §4.4.2.4,
/// §6.2).
fn refuses_certificate(error: &reqwest::Error) -> bool {
    use AlertDescription as Alert;
    matches!(
        find_source(error),
        Some(rustls::Error::AlertReceived(
            Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::DecryptError
                | Alert::AccessDenied
        ))
    )
}

fn has_source<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    find_source::<E>(error).is_some()
}

fn find_source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = inner_of(error);
    }
    None
}

/// What an error wraps. An `io::Error` passes over that when it is asked for its source, and rustls's
/// errors travel inside one.
fn inner_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    wrapped
        .map(|wrapped| -> &(dyn Error + 'static) { wrapped })
        .or_else(|| error.source())
}
