//! `credentials:` as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Period, Secret, Text};

const DEFAULT_FETCH_TIMEOUT: Period = Period(token_provider::DEFAULT_FETCH_TIMEOUT);
const DEFAULT_LIFETIME: Period = Period(token_provider::DEFAULT_LIFETIME);

/// How a backend is authorised to: exactly one kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialSettings {
    /// OAuth 2.0 client credentials (RFC 6749 §4.4).
    pub(crate) oauth2: Option<OAuth2Settings>,
    /// A fixed bearer token.
    pub(crate) bearer: Option<Secret>,
    /// HTTP Basic.
    pub(crate) basic: Option<BasicCredentialSettings>,
    /// A key in a header or in the query.
    pub(crate) api_key: Option<ApiKeyCredentialSettings>,
}

/// OAuth 2.0: a token is fetched, cached and renewed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuth2Settings {
    /// The token endpoint.
    #[schemars(example = "https://sso.example/realms/hospital/protocol/openid-connect/token")]
    pub(crate) token_url: String,
    /// Our id at the authorization server.
    pub(crate) client_id: String,
    /// Our secret there; not with `authentication: none`.
    pub(crate) client_secret: Option<Secret>,
    /// How we authenticate ourselves at the token endpoint.
    #[serde(default)]
    pub(crate) authentication: AuthenticationSettings,
    /// How id and secret are written for `client_secret_basic`.
    pub(crate) encoding: Option<EncodingSettings>,
    /// Scopes to ask for; with none, no `scope` is sent.
    #[serde(default)]
    #[schemars(example = ["system/Patient.rs"])]
    pub(crate) scopes: Vec<String>,
    /// The `audience` parameter, sent as it is.
    pub(crate) audience: Option<String>,
    /// The `resource` parameters, sent as they are (RFC 8707).
    #[serde(default)]
    pub(crate) resources: Vec<String>,
    /// Further parameters of the token request.
    #[serde(default)]
    pub(crate) parameters: IndexMap<String, Text>,
    /// How long one fetch may take, its retries included.
    #[serde(default = "default_fetch_timeout")]
    pub(crate) timeout: Period,
    /// How long a token is taken to live when the server does not say.
    #[serde(default = "default_lifetime")]
    pub(crate) default_lifetime: Period,
    /// Allows a plain http token endpoint that is not on this machine: the secret can then be read
    /// on the way.
    #[serde(default)]
    pub(crate) allow_plain_http: bool,
}

fn default_fetch_timeout() -> Period {
    DEFAULT_FETCH_TIMEOUT
}

fn default_lifetime() -> Period {
    DEFAULT_LIFETIME
}

/// How we authenticate ourselves at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline, extend("type" = "string"))]
pub(crate) enum AuthenticationSettings {
    // One-line variants keep the schema a plain `enum`.
    #[default]
    ClientSecretBasic,
    ClientSecretPost,
    None,
}

/// How id and secret are written for `client_secret_basic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum EncodingSettings {
    FormUrlencoded,
    Raw,
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
