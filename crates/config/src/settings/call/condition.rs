//! `when:` of a call as it is written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::settings::Text;

/// Something that must hold: a `value` and exactly one of `exists`, `equals`, `in` and `not_in`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConditionSettings {
    /// The value, one place.
    #[schemars(example = "{query.include}")]
    pub(crate) value: String,
    /// Whether it is there, and not `null`.
    pub(crate) exists: Option<bool>,
    /// What it is equal to. Scalars are compared as they are written: `7` is not `7.0`.
    pub(crate) equals: Option<Text>,
    /// Of what it is one.
    #[serde(rename = "in")]
    #[schemars(length(min = 1))]
    pub(crate) one_of: Option<Vec<Text>>,
    /// Of what it is none, which it also is when it is not there.
    #[schemars(length(min = 1))]
    pub(crate) not_in: Option<Vec<Text>>,
}

/// One condition, or several of which all must hold.
#[derive(Debug)]
pub(crate) struct Conditions {
    /// All of them.
    pub(crate) all: Vec<ConditionSettings>,
    /// They were written as a list.
    pub(crate) listed: bool,
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let listed = value.is_array();
        let read = if listed {
            Vec::deserialize(value)
        } else {
            ConditionSettings::deserialize(value).map(|only| vec![only])
        };
        read.map(|all| Self { all, listed })
            .map_err(|_| serde::de::Error::custom("neither a condition nor a list of conditions"))
    }
}

impl JsonSchema for Conditions {
    fn schema_name() -> Cow<'static, str> {
        "Conditions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<ConditionSettings>();
        json_schema!({
            "title": "a condition or a list of conditions",
            "description": "One condition, or several of which all must hold.",
            "anyOf": [one, { "type": "array", "minItems": 1, "items": one }],
        })
    }
}
