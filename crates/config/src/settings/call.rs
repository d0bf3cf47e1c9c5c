//! `calls:` of an endpoint as it is written.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Period, Text};

/// One request to one backend: `read` or `search` for FHIR; one of `get`, `post`, `put`, `patch`
/// and `delete` for REST.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallSettings {
    /// The name of the backend.
    pub(crate) backend: String,
    /// FHIR: reads one resource, `Type/{id}`.
    #[schemars(example = "Patient/{id}")]
    pub(crate) read: Option<String>,
    /// FHIR: searches resources of this type.
    #[schemars(example = &"Observation")]
    pub(crate) search: Option<String>,
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
    pub(crate) body: Option<Value>,
    /// FHIR search: most pages to read.
    #[schemars(range(min = 1), extend("default" = 10))]
    pub(crate) pages: Option<u32>,
    /// FHIR search: most entries to keep.
    #[schemars(range(min = 1), extend("default" = 1000))]
    pub(crate) entries: Option<u32>,
    /// Whether the answer makes sense without this call.
    #[serde(default)]
    pub(crate) need: NeedSettings,
    /// How long the answer waits for this call. Left out: the backend's timeout.
    pub(crate) timeout: Option<Period>,
    /// Statuses that mean that the thing does not exist. A FHIR read always has 404 and 410.
    #[serde(default)]
    #[schemars(inner(range(min = 400, max = 499)), example = [404])]
    pub(crate) absent: Vec<u16>,
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
