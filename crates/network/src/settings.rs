//! What a network is: data that any configuration format can fill.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::NetworkError;
use crate::material::Material;
use crate::proxy;

/// How outgoing requests are secured and routed. The default is: the system's authorities, no client
/// certificate, no proxy.
#[derive(Clone, Default)]
pub struct Settings {
    /// A file of PEM certificates: authorities that servers are trusted by, besides the system's.
    pub ca: Option<PathBuf>,
    /// The authorities of `ca` alone are trusted, the system's are not.
    pub only_this_ca: bool,
    /// What we show to servers that ask for a certificate (RFC 8446 §4.3.2, RFC 8705).
    pub client: Option<ClientCertificate>,
    /// What all requests go through, but for its exceptions.
    pub proxy: Option<Proxy>,
}

/// A certificate of ours and its key, in files.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientCertificate {
    /// PEM: our certificate first, then those that lead to an authority.
    pub certificate: PathBuf,
    /// PEM: its private key, not encrypted (PKCS #8, PKCS #1 or SEC 1). May be the same file.
    pub key: PathBuf,
}

/// An HTTP proxy. To `https` a tunnel is asked for (CONNECT, RFC 9110 §9.3.6), so that it sees no more
/// than host and port; `http` requests are handed to it whole.
#[derive(Clone)]
pub struct Proxy {
    /// `http://host:port`, or `https://` when the proxy itself speaks TLS; without user information,
    /// path and query.
    pub url: Url,
    /// Name and password for Basic authentication, shown to the proxy alone.
    pub credentials: Option<(String, SecretString)>,
    /// What is reached directly, as in `NO_PROXY`: hosts with all hosts below them (`internal`,
    /// `.internal` and `*.internal` are the same), addresses, CIDR ranges, or `*`. Names are not
    /// resolved to be compared with ranges. Loopback is always reached directly.
    pub exceptions: Vec<String>,
}

impl Settings {
    /// Whether nothing is set: such settings need no network.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Everything that is wrong with the settings and their files now; empty when they can be used.
    /// Reads the files.
    #[must_use]
    pub fn faults(&self) -> Vec<NetworkError> {
        let mut faults = Material::faults(self);
        faults.extend(self.proxy.as_ref().and_then(|one| proxy::check(one).err()));
        if faults.is_empty() {
            faults.extend(Material::read(self, 0).err());
        }
        faults
    }

    /// What tells these settings from all others, the proxy's password included; the contents of
    /// files are not part of it. For keys of caches and not to be shown to anybody.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        crate::fingerprint::of(self)
    }
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

impl Eq for Settings {}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("ca", &self.ca)
            .field("only_this_ca", &self.only_this_ca)
            .field("client", &self.client)
            .field("proxy", &self.proxy)
            .finish()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Proxy")
            .field("host", &self.url.host_str())
            .field("port", &self.url.port_or_known_default())
            .field("authenticated", &self.credentials.is_some())
            .field("exceptions", &self.exceptions)
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// Name and password as they are sent, for those who must hash or encode them.
    pub(crate) fn exposed(&self) -> Option<(&str, &str)> {
        self.credentials
            .as_ref()
            .map(|(username, password)| (username.as_str(), password.expose_secret()))
    }
}
