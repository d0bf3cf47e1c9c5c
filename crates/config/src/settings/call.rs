//! `calls:` of an endpoint as it is written.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CacheSettings, Period, Text};

mod condition;
mod part;

pub(crate) use condition::{ConditionSettings, Conditions};
pub(crate) use part::{PartSettings, WholePart};

/// One request to one backend: `read`, `vread`, `search` or `operation` for FHIR; one of `get`,
/// `post`, `put`, `patch` and `delete` for REST.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallSettings {
    /// The name of the backend.
    pub(crate) backend: String,
    /// FHIR: reads one resource, `Type/{id}`.
    #[schemars(example = "Patient/{id}")]
    pub(crate) read: Option<String>,
    /// FHIR: reads one version of one resource, `Type/{id}/_history/{version}`.
    #[schemars(example = "Patient/{id}/_history/{version}")]
    pub(crate) vread: Option<String>,
    /// FHIR: searches resources of this type.
    #[schemars(example = &"Observation")]
    pub(crate) search: Option<String>,
    /// FHIR: runs an operation, `$name`, `Type/$name` or `Type/{id}/$name`: by GET, or by POST with a
    /// `body`.
    #[schemars(example = "Patient/{id}/$everything")]
    pub(crate) operation: Option<String>,
    /// REST: the path to GET.
    #[schemars(example = "/results/{calls.patient.identifier[0].value}")]
    pub(crate) get: Option<String>,
    /// REST: the path to POST to.
    #[schemars(example = "/orders")]
    pub(crate) post: Option<String>,
    /// REST: the path to PUT to.
    pub(crate) put: Option<String>,
    /// REST: the path to PATCH.
    pub(crate) patch: Option<String>,
    /// REST: the path to DELETE.
    pub(crate) delete: Option<String>,
    /// FHIR `search`: `post` keeps the query out of URLs, and so out of the logs on the way.
    pub(crate) method: Option<SearchMethod>,
    /// `post` and `operation`: `read` says that it changes nothing, so that it may be cancelled.
    /// Left out: what is sent by POST may change something.
    pub(crate) effect: Option<EffectSettings>,
    /// The query, in order. A list gives its name once per value.
    #[serde(default)]
    pub(crate) query: IndexMap<String, QueryValues>,
    /// Names of FHIR search parameters whose inserted values are not escaped: `,`, `|` and `$` keep
    /// their meaning.
    #[serde(default)]
    pub(crate) raw: Vec<String>,
    /// Headers besides the backend's own.
    #[serde(default)]
    pub(crate) headers: IndexMap<String, Text>,
    /// The JSON body to send. Texts may hold places; one that is a single place keeps its JSON type.
    /// `body: client` sends the client's own bytes under its own media type.
    pub(crate) body: Option<Value>,
    /// The body to send as a form (`application/x-www-form-urlencoded`), in order.
    pub(crate) form: Option<IndexMap<String, QueryValues>>,
    /// The body to send as `multipart/form-data`: its parts by name, in order.
    pub(crate) multipart: Option<IndexMap<String, PartSettings>>,
    /// FHIR search: most pages to read. An `operation` with `pages` or `entries` answers with pages.
    #[schemars(range(min = 1), extend("default" = 10))]
    pub(crate) pages: Option<u32>,
    /// FHIR search: most entries to keep.
    #[schemars(range(min = 1), extend("default" = 1000))]
    pub(crate) entries: Option<u32>,
    /// Whether the answer makes sense without this call. A call of the `quorum` is optional.
    #[schemars(extend("default" = "required"))]
    pub(crate) need: Option<NeedSettings>,
    /// How long the answer waits for this call. Left out: the backend's timeout.
    pub(crate) timeout: Option<Period>,
    /// Statuses that are success. Left out: every 2xx but 206.
    #[serde(default)]
    #[schemars(inner(range(min = 200, max = 499)), example = [200, 422])]
    pub(crate) success: Vec<u16>,
    /// Statuses that mean that the thing does not exist. A FHIR read always has 404 and 410.
    #[serde(default)]
    #[schemars(inner(range(min = 400, max = 499)), example = [404])]
    pub(crate) absent: Vec<u16>,
    /// Media types of the file that the call reads; the endpoint then answers with that file.
    #[serde(default)]
    #[schemars(example = ["application/pdf"])]
    pub(crate) accept: Vec<String>,
    /// Headers of the answer that others may refer to, as `{response_headers.call.name}`; of a file,
    /// `Content-Disposition` goes to the client when it is kept.
    #[serde(default)]
    #[schemars(example = ["ETag"])]
    pub(crate) keep_headers: Vec<String>,
    /// What must hold for the call to be made: one condition, or a list of which all must hold.
    /// Where it does not, the member is `null` and nothing is missing.
    pub(crate) when: Option<Conditions>,
    /// Makes the call once for each element of this list, as `{item}` or `{item.name}`; the member
    /// is the list of answers, in its order.
    #[schemars(example = "{calls.orders.items}")]
    pub(crate) for_each: Option<String>,
    /// `for_each`: most requests under way at once.
    #[schemars(range(min = 1, max = 64), extend("default" = 4))]
    pub(crate) concurrency: Option<u32>,
    /// `for_each`: most elements to ask for. A longer list of a backend is read so far, and the
    /// answer is not complete; nothing is written for one.
    #[schemars(range(min = 1, max = 1000), extend("default" = 100))]
    pub(crate) max_items: Option<u32>,
    /// What the member of an optional call holds when the call did not succeed.
    pub(crate) fallback: Option<Value>,
    /// Keeps the answer of a read and takes it for the next calls that ask for the same. Left out: the
    /// backend is asked every time.
    pub(crate) cache: Option<CacheSettings>,
    /// JSON Schema 2020-12 of the answer, for the OpenAPI document; REST only.
    pub(crate) schema: Option<Value>,
}

/// One value or several.
#[derive(Debug)]
pub(crate) enum QueryValues {
    /// `name: value`.
    One(Text),
    /// `name: [value, value]`.
    Many(Vec<Text>),
}

impl<'de> Deserialize<'de> for QueryValues {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let read = if value.is_array() {
            Vec::<Text>::deserialize(value).map(Self::Many)
        } else {
            Text::deserialize(value).map(Self::One)
        };
        read.map_err(|_| serde::de::Error::custom("neither a text nor a list of texts"))
    }
}

impl JsonSchema for QueryValues {
    fn schema_name() -> Cow<'static, str> {
        "QueryValues".into()
    }

    // One list of types, not `anyOf`: a wrong value is then one fault at its own place.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a text or a list of texts",
            "description": "One value, or a list of values for the same name.",
            "type": ["string", "number", "boolean", "array"],
            "items": { "type": ["string", "number", "boolean"] },
        })
    }
}

/// Whether the answer makes sense without a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum NeedSettings {
    #[default]
    Required,
    Optional,
}

/// How a FHIR search is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum SearchMethod {
    Get,
    Post,
}

/// Whether a call may change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum EffectSettings {
    Read,
    Write,
}
