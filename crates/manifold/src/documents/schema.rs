//! JSON Schema inside an `OpenAPI` document, word for word as it was configured.
//!
//! utoipa's own types know some keywords of JSON Schema and drop the others; what it does not know
//! it keeps in a hash map, whose order changes from run to run. So a schema travels through it as
//! one extension and is put in its place when the document is written; and so do examples, for their
//! order.

use serde_json::{Map, Value, json};
use utoipa::openapi::example::Example;
use utoipa::openapi::extensions::{Extensions, ExtensionsBuilder};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
use utoipa::openapi::{OpenApi, Ref, RefOr, Schema};

use super::names::pascal;

const WORD_FOR_WORD: &str = "x-manifold-schema";
const IN_ORDER: &str = "x-manifold-examples";

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

/// A schema of the document as a JSON Schema, to stand within another one.
pub(super) fn plain(schema: &RefOr<Schema>) -> Value {
    let mut value = serde_json::to_value(schema).unwrap_or_default();
    unwrap(&mut value);
    value
}

/// The examples of a content as they are given: readers see the first one, and utoipa would sort them by
/// their names.
pub(super) fn in_order<'a>(examples: impl Iterator<Item = (&'a str, Example)>) -> Extensions {
    let named = examples.map(|(name, example)| (name.to_owned(), json!(example)));
    let named: Map<String, Value> = named.collect();
    ExtensionsBuilder::new().add(IN_ORDER, named).build()
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
                if let Some(examples) = members.shift_remove(IN_ORDER) {
                    members.insert("examples".to_owned(), examples);
                }
                members.values_mut().for_each(unwrap);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(unwrap),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `schema` as components: itself under `name`, and each of its `$defs` under a name of its own,
/// since generators of clients find references to whole components only. References follow.
pub(super) fn as_components(schema: Value, name: &str) -> Vec<(String, Value)> {
    let mut schema = without_identity(schema);
    let definitions = match schema
        .as_object_mut()
        .and_then(|keywords| keywords.shift_remove("$defs"))
    {
        Some(Value::Object(definitions)) => definitions,
        Some(_) | None => Map::new(),
    };
    let mut moves = vec![("#".to_owned(), name.to_owned())];
    let mut components = vec![(name.to_owned(), schema)];
    for (definition, schema) in definitions {
        let mut unique = format!("{name}{}", pascal(&definition));
        while components.iter().any(|(taken, _)| *taken == unique) {
            unique.push('_');
        }
        let escaped = definition.replace('~', "~0").replace('/', "~1");
        moves.push((format!("#/$defs/{escaped}"), unique.clone()));
        components.push((unique, schema));
    }
    for (_, schema) in &mut components {
        move_references(schema, &moves);
    }
    components
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
    let mut moved = schema.clone();
    move_references(&mut moved, &[("#".to_owned(), String::new())]);
    moved != *schema
}

fn pointer(component: &str) -> String {
    format!("#/components/schemas/{component}")
}

/// Where a reference leads after the moves; the longest match decides. `None`: it stays.
fn moved(target: &str, moves: &[(String, String)]) -> Option<String> {
    let leads = moves.iter().filter_map(|(from, component)| {
        let rest = target.strip_prefix(from.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some((from.len(), component, rest))
    });
    leads
        .max_by_key(|(length, ..)| *length)
        .map(|(_, component, rest)| format!("{}{rest}", pointer(component)))
}

fn move_references(schema: &mut Value, moves: &[(String, String)]) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, value) in keywords {
                match (keyword.as_str(), value) {
                    ("$ref" | "$dynamicRef", Value::String(target)) => {
                        if let Some(found) = moved(target, moves) {
                            *target = found;
                        }
                    }
                    // Members are names here, not keywords.
                    (
                        "properties" | "patternProperties" | "$defs" | "dependentSchemas",
                        Value::Object(named),
                    ) => {
                        named
                            .values_mut()
                            .for_each(|schema| move_references(schema, moves));
                    }
                    // Values, not schemas.
                    ("const" | "enum" | "default" | "example" | "examples" | "required", _) => {}
                    (_, value) => move_references(value, moves),
                }
            }
        }
        Value::Array(schemas) => schemas
            .iter_mut()
            .for_each(|schema| move_references(schema, moves)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{as_components, refers_to_itself};
    use serde_json::{Value, json};

    #[test]
    fn references_of_a_schema_follow_it_into_its_components() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.org/tree",
            "properties": {
                "$ref": { "$ref": "#/$defs/leaf" },
                "next": { "$ref": "#" },
                "first": { "$ref": "#/properties/next" },
                "far": { "$ref": "https://example.org/x" },
            },
            "$defs": { "leaf": { "const": { "$ref": "#/kept" } }, "tree-leaf": { "$ref": "#/$defs/leaf/not" } },
        });
        assert!(refers_to_itself(&schema));
        let components: serde_json::Map<String, Value> =
            as_components(schema, "Tree").into_iter().collect();
        assert_eq!(
            Value::Object(components),
            json!({
                "Tree": {
                    "properties": {
                        "$ref": { "$ref": "#/components/schemas/TreeLeaf" },
                        "next": { "$ref": "#/components/schemas/Tree" },
                        "first": { "$ref": "#/components/schemas/Tree/properties/next" },
                        "far": { "$ref": "https://example.org/x" },
                    },
                },
                "TreeLeaf": { "const": { "$ref": "#/kept" } },
                "TreeTreeLeaf": { "$ref": "#/components/schemas/TreeLeaf/not" },
            })
        );
        assert!(!refers_to_itself(
            &json!({ "type": "string", "$id": "https://example.org/x" })
        ));
    }
}
