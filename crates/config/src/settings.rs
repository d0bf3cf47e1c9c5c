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
mod response;
mod scalar;
mod server;

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
    ApiKeyCredentialSettings, AuthenticationSettings, BasicCredentialSettings, CredentialSettings,
    EncodingSettings, OAuth2Settings,
};
pub(crate) use endpoint::{
    AccessSettings, DeclaredBody, DeclaredParameter, DeclaredParameters, EndpointEntry,
    PublicAccess,
};
pub(crate) use response::{MergeSettings, PartialSettings, PolicySettings, ResponseSettings};
pub(crate) use scalar::{ByteSize, Period, Secret, Text};
pub(crate) use server::ServerSettings;

/// A Manifold configuration: who may call, whom we call, and what a client may ask.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Manifold configuration")]
pub(crate) struct File {
    /// Listeners and limits of the process.
    pub(crate) server: ServerSettings,
    /// Who may call, by name.
    pub(crate) clients: IndexMap<String, ClientSettings>,
    /// How backends are authorised to, by name.
    pub(crate) credentials: IndexMap<String, CredentialSettings>,
    /// Whom we call, by name.
    pub(crate) backends: IndexMap<String, BackendSettings>,
    /// Who may read the OpenAPI document and Swagger UI. Left out: they are not served.
    pub(crate) documents: Option<DocumentsSettings>,
    /// What clients may call.
    pub(crate) endpoints: Vec<EndpointEntry>,
}

/// The OpenAPI document and Swagger UI.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentsSettings {
    /// Who may read them: `public`, or the scopes a client needs.
    pub(crate) access: Option<AccessSettings>,
}
