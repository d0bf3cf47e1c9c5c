//! What a backend is: data, compiled from configuration by whoever runs the service.

use std::sync::Arc;

use http::HeaderMap;
use url::Url;

use crate::{Check, Credential, Resilience};

/// One backend.
pub struct Settings {
    /// The configured name: for metrics, logs and clients.
    pub alias: Arc<str>,
    /// How it speaks.
    pub dialect: Dialect,
    /// The base, without query and fragment; calls go below its path.
    pub url: Url,
    /// Other origins of its, to which a search's next pages may lead: they get its credential, too.
    pub page_origins: Vec<Url>,
    /// How we authenticate to it.
    pub credential: Credential,
    /// Sent with every call.
    pub headers: HeaderMap,
    /// Largest body of an answer, decompressed, in bytes.
    pub max_body: usize,
    /// Most of the answers that are kept, in bytes.
    pub max_cache: usize,
    /// Statuses besides 401 that say that the token is bad.
    pub token_rejected_statuses: Vec<u16>,
    /// How it is spared and its failures are bridged; `None`: neither.
    pub resilience: Option<Arc<Resilience>>,
}

/// How a backend speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// JSON over HTTP.
    Rest,
    /// FHIR R4 (<https://hl7.org/fhir/R4/http.html>).
    FhirR4 {
        /// What the typed check does with resources.
        check: Check,
    },
}
