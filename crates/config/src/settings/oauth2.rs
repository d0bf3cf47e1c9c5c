//! `oauth2:` of a credential as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{NetworkSettings, Period, Secret, Text};

const DEFAULT_FETCH_TIMEOUT: Period = Period(token_provider::DEFAULT_FETCH_TIMEOUT);
const DEFAULT_LIFETIME: Period = Period(token_provider::DEFAULT_LIFETIME);
const DEFAULT_ASSERTION_LIFE: Period = Period(token_provider::DEFAULT_ASSERTION_LIFE);

/// OAuth 2.0: a token is fetched, cached and renewed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuth2Settings {
    /// The token endpoint. Beside it no metadata are asked for, and `issuer` is only what
    /// `assertion_audience: issuer` stands for.
    #[schemars(example = "https://sso.example/realms/hospital/protocol/openid-connect/token")]
    pub(crate) token_url: Option<String>,
    /// The authorization server, whose metadata name the token endpoint. Compared with what they say
    /// to the letter, trailing slash included. With `discovery: smart` the base URL of the FHIR server.
    #[schemars(example = "https://sso.example/realms/hospital")]
    pub(crate) issuer: Option<String>,
    /// Which metadata of `issuer` are read: those of OIDC Discovery (left out), of OAuth 2.0
    /// (RFC 8414), or of SMART App Launch.
    pub(crate) discovery: Option<DiscoverySettings>,
    /// How tokens are obtained.
    #[serde(default)]
    pub(crate) grant: GrantSettings,
    /// Our id at the authorization server. May be left out for `grant: jwt_bearer` with
    /// `authentication: none`.
    #[schemars(example = &"manifold")]
    pub(crate) client_id: Option<String>,
    /// Our secret there, for the authentications whose names begin with `client_secret`.
    pub(crate) client_secret: Option<Secret>,
    /// How we authenticate ourselves at the token endpoint.
    #[serde(default)]
    pub(crate) authentication: AuthenticationSettings,
    /// How id and secret are written for `client_secret_basic`.
    pub(crate) encoding: Option<EncodingSettings>,
    /// For `client_secret_json`: members that are called otherwise than their parameters.
    #[serde(default)]
    #[schemars(example = fields_example(), extend("writeOnly" = false))]
    pub(crate) fields: IndexMap<String, String>,
    /// The private key that signs assertions: PEM, or a JWK.
    pub(crate) private_key: Option<Secret>,
    /// The file of the private key, instead of `private_key`: read again when it changes.
    #[schemars(example = "keys/hospital.pem")]
    pub(crate) private_key_file: Option<String>,
    /// The id of `private_key` at the authorization server (`kid`). Left out: that of the JWK, else
    /// the key's thumbprint (RFC 7638), as it is published under `jwks`.
    #[schemars(example = "2026-11")]
    pub(crate) key_id: Option<String>,
    /// The algorithm of signatures. May be left out for a JWK with `alg`. SMART expects `RS384` or
    /// `ES384`.
    pub(crate) algorithm: Option<AlgorithmSettings>,
    /// The `aud` of our assertion at the token endpoint: `token_url`, `issuer`, or any other text as it
    /// is. Left out: `token_url`.
    #[schemars(example = &"token_url")]
    pub(crate) assertion_audience: Option<String>,
    /// The user's name, for `grant: password`.
    pub(crate) username: Option<String>,
    /// The user's password, for `grant: password`.
    pub(crate) password: Option<Secret>,
    /// The refresh token to begin with, for `grant: refresh_token`.
    pub(crate) refresh_token: Option<Secret>,
    /// What the assertion says, for `grant: jwt_bearer`.
    pub(crate) assertion: Option<AssertionSettings>,
    /// Binds tokens to a key of this process (RFC 9449). Where a server demands it, its refusal says
    /// `use_dpop_nonce` or `invalid_dpop_proof`.
    #[serde(default)]
    pub(crate) dpop: bool,
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
    /// How the token endpoint is reached, in place of the `network` of the whole configuration.
    pub(crate) network: Option<NetworkSettings>,
}

fn default_fetch_timeout() -> Period {
    DEFAULT_FETCH_TIMEOUT
}

fn default_lifetime() -> Period {
    DEFAULT_LIFETIME
}

fn fields_example() -> Value {
    serde_json::json!({ "client_id": "clientId", "client_secret": "clientSecret" })
}

/// Which metadata name the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum DiscoverySettings {
    Oauth,
    Openid,
    Smart,
}

/// How tokens are obtained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline, extend("type" = "string"))]
pub(crate) enum GrantSettings {
    #[default]
    ClientCredentials,
    Password,
    RefreshToken,
    JwtBearer,
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
    ClientSecretJson,
    PrivateKeyJwt,
    TlsClientAuth,
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

/// The algorithm of signatures (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub(crate) enum AlgorithmSettings {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Es256,
    Es384,
}

/// What the assertion of `grant: jwt_bearer` says (RFC 7523 §3).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AssertionSettings {
    /// The claim `iss`. Left out: `client_id`.
    pub(crate) issuer: Option<String>,
    /// The claim `sub`, whom the token is for. Left out: as `issuer`.
    // It may be a person.
    #[schemars(extend("writeOnly" = true))]
    pub(crate) subject: Option<String>,
    /// The claim `aud`: `token_url`, `issuer` (that of the credential), or any other text as it is.
    /// Left out: `token_url`.
    #[schemars(example = &"token_url")]
    pub(crate) audience: Option<String>,
    /// From `iat` to `exp`: at most `60m`.
    pub(crate) lifetime: Period,
    /// Further claims.
    pub(crate) claims: Map<String, Value>,
}

impl Default for AssertionSettings {
    fn default() -> Self {
        Self {
            issuer: None,
            subject: None,
            audience: None,
            lifetime: DEFAULT_ASSERTION_LIFE,
            claims: Map::new(),
        }
    }
}
