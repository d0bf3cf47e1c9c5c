//! Why there is no connection, read from the causes of the HTTP client's error. Their text may quote a
//! URL and is not kept.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use rustls::{AlertDescription as Alert, CertificateError};

/// Why there is no connection, or no secure one: nothing of the request has been acted on. A closed
/// set, in words that logs may hold; nothing of the request, the address or the other side's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ConnectionFault {
    /// The host has no address, or nobody can be asked for it.
    #[error("no connection: the host's name cannot be resolved")]
    Unresolved,
    /// Nobody listens there, or a firewall says so.
    #[error("no connection: it is refused")]
    Refused,
    /// There is no way to the address.
    #[error("no connection: the host or its network cannot be reached")]
    Unreachable,
    /// Not within the time allowed for it.
    #[error("no connection in time")]
    TimedOut,
    /// The other side ended it before it stood.
    #[error("no connection: it broke while it was made")]
    Broken,
    /// The proxy wants another name or password (407).
    #[error("no connection: the proxy refuses our name or password")]
    ProxyRefuses,
    /// The proxy makes no tunnel to the server.
    #[error("no connection: the proxy makes none to the server")]
    Tunnel,
    /// Nobody whom we trust vouches for the server.
    #[error("the TLS handshake failed: the server's certificate is of an unknown authority")]
    UnknownAuthority,
    /// The server's certificate has expired, or is not valid yet.
    #[error(
        "the TLS handshake failed: the server's certificate has expired, or one of the clocks is wrong"
    )]
    CertificateExpired,
    /// The server proves itself, as somebody else.
    #[error("the TLS handshake failed: the server's certificate is for another host")]
    OtherHost,
    /// The server does not take our certificate, or wants one where there is none.
    #[error("the TLS handshake failed: the server refuses our certificate, or wants one")]
    ClientCertificate,
    /// The server ended the handshake, as some do for want of a client certificate.
    #[error("the TLS handshake failed: the server ended it")]
    TlsRefused,
    /// What answers there is no TLS server.
    #[error("the TLS handshake failed: what answers does not speak TLS")]
    NotTls,
    /// The TLS handshake failed, for none of the reasons that have a name here.
    #[error("the TLS handshake failed")]
    Tls,
    /// No connection, for none of the reasons that have a name here.
    #[error("no connection")]
    Other,
}

impl ConnectionFault {
    /// What an error of the HTTP client says of the connection; `None` when there was one, whatever
    /// became of it.
    #[must_use]
    pub fn of(error: &reqwest::Error) -> Option<Self> {
        let tls = causes(error).find_map(<dyn Error>::downcast_ref);
        if error.is_connect() {
            return Some(match tls {
                Some(tls) => Self::of_tls(tls),
                None if error.is_timeout() => Self::TimedOut,
                None if error.is_dns() => Self::Unresolved,
                None => Self::of_socket(error),
            });
        }
        // In TLS 1.3 a server refuses our certificate after we could begin to send, and before it reads
        // what we sent (RFC 8446 §4.4.2.4, §6.2). Any other alert may come after it has acted.
        match tls {
            Some(rustls::Error::AlertReceived(alert)) if is_of_certificate(*alert) => {
                Some(Self::ClientCertificate)
            }
            _ => None,
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        use CertificateError as Fault;
        match error {
            rustls::Error::InvalidCertificate(Fault::UnknownIssuer | Fault::BadSignature) => {
                Self::UnknownAuthority
            }
            rustls::Error::InvalidCertificate(
                Fault::Expired
                | Fault::ExpiredContext { .. }
                | Fault::NotValidYet
                | Fault::NotValidYetContext { .. },
            ) => Self::CertificateExpired,
            rustls::Error::InvalidCertificate(
                Fault::NotValidForName | Fault::NotValidForNameContext { .. },
            ) => Self::OtherHost,
            rustls::Error::AlertReceived(alert) if is_of_certificate(*alert) => {
                Self::ClientCertificate
            }
            rustls::Error::AlertReceived(_) => Self::TlsRefused,
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            _ => Self::Tls,
        }
    }

    fn of_socket(error: &reqwest::Error) -> Self {
        causes(error)
            .find_map(|cause| match cause.downcast_ref::<io::Error>() {
                Some(found) => Self::of_kind(found.kind()),
                None => Self::of_tunnel(cause),
            })
            .unwrap_or(Self::Other)
    }

    fn of_kind(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::ConnectionRefused => Some(Self::Refused),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Some(Self::Unreachable),
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => Some(Self::Broken),
            _ => None,
        }
    }

    /// The client keeps the type of these errors to itself, but not their text.
    fn of_tunnel(cause: &(dyn Error + 'static)) -> Option<Self> {
        match cause.to_string().as_str() {
            "tunnel error: proxy authorization required" => Some(Self::ProxyRefuses),
            "tunnel error: unsuccessful" | "tunnel error: unexpected end of file" => {
                Some(Self::Tunnel)
            }
            _ => None,
        }
    }

    /// Whether there was a connection and no TLS over it.
    #[must_use]
    pub const fn is_tls(self) -> bool {
        match self {
            Self::UnknownAuthority
            | Self::CertificateExpired
            | Self::OtherHost
            | Self::ClientCertificate
            | Self::TlsRefused
            | Self::NotTls
            | Self::Tls => true,
            Self::Unresolved
            | Self::Refused
            | Self::Unreachable
            | Self::TimedOut
            | Self::Broken
            | Self::ProxyRefuses
            | Self::Tunnel
            | Self::Other => false,
        }
    }
}

/// Whether an alert is about our certificate, or the want of one (RFC 8446 §6.2).
fn is_of_certificate(alert: Alert) -> bool {
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::DecryptError
            | Alert::AccessDenied
    )
}

/// What an error of the HTTP client wraps, outermost first: the last one is a word of the system's or of
/// TLS, while outer ones quote the URL. An `io::Error` passes over what it wraps when it is asked for
/// its source, and rustls's errors travel inside one.
pub fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
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
