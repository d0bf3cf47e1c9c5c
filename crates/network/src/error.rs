//! What can be wrong with a network's settings and files: what, where and how to mend it. Never what
//! a file holds.

use std::path::PathBuf;

/// Settings or a file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The file cannot be read.
    #[error(
        "{member} `{file}` cannot be read: {reason}; the service's user needs to be able to read it"
    )]
    Unreadable {
        /// Which setting names it.
        member: Member,
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        reason: std::io::Error,
    },
    /// A folder, a pipe, a device: to read it may take for ever.
    #[error("{member} `{file}` is not a regular file; name the file itself")]
    NotAFile {
        /// Which setting names it.
        member: Member,
        /// The file.
        file: PathBuf,
    },
    /// The file is too long to be what it should be.
    #[error("{member} `{file}` is longer than 4 MiB; is it the right file?")]
    TooLong {
        /// Which setting names it.
        member: Member,
        /// The file.
        file: PathBuf,
    },
    /// The file is not PEM, or is damaged.
    #[error(
        "{member} `{file}` is no whole PEM file; a DER file becomes one by `openssl x509 -inform der`"
    )]
    NotPem {
        /// Which setting names it.
        member: Member,
        /// The file.
        file: PathBuf,
    },
    /// The file holds no certificate.
    #[error("{member} `{file}` holds no certificate; it needs `-----BEGIN CERTIFICATE-----`")]
    NoCertificate {
        /// Which setting names it.
        member: Member,
        /// The file.
        file: PathBuf,
    },
    /// A certificate cannot be used.
    #[error("{member} `{file}`: certificate {number} cannot be used; take it out or get it anew")]
    Certificate {
        /// Which setting names it.
        member: Member,
        /// The file.
        file: PathBuf,
        /// Which one, counted from 1.
        number: usize,
    },
    /// The file holds no private key.
    #[error("client_key `{file}` holds no private key; it needs `-----BEGIN PRIVATE KEY-----`")]
    NoKey {
        /// The file.
        file: PathBuf,
    },
    /// The private key is encrypted.
    #[error("client_key `{file}` is encrypted; decrypt it with `openssl pkey`")]
    EncryptedKey {
        /// The file.
        file: PathBuf,
    },
    /// The private key is of a kind that is not supported, or damaged.
    #[error(
        "client_key `{file}` cannot be used; RSA from 2048 bits, P-256, P-384, P-521 and Ed25519 can"
    )]
    Key {
        /// The file.
        file: PathBuf,
    },
    /// The key is that of another certificate.
    #[error(
        "client_key `{key}` is not the key of client_certificate `{certificate}`, whose first certificate must be our own"
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// `only_this_ca` without `ca`.
    #[error("only_this_ca needs a `ca`; without one no server would be trusted")]
    NoAuthority,
    /// The proxy's URL cannot be used.
    #[error("the proxy's url {0}; it is `http://host:port` or `https://host:port`")]
    ProxyUrl(&'static str),
    /// The proxy's name or password cannot be used.
    #[error("the proxy's {0}")]
    ProxyCredentials(&'static str),
    /// An exception of the proxy cannot be used.
    #[error("the proxy's exception `{0}` is no host, `*.domain`, address, CIDR range or `*`")]
    ProxyException(String),
    /// The HTTP client refuses what was checked before.
    #[error(
        "no HTTP client can be built from the network's settings and the system's certificates"
    )]
    Client(#[source] reqwest::Error),
}

/// The setting that a fault lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// `ca`.
    Ca,
    /// `only_this_ca`.
    OnlyThisCa,
    /// `client_certificate`.
    ClientCertificate,
    /// `client_key`.
    ClientKey,
    /// `proxy.url`.
    ProxyUrl,
    /// `proxy.username` and `proxy.password`.
    ProxyCredentials,
    /// `proxy.exceptions`.
    ProxyExceptions,
}

impl Member {
    /// The setting's name; within `proxy` for the last three.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::OnlyThisCa => "only_this_ca",
            Self::ClientCertificate => "client_certificate",
            Self::ClientKey => "client_key",
            Self::ProxyUrl => "url",
            Self::ProxyCredentials => "username",
            Self::ProxyExceptions => "exceptions",
        }
    }
}

impl std::fmt::Display for Member {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl NetworkError {
    /// The setting that the fault lies in; `None` when it is not one alone.
    #[must_use]
    pub const fn member(&self) -> Option<Member> {
        match self {
            Self::Unreadable { member, .. }
            | Self::NotAFile { member, .. }
            | Self::TooLong { member, .. }
            | Self::NotPem { member, .. }
            | Self::NoCertificate { member, .. }
            | Self::Certificate { member, .. } => Some(*member),
            Self::NoKey { .. }
            | Self::EncryptedKey { .. }
            | Self::Key { .. }
            | Self::Mismatch { .. } => Some(Member::ClientKey),
            Self::NoAuthority => Some(Member::OnlyThisCa),
            Self::ProxyUrl(_) => Some(Member::ProxyUrl),
            Self::ProxyCredentials(_) => Some(Member::ProxyCredentials),
            Self::ProxyException(_) => Some(Member::ProxyExceptions),
            Self::Client(_) => None,
        }
    }
}
