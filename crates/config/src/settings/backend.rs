//! `backends:` as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    BreakerSettings, ByteSize, ConcurrencySettings, HedgeSettings, NetworkSettings, Period,
    RetrySettings, Text,
};

const DEFAULT_TIMEOUT: Period = Period::seconds(10);
const DEFAULT_CONNECT_TIMEOUT: Period = Period::seconds(3);
const DEFAULT_MAX_CACHE: ByteSize = ByteSize(64 * 1024 * 1024);
const DEFAULT_MAX_BODY: ByteSize = ByteSize(16 * 1024 * 1024);

/// Someone we call: either `fhir` or `rest`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackendSettings {
    /// The backend speaks FHIR, in this version.
    pub(crate) fhir: Option<FhirVersion>,
    /// The backend speaks JSON over HTTP; written `rest: {}`.
    pub(crate) rest: Option<RestSettings>,
    /// The base of all paths: absolute, http or https, without query and fragment.
    #[schemars(example = "https://ehr.example/fhir")]
    pub(crate) url: String,
    /// Other origins (scheme, host and port) to which the links to a search's next pages may lead, with the
    /// backend's credential: other names of the same server. Links to any other are refused. `fhir` only.
    #[serde(default)]
    #[schemars(example = ["https://fhir-1.ehr.example"])]
    pub(crate) page_origins: Vec<String>,
    /// The name of the credential. Left out: the backend asks for none.
    pub(crate) credential: Option<String>,
    /// Time for one call, whole.
    #[serde(default = "default_timeout")]
    pub(crate) timeout: Period,
    /// Time to connect, TLS included.
    #[serde(default = "default_connect_timeout")]
    pub(crate) connect_timeout: Period,
    /// Longest silence while an answer is read. Left out: as `timeout`.
    pub(crate) read_timeout: Option<Period>,
    /// Largest answer body, after decompression.
    #[serde(default = "default_max_body")]
    pub(crate) max_body: ByteSize,
    /// Room for the answers that calls keep (`cache`), together.
    #[serde(default = "default_max_cache")]
    pub(crate) max_cache: ByteSize,
    /// What the typed check of FHIR resources does: nothing, report, or refuse the answer.
    #[serde(default)]
    pub(crate) check: CheckSettings,
    /// Headers sent with every call.
    #[serde(default)]
    pub(crate) headers: IndexMap<String, Text>,
    /// Statuses besides 401 by which this backend says that a token is bad.
    #[serde(default)]
    #[schemars(inner(range(min = 400, max = 599)), example = [403])]
    pub(crate) token_rejected_statuses: Vec<u16>,
    /// JSON Schema 2020-12 of this backend's answers, for the OpenAPI document; `rest` only.
    pub(crate) schema: Option<Value>,
    /// Allows a credential to be sent over plain http to another machine: it can then be read on
    /// the way.
    #[serde(default)]
    pub(crate) allow_plain_http: bool,
    /// How the backend is reached, in place of the `network` of the whole configuration.
    pub(crate) network: Option<NetworkSettings>,
    /// Repeats calls that failed. Left out: none is repeated; `retry: {}` takes the defaults.
    pub(crate) retry: Option<RetrySettings>,
    /// Spares the backend while it fails. Left out: never; `breaker: {}` takes the defaults.
    pub(crate) breaker: Option<BreakerSettings>,
    /// How many calls it gets at once. Left out: as many as there are.
    pub(crate) concurrency: Option<ConcurrencySettings>,
    /// Asks a second time what takes long. Left out: never; `hedge: {}` takes the defaults.
    pub(crate) hedge: Option<HedgeSettings>,
}

fn default_timeout() -> Period {
    DEFAULT_TIMEOUT
}

fn default_connect_timeout() -> Period {
    DEFAULT_CONNECT_TIMEOUT
}

fn default_max_body() -> ByteSize {
    DEFAULT_MAX_BODY
}

fn default_max_cache() -> ByteSize {
    DEFAULT_MAX_CACHE
}

/// A version of FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum FhirVersion {
    R4,
}

/// JSON over HTTP has no settings of its own yet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestSettings {}

/// What the typed check does with an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum CheckSettings {
    #[default]
    Off,
    Report,
    Refuse,
}
