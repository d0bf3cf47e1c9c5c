//! `credentials:` as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{OAuth2Settings, Secret};

/// How a backend is authorised to: exactly one kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialSettings {
    /// OAuth 2.0: a token is fetched, cached and renewed.
    pub(crate) oauth2: Option<OAuth2Settings>,
    /// A fixed bearer token.
    pub(crate) bearer: Option<Secret>,
    /// HTTP Basic.
    pub(crate) basic: Option<BasicCredentialSettings>,
    /// A key in a header or in the query.
    pub(crate) api_key: Option<ApiKeyCredentialSettings>,
    /// Another credential for each client: the client's name, and that of the credential. For a
    /// client that is not named here nothing is sent, and the call fails.
    #[schemars(example = by_client_example(), extend("writeOnly" = false))]
    pub(crate) by_client: Option<IndexMap<String, String>>,
}

fn by_client_example() -> serde_json::Value {
    serde_json::json!({ "portal": "ehr_portal", "robot": "ehr_robot" })
}

/// HTTP Basic: `username` and `password`, or a ready-made `token`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasicCredentialSettings {
    /// The user name, without a colon.
    pub(crate) username: Option<String>,
    /// The password.
    pub(crate) password: Option<Secret>,
    /// What follows `Basic `, sent as it is.
    pub(crate) token: Option<Secret>,
}

/// A key in a header or in the query.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyCredentialSettings {
    /// The header that carries the key.
    #[schemars(example = "X-Key")]
    pub(crate) header: Option<String>,
    /// The query parameter that carries the key.
    #[schemars(example = &"appid")]
    pub(crate) query: Option<String>,
    /// The key.
    pub(crate) value: Secret,
}
