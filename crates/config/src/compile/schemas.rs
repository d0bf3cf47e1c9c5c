//! JSON Schemas that the configuration declares: they must compile, alone, without a network.

use jsonschema::{Draft, Validator};
use serde_json::Value;

use crate::check::describe;
use crate::place::Place;
use crate::report::Report;

/// Compiles a schema (draft 2020-12, `format` asserted); its faults are told at their places.
pub(crate) fn compile(schema: &Value, place: &Place, report: &mut Report<'_>) -> Option<Validator> {
    let before = report.faults.len();
    if !matches!(schema, Value::Object(_) | Value::Bool(_)) {
        report.fault(
            place,
            "a JSON Schema is a mapping",
            "for example `{ type: string }`",
        );
        return None;
    }
    let meta = jsonschema::draft202012::meta::validator();
    for error in meta.iter_errors(schema) {
        let help = "see JSON Schema, draft 2020-12";
        report.fault(
            &place.join(error.instance_path()),
            describe(error.kind(), error.instance()),
            help,
        );
    }
    references(schema, place, report);
    if report.faults.len() > before {
        return None;
    }
    match jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
    {
        Ok(validator) => Some(validator),
        Err(error) => {
            let place = place.join(error.instance_path());
            report.fault(
                &place,
                "this JSON Schema cannot be used",
                "look at its `$ref`s and patterns",
            );
            None
        }
    }
}

/// A fault for each `$ref` that leads out of the schema: nothing is fetched.
fn references(schema: &Value, place: &Place, report: &mut Report<'_>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                let place = place.key(name);
                match value {
                    Value::String(target) if name == "$ref" && !target.starts_with('#') => {
                        report.fault(
                            &place,
                            "a `$ref` must stay within its schema",
                            "copy what it points to under `$defs` and refer to it as `#/$defs/name`",
                        );
                    }
                    _ => references(value, &place, report),
                }
            }
        }
        Value::Array(elements) => {
            elements
                .iter()
                .enumerate()
                .for_each(|(index, value)| references(value, &place.index(index), report));
        }
        _ => {}
    }
}

/// A fault for each way in which the value at `place` breaks its schema.
pub(crate) fn check_value(
    validator: &Validator,
    value: &Value,
    place: &Place,
    report: &mut Report<'_>,
) {
    for error in validator.iter_errors(value) {
        let place = place.join(error.instance_path());
        let message = format!(
            "breaks its own schema: {}",
            describe(error.kind(), error.instance())
        );
        report.fault(&place, message, "");
    }
}
