//! Examples made of schemas, for answers that the configuration shows none of.
//!
//! An example that its schema would refuse is worse than none: the caller leaves it out.

use serde_json::{Map, Value, json};

/// How deep an example goes before it gives up.
const DEEPEST: usize = 8;

/// A value that `schema` accepts, as far as that can be made without solving it; `None` if what was
/// made is not valid.
pub(super) fn example_of(schema: &Value) -> Option<Value> {
    let value = sample(schema, schema, DEEPEST)?;
    let validator = jsonschema::options().offline().build(schema).ok()?;
    validator.is_valid(&value).then_some(value)
}

/// A resource to show.
pub(super) fn resource(kind: &str) -> Value {
    json!({ "resourceType": kind, "id": "example" })
}

/// A search's result to show.
pub(super) fn searchset(kind: &str) -> Value {
    json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{ "resource": resource(kind), "search": { "mode": "match" } }],
    })
}

fn sample(schema: &Value, root: &Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let Value::Object(keywords) = schema else {
        return Some(json!({}));
    };
    if let Some(target) = keywords.get("$ref").and_then(Value::as_str) {
        return sample(root.pointer(target.strip_prefix('#')?)?, root, depth);
    }
    let shown = keywords
        .get("example")
        .or_else(|| keywords.get("examples")?.get(0));
    let shown = shown
        .or_else(|| keywords.get("const"))
        .or_else(|| keywords.get("default"));
    if let Some(value) = shown.or_else(|| keywords.get("enum")?.get(0)) {
        return Some(value.clone());
    }
    let kind = match keywords.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        kind => kind.and_then(Value::as_str),
    };
    match kind {
        Some("object") => object(keywords, root, depth),
        Some("array") => {
            let element = keywords
                .get("items")
                .and_then(|items| sample(items, root, depth));
            Some(Value::Array(element.into_iter().collect()))
        }
        Some("string") => Some(Value::String(text(keywords).to_owned())),
        Some("integer" | "number") => {
            Some(keywords.get("minimum").cloned().unwrap_or_else(|| json!(0)))
        }
        Some("boolean") => Some(Value::Bool(true)),
        Some("null") => Some(Value::Null),
        _ => Some(json!({})),
    }
}

fn object(keywords: &Map<String, Value>, root: &Value, depth: usize) -> Option<Value> {
    let Some(properties) = keywords.get("properties").and_then(Value::as_object) else {
        return Some(json!({}));
    };
    let members = properties
        .iter()
        .map(|(name, schema)| Some((name.clone(), sample(schema, root, depth)?)));
    Some(Value::Object(members.collect::<Option<_>>()?))
}

fn text(keywords: &Map<String, Value>) -> &'static str {
    match keywords.get("format").and_then(Value::as_str) {
        Some("date") => "2026-01-31",
        Some("date-time") => "2026-01-31T12:00:00Z",
        Some("uri") => "https://example.org/",
        Some("uuid") => "3f1c9a52-6d0e-4b8a-9c55-2f0d1f6f7a10",
        Some("email") => "name@example.org",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::example_of;
    use serde_json::json;

    #[test]
    fn an_example_is_made_of_what_the_schema_says() {
        let schema = json!({
            "type": "object",
            "properties": {
                "day": { "type": "string", "format": "date" },
                "unit": { "enum": ["mg", "g"] },
                "amount": { "type": "number", "minimum": 1 },
                "tags": { "type": "array", "items": { "$ref": "#/$defs/colour" } },
            },
            "$defs": { "colour": { "type": "string", "examples": ["blue"] } },
        });
        assert_eq!(
            example_of(&schema),
            Some(json!({ "day": "2026-01-31", "unit": "mg", "amount": 1, "tags": ["blue"] }))
        );
    }

    #[test]
    fn an_example_that_would_not_be_valid_is_not_shown() {
        assert_eq!(
            example_of(&json!({ "type": "string", "pattern": "^[0-9]+$" })),
            None
        );
        assert_eq!(
            example_of(&json!({ "type": "object", "required": ["a"] })),
            None
        );
        assert_eq!(
            example_of(&json!({ "properties": { "a": { "$ref": "#" } }, "type": "object" })),
            None
        );
    }
}
