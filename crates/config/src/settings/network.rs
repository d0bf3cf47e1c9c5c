//! `network:` as it is written. Paths start at the folder of the configuration file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Secret;

/// How requests leave for their server: private authorities, a client certificate, a proxy. Files are
/// read again when they change.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NetworkSettings {
    /// A file of PEM certificates: authorities that servers are trusted by, besides the system's.
    #[schemars(example = "certificates/hospital-ca.pem")]
    pub(crate) ca: Option<String>,
    /// Trusts the authorities in `ca` alone, and not the system's.
    pub(crate) only_this_ca: bool,
    /// A PEM file with our certificate first, for servers that ask for one. With `client_key`.
    #[schemars(example = "certificates/us.pem")]
    pub(crate) client_certificate: Option<String>,
    /// The PEM file of its private key.
    #[schemars(example = "certificates/us.key")]
    pub(crate) client_key: Option<String>,
    /// What all requests go through. The environment's `HTTP_PROXY` is not looked at.
    pub(crate) proxy: Option<ProxySettings>,
}

/// An HTTP proxy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProxySettings {
    /// Its address, without user name and password.
    #[schemars(example = "http://proxy.example:3128")]
    pub(crate) url: String,
    /// Our name at the proxy. With `password`.
    pub(crate) username: Option<String>,
    /// Our password there.
    pub(crate) password: Option<Secret>,
    /// What is reached directly: hosts with all below them, addresses, ranges of addresses. Loopback
    /// always is.
    #[serde(default)]
    #[schemars(example = ["*.internal", "10.0.0.0/8"])]
    pub(crate) exceptions: Vec<String>,
}
