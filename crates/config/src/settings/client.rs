//! `clients:` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{LimitsSettings, Secret};

/// Someone who may call, with at least one way to show who it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientSettings {
    /// HTTP Basic.
    pub(crate) basic: Option<BasicLoginSettings>,
    /// An API key in a header.
    pub(crate) api_key: Option<ApiKeySettings>,
    /// Several API keys, so that one can be replaced by the next without an interruption.
    #[serde(default)]
    pub(crate) api_keys: Vec<ApiKeySettings>,
    /// What the client may do.
    #[serde(default)]
    #[schemars(example = ["patients.read"])]
    pub(crate) scopes: Vec<String>,
    /// What is taken of this client. Left out: everything.
    pub(crate) limits: Option<LimitsSettings>,
}

/// A user name and the hash of a password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasicLoginSettings {
    /// The user name, without a colon.
    #[schemars(length(min = 1))]
    pub(crate) username: String,
    /// The argon2id hash of the password as a PHC string, as `manifold hash` prints it.
    pub(crate) password_hash: Secret,
}

/// An API key, known by its hash only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeySettings {
    /// The SHA-256 of the key as 64 hexadecimal digits, as `manifold hash` prints it.
    // Whoever writes the key itself here must not see it in a fault.
    #[schemars(length(min = 1), extend("writeOnly" = true))]
    pub(crate) sha256: String,
    /// The header that carries the key.
    #[serde(default = "default_header")]
    pub(crate) header: String,
}

fn default_header() -> String {
    "X-API-Key".to_owned()
}
