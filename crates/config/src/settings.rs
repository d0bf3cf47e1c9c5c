//! The configuration file as it is written. These structs are its grammar, its reference and, by
//! way of their JSON Schema, its first check.
//!
//! Every "exactly one of" is a set of optional fields, not an enum: a fault in one of them can then
//! be told at its place. It must not know what the settings mean together.

mod backend;
mod call;
mod client;
mod credential;
mod endpoint;
mod explain;
mod limits;
mod network;
mod oauth2;
mod resilience;
mod response;
mod scalar;
mod server;
mod tokens;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) use backend::{BackendSettings, CheckSettings, FhirVersion};
pub(crate) use call::{
    CallSettings, ConditionSettings, EffectSettings, NeedSettings, PartSettings, QueryValues,
    SearchMethod, WholePart,
};
pub(crate) use client::{ApiKeySettings, BasicLoginSettings, ClientSettings};
pub(crate) use credential::{
    ApiKeyCredentialSettings, BasicCredentialSettings, CredentialSettings,
};
pub(crate) use endpoint::{
    AccessSettings, DeclaredBody, DeclaredParameter, DeclaredParameters, EndpointEntry,
    PublicAccess,
};
pub(crate) use explain::ExplainSettings;
pub(crate) use limits::LimitsSettings;
pub(crate) use network::{NetworkSettings, ProxySettings};
pub(crate) use oauth2::{
    AlgorithmSettings, AssertionSettings, AuthenticationSettings, DiscoverySettings,
    EncodingSettings, GrantSettings, OAuth2Settings,
};
pub(crate) use resilience::{
    BreakerSettings, CacheSettings, ConcurrencySettings, HedgeSettings, RetrySettings,
};
pub(crate) use response::{MergeSettings, PartialSettings, PolicySettings, ResponseSettings};
pub(crate) use scalar::{ByteSize, Period, Secret, Text};
pub(crate) use server::ServerSettings;
pub(crate) use tokens::{StoreSettings, TokensSettings};

/// A Manifold configuration: who may call, whom we call, and what a client may ask. One file, or
/// several `*.yaml` and `*.yml` of one folder: their sections are joined, and nothing may be defined
/// in two of them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Manifold configuration")]
pub(crate) struct File {
    /// Listeners and limits of the process.
    pub(crate) server: ServerSettings,
    /// What all endpoints together take. Left out: everything.
    pub(crate) limits: Option<LimitsSettings>,
    /// Who may call, by name.
    pub(crate) clients: IndexMap<String, ClientSettings>,
    /// How backends are authorised to, by name.
    pub(crate) credentials: IndexMap<String, CredentialSettings>,
    /// Where tokens are kept.
    pub(crate) tokens: TokensSettings,
    /// Whom we call, by name.
    pub(crate) backends: IndexMap<String, BackendSettings>,
    /// How all backends and token endpoints are reached that have no `network` of their own.
    pub(crate) network: Option<NetworkSettings>,
    /// Publishes the public keys that our assertions are verified with, at `/.well-known/jwks.json`.
    /// Left out: they are not served.
    pub(crate) jwks: Option<JwksSettings>,
    /// Who may read the OpenAPI document and Swagger UI. Left out: they are not served.
    pub(crate) documents: Option<DocumentsSettings>,
    /// Who may see how an answer came about. Left out: nobody.
    pub(crate) explain: Option<ExplainSettings>,
    /// What clients may call.
    pub(crate) endpoints: Vec<EndpointEntry>,
}

/// The OpenAPI document and Swagger UI.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentsSettings {
    /// Who may read them: `public`, or the scopes a client needs.
    #[schemars(required)]
    pub(crate) access: Option<AccessSettings>,
}

/// The public keys of all credentials that sign assertions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JwksSettings {
    /// Who may read them: `public`, or the scopes a client needs. Authorization servers have no
    /// credentials of ours.
    pub(crate) access: Option<AccessSettings>,
}
