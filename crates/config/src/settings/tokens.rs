//! `tokens:` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;
use token_store_redis::DEFAULT_PREFIX;

use super::Secret;

/// Where the tokens of all `oauth2` credentials are kept. Read when the process starts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TokensSettings {
    /// What several replicas of the service share, so that one of them fetches a token and the
    /// others take it from there. Left out: each replica keeps its own, in memory. While the store
    /// is away, likewise.
    pub(crate) store: Option<StoreSettings>,
}

/// A server that speaks Redis' protocol.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreSettings {
    /// Where it is: `redis://host:port/database`, or `rediss` for TLS.
    #[schemars(example = "rediss://redis.example:6379/0")]
    pub(crate) redis: String,
    /// Our user there. Left out: the default user.
    pub(crate) username: Option<String>,
    /// Our password there.
    pub(crate) password: Option<Secret>,
    /// The authorities that certify it, as PEM text. Left out: those of the system.
    #[schemars(example = "${file:certificates/redis-ca.pem}")]
    pub(crate) ca: Option<String>,
    /// What entries are sealed with, the same in all replicas: 32 random bytes in base64 or
    /// hexadecimal, as `openssl rand -base64 32` prints them.
    pub(crate) encryption_key: Secret,
    /// What the names of all entries begin with: services that share a server and no tokens have
    /// different ones.
    #[serde(default = "default_prefix")]
    pub(crate) prefix: String,
}

fn default_prefix() -> String {
    DEFAULT_PREFIX.to_owned()
}
