//! Where the store is and who we are there.

use std::fmt;

use redis::{Client, ConnectionInfo, IntoConnectionInfo, TlsCertificates};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// What the names of all entries begin with, unless the settings say otherwise.
pub const DEFAULT_PREFIX: &str = "manifold";
const LONGEST_PREFIX: usize = 64;
const PLAIN: &str = "redis";
const TLS: &str = "rediss";

/// Where the store is and who we are there.
#[derive(Clone)]
pub struct Settings {
    /// `redis://host:port/database`, or `rediss` for TLS; port 6379 and database 0 when left out.
    pub url: Url,
    /// The user (Redis ACL); `None`: the default user.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<SecretString>,
    /// What the names of all entries begin with: services with different ones share a server and
    /// no entries.
    pub prefix: String,
    /// The authorities that certify the server, PEM; `None`: those of the system.
    pub ca: Option<Vec<u8>>,
}

/// Why settings cannot be used. Holds none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Neither `redis` nor `rediss`.
    #[error("the URL is neither redis:// nor rediss://")]
    Scheme,
    /// Nobody to connect to.
    #[error("the URL has no host")]
    Host,
    /// A user name or password in the URL, where logs and messages show it.
    #[error("the URL holds a user name or a password")]
    UserInformation,
    /// The client would read a meaning into it, such as not to check certificates.
    #[error("the URL has a query or a fragment")]
    QueryOrFragment,
    /// Something else than a number after the host.
    #[error("the URL's path is not the number of a database")]
    Database,
    /// A user name without a password.
    #[error("a user name needs a password")]
    Password,
    /// Empty, long, or not made of letters, digits, `-`, `_`, `.` and `:`.
    #[error("the prefix is not 1 to 64 letters, digits, `-`, `_`, `.` or `:`")]
    Prefix,
    /// Authorities for a connection without TLS.
    #[error("authorities are for rediss:// only")]
    CaWithoutTls,
    /// Not PEM, or without a certificate.
    #[error("the authorities are not PEM certificates")]
    Ca,
}

impl Settings {
    /// The server at `url`, without a password and with [`DEFAULT_PREFIX`].
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            username: None,
            password: None,
            prefix: DEFAULT_PREFIX.to_owned(),
            ca: None,
        }
    }

    /// Whether passwords and sealed entries travel without TLS.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.url.scheme() == PLAIN
    }

    /// Whether a store can be made of them. Connects to nothing.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), SettingsError> {
        self.client().map(drop)
    }

    pub(crate) fn client(&self) -> Result<Client, SettingsError> {
        let info = self.connection_info()?;
        let Some(ca) = &self.ca else {
            return Client::open(info).map_err(|_| SettingsError::Host);
        };
        if self.is_plain() {
            return Err(SettingsError::CaWithoutTls);
        }
        // A list without certificates would be one by which no server is known.
        if !ca.windows(BEGIN.len()).any(|window| window == BEGIN) {
            return Err(SettingsError::Ca);
        }
        let certificates = TlsCertificates {
            client_tls: None,
            root_cert: Some(ca.clone()),
        };
        Client::build_with_tls(info, certificates).map_err(|_| SettingsError::Ca)
    }

    fn connection_info(&self) -> Result<ConnectionInfo, SettingsError> {
        let url = &self.url;
        if ![PLAIN, TLS].contains(&url.scheme()) {
            return Err(SettingsError::Scheme);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(SettingsError::Host);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SettingsError::UserInformation);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(SettingsError::QueryOrFragment);
        }
        let database = url.path().trim_start_matches('/');
        if !database.is_empty() && database.parse::<u16>().is_err() {
            return Err(SettingsError::Database);
        }
        if self.username.is_some() && self.password.is_none() {
            return Err(SettingsError::Password);
        }
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        let length = self.prefix.len();
        if length == 0 || length > LONGEST_PREFIX || !self.prefix.bytes().all(fine) {
            return Err(SettingsError::Prefix);
        }
        // Nothing is left in the URL but where to connect.
        let info = url.clone().into_connection_info();
        let info = info.map_err(|_| SettingsError::Host)?;
        let mut login = info.redis_settings().clone();
        if let Some(username) = &self.username {
            login = login.set_username(username);
        }
        if let Some(password) = &self.password {
            login = login.set_password(password.expose_secret());
        }
        Ok(info.set_redis_settings(login))
    }
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("host", &self.url.host_str())
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
