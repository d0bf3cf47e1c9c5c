//! What an error of the HTTP client means, by its causes. Their text quotes the URL and is not kept.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use rustls::CertificateError as Fault;

use crate::transport::TransportError;

pub(super) fn classify(error: &reqwest::Error) -> TransportError {
    // A handshake may run out of time too.
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    if let Some(found) = causes(error).find_map(<dyn Error>::downcast_ref) {
        return of_tls(found);
    }
    if error.is_connect() {
        return of_connection(error);
    }
    TransportError::Interrupted
}

fn of_tls(error: &rustls::Error) -> TransportError {
    match error {
        rustls::Error::InvalidCertificate(Fault::UnknownIssuer | Fault::BadSignature) => {
            TransportError::UnknownAuthority
        }
        rustls::Error::InvalidCertificate(
            Fault::Expired
            | Fault::ExpiredContext { .. }
            | Fault::NotValidYet
            | Fault::NotValidYetContext { .. },
        ) => TransportError::CertificateExpired,
        rustls::Error::InvalidCertificate(
            Fault::NotValidForName | Fault::NotValidForNameContext { .. },
        ) => TransportError::OtherHost,
        rustls::Error::AlertReceived(_) => TransportError::TlsRefused,
        _ => TransportError::Tls,
    }
}

/// The client's own errors, for names and for tunnels, have types of their own that it keeps to
/// itself, but not their text.
fn of_connection(error: &reqwest::Error) -> TransportError {
    for cause in causes(error) {
        if let Some(found) = cause.downcast_ref::<io::Error>() {
            match found.kind() {
                ErrorKind::ConnectionRefused => return TransportError::Refused,
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                    return TransportError::Unreachable;
                }
                _ => {}
            }
        }
        match cause.to_string().as_str() {
            "dns error" => return TransportError::Unresolved,
            "tunnel error: proxy authorization required" => return TransportError::ProxyRefuses,
            "tunnel error: unsuccessful" => return TransportError::Tunnel,
            _ => {}
        }
    }
    TransportError::Connect
}

/// What an error wraps, outermost first. An `io::Error` passes over that when it is asked for its
/// source, and rustls's errors travel inside one.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    successors(error.source(), |error| {
        let error: &(dyn Error + 'static) = *error;
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|wrapped| -> &(dyn Error + 'static) { wrapped })
            .or_else(|| error.source())
    })
}
