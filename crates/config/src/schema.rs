//! The configuration's JSON Schema, generated from the settings: for editors, and for the first
//! check of a file.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value};

use crate::settings::File;

/// The JSON Schema (2020-12) of a configuration file, with titles, descriptions, defaults and
/// examples.
#[must_use]
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(NoNull);
    settings
        .into_generator()
        .into_root_schema_for::<File>()
        .to_value()
}

/// Optional settings are left out, never `null`: in YAML an empty value is a slip.
#[derive(Clone, Debug)]
struct NoNull;

impl Transform for NoNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if object.get("default").is_some_and(Value::is_null) {
            object.remove("default");
        }
        // Wire formats of Rust's integers mean nothing to the reader of a configuration.
        if object
            .get("format")
            .and_then(Value::as_str)
            .is_some_and(|format| format.starts_with("uint"))
        {
            object.remove("format");
        }
        if let Some(Value::Array(choices)) = object.get_mut("enum") {
            choices.retain(|choice| !choice.is_null());
        }
        drop_null_type(object);
        drop_null_branch(object);
    }
}

fn drop_null_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get_mut("type") else {
        return;
    };
    types.retain(|name| name.as_str() != Some("null"));
    if let [only] = types.as_slice() {
        let only = only.clone();
        object.insert("type".to_owned(), only);
    }
}

fn drop_null_branch(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get_mut("anyOf") else {
        return;
    };
    let null = serde_json::json!({"type": "null"});
    branches.retain(|branch| *branch != null);
    if let [Value::Object(only)] = branches.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        // The field's own words come first, then those of its type.
        for (name, value) in only {
            object.entry(name).or_insert(value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::path::Path;

    use super::*;

    #[test]
    fn the_committed_schema_is_the_generated_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/manifold.schema.json");
        let generated = format!("{:#}\n", schema());
        if std::env::var_os("MANIFOLD_BLESS").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "openapi/manifold.schema.json is out of date: run with MANIFOLD_BLESS=1"
        );
    }

    #[test]
    fn the_schema_is_valid_names_no_null_and_describes_every_setting() {
        let schema = schema();
        assert!(jsonschema::meta::is_valid(&schema));
        let mut undescribed = Vec::new();
        visit(&schema, &mut |object| {
            assert_ne!(object.get("type"), Some(&Value::from("null")));
            for (name, property) in object
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if property.get("description").is_none() {
                    undescribed.push(name.clone());
                }
            }
        });
        assert_eq!(undescribed, Vec::<String>::new());
    }

    fn visit(value: &Value, see: &mut dyn FnMut(&Map<String, Value>)) {
        match value {
            Value::Object(object) => {
                see(object);
                object.values().for_each(|value| visit(value, see));
            }
            Value::Array(elements) => elements.iter().for_each(|value| visit(value, see)),
            _ => {}
        }
    }
}
