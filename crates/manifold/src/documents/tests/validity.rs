//! What is within the document: references that lead somewhere, and examples that are valid.

use serde_json::{Value, json};

use super::{CONFIGURATION, document, document_of};

/// Documents with everything in them, with and without explanations.
fn documents() -> [Value; 2] {
    let explained = format!("explain: {{ scopes: [support] }}\n{CONFIGURATION}");
    [document(), document_of(&explained.replace('§', "x"))]
}

/// Calls `look` with every object of a document.
fn walk(value: &Value, look: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            look(value);
            members.values().for_each(|value| walk(value, look));
        }
        Value::Array(elements) => elements.iter().for_each(|value| walk(value, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for document in documents() {
        walk(&document, &mut |object| {
            if let Some(target) = object.get("$ref").and_then(Value::as_str) {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{target}");
            }
        });
    }
}

/// Every schema is used: what generators of clients make of it is not for nothing.
#[test]
fn every_component_is_referred_to() {
    for document in documents() {
        let text = document.to_string();
        for kind in ["schemas", "responses"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                let reference = format!("\"#/components/{kind}/{name}\"");
                assert!(text.contains(&reference), "{reference}");
            }
        }
    }
}

fn assert_valid(schema: &Value, example: &Value, document: &Value) {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let validator = jsonschema::options().offline().build(&whole).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(example)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{example}: {errors:?}");
}

#[test]
fn every_example_is_valid_against_its_schema() {
    for document in documents() {
        let mut seen = 0;
        walk(&document, &mut |object| {
            let Some(schema) = object.get("schema") else {
                return;
            };
            let named = object.get("examples").and_then(Value::as_object);
            let named = named
                .into_iter()
                .flatten()
                .map(|(_, named)| &named["value"]);
            for example in named.chain(object.get("example")) {
                assert_valid(schema, example, &document);
                seen += 1;
            }
        });
        for schema in document["components"]["schemas"]
            .as_object()
            .unwrap()
            .values()
        {
            for example in schema["examples"].as_array().into_iter().flatten() {
                assert_valid(schema, example, &document);
            }
        }
        assert!(seen > 10, "{seen}");
    }
}

/// A misspelt or forgotten member of what is explained shows here: `properties` and members agree.
#[test]
fn the_example_of_an_explanation_has_no_member_that_is_not_described() {
    let [_, document] = documents();
    let schemas = &document["components"]["schemas"];
    let example = &schemas["Explanation"]["examples"][0];
    let calls = example["calls"].as_array().unwrap();
    let described = |name: &str, value: &Value| {
        for member in value.as_object().unwrap().keys() {
            assert!(
                !schemas[name]["properties"][member].is_null(),
                "{name} {member}"
            );
        }
    };
    described("Explanation", example);
    for call in calls {
        described("ExplainedCall", call);
    }
    described("Attempt", &calls[0]["sent"][1]);
    described("ExplainedCredential", &calls[0]["credential"]);
    let required = json!(["kind", "at_ms"]);
    assert_eq!(schemas["Attempt"]["required"], required);
}
