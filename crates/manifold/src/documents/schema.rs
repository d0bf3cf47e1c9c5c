//! JSON Schema inside an OpenAPI document, word for word as it was configured.
//!
//! utoipa's own types know some keywords of JSON Schema and drop the others; what it does not know
//! it keeps in a hash map, whose order changes from run to run. So a schema travels through it as
//! one extension and is put in its place when the document is written.

use serde_json::{Map, Value};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
use utoipa::openapi::{OpenApi, Ref, RefOr, Schema};

const WORD_FOR_WORD: &str = "x-manifold-schema";

/// A schema to be written word for word.
pub(super) fn verbatim(schema: Value) -> Schema {
    let extensions = ExtensionsBuilder::new().add(WORD_FOR_WORD, schema).build();
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .extensions(Some(extensions))
        .into()
}

/// Where a component's schema is, as a JSON Schema.
pub(super) fn reference(component: &str) -> Value {
    let mut schema = Map::new();
    schema.insert("$ref".to_owned(), Value::String(pointer(component)));
    Value::Object(schema)
}

/// Where a component's schema is.
pub(super) fn reference_to(component: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(component))
}

/// The document as JSON, in a fixed order.
pub(super) fn render(document: &OpenApi) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(document)?;
    unwrap(&mut value);
    Ok(value)
}

fn unwrap(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(schema) = members.remove(WORD_FOR_WORD) {
                *value = schema;
            } else {
                members.values_mut().for_each(unwrap);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(unwrap),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `schema` as the component of this name: references into itself point into the component, and
/// keywords that would make it a document of its own are gone.
pub(super) fn as_component(schema: Value, component: &str) -> Value {
    let mut schema = without_identity(schema);
    move_references(&mut schema, &pointer(component));
    schema
}

/// `schema` without the keywords that would make it a document of its own.
pub(super) fn without_identity(mut schema: Value) -> Value {
    if let Value::Object(keywords) = &mut schema {
        keywords.shift_remove("$schema");
        keywords.shift_remove("$id");
    }
    schema
}

/// Whether `schema` refers to a part of itself and so can only stand as a component.
pub(super) fn refers_to_itself(schema: &Value) -> bool {
    as_component(schema.clone(), "") != without_identity(schema.clone())
}

fn pointer(component: &str) -> String {
    format!("#/components/schemas/{component}")
}

fn move_references(schema: &mut Value, base: &str) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, value) in keywords {
                match (keyword.as_str(), value) {
                    ("$ref" | "$dynamicRef", Value::String(target)) => {
                        if let Some(rest) = target.strip_prefix('#')
                            && (rest.is_empty() || rest.starts_with('/'))
                        {
                            *target = format!("{base}{rest}");
                        }
                    }
                    // Members are names here, not keywords.
                    (
                        "properties" | "patternProperties" | "$defs" | "dependentSchemas",
                        Value::Object(named),
                    ) => {
                        named
                            .values_mut()
                            .for_each(|schema| move_references(schema, base));
                    }
                    // Values, not schemas.
                    ("const" | "enum" | "default" | "example" | "examples" | "required", _) => {}
                    (_, value) => move_references(value, base),
                }
            }
        }
        Value::Array(schemas) => schemas
            .iter_mut()
            .for_each(|schema| move_references(schema, base)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{as_component, refers_to_itself};
    use serde_json::json;

    #[test]
    fn references_of_a_schema_follow_it_into_its_component() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.org/tree",
            "properties": { "$ref": { "$ref": "#/$defs/leaf" }, "next": { "$ref": "#" }, "far": { "$ref": "https://example.org/x" } },
            "$defs": { "leaf": { "const": { "$ref": "#/kept" } } },
        });
        assert!(refers_to_itself(&schema));
        assert_eq!(
            as_component(schema, "Tree"),
            json!({
                "properties": {
                    "$ref": { "$ref": "#/components/schemas/Tree/$defs/leaf" },
                    "next": { "$ref": "#/components/schemas/Tree" },
                    "far": { "$ref": "https://example.org/x" },
                },
                "$defs": { "leaf": { "const": { "$ref": "#/kept" } } },
            })
        );
        assert!(!refers_to_itself(
            &json!({ "type": "string", "$id": "https://example.org/x" })
        ));
    }
}
