//! `multipart:` of a call as it is written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::settings::Text;

/// A part of a `multipart/form-data` body: a text, or a mapping that says more.
#[derive(Debug)]
pub(crate) enum PartSettings {
    /// `name: text`.
    Text(Text),
    /// `name: { .. }`.
    Whole(WholePart),
}

/// A part of a `multipart/form-data` body: exactly one of `value`, `base64` and `body`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WholePart {
    /// A text.
    pub(crate) value: Option<Text>,
    /// One place whose text is the part's bytes in base64.
    #[schemars(example = "{body.content}")]
    pub(crate) base64: Option<String>,
    /// `client`: the client's own bytes.
    pub(crate) body: Option<ClientWord>,
    /// The name of the file that it is.
    #[schemars(example = "report.pdf")]
    pub(crate) filename: Option<Text>,
    /// Its media type. Left out: none is said, or that of the client's bytes.
    #[serde(rename = "type")]
    #[schemars(example = "application/pdf")]
    pub(crate) media_type: Option<String>,
}

/// The client's own bytes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum ClientWord {
    Client,
}

impl<'de> Deserialize<'de> for PartSettings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let read = if value.is_object() {
            WholePart::deserialize(value).map(Self::Whole)
        } else {
            Text::deserialize(value).map(Self::Text)
        };
        read.map_err(|_| serde::de::Error::custom("neither a text nor a part"))
    }
}

impl JsonSchema for PartSettings {
    fn schema_name() -> Cow<'static, str> {
        "Part".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let whole = generator.subschema_for::<WholePart>();
        json_schema!({
            "title": "a text or a part",
            "description": "A text, or a mapping that says what the part holds and what it is.",
            "anyOf": [{ "type": ["string", "number", "boolean"] }, whole],
        })
    }
}
