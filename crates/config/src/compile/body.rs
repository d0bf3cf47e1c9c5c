//! JSON bodies that calls send: constants with places in them.

use orchestration::{JsonTemplate, PLAIN};
use serde_json::Value;

use super::payload;
use super::scope::{Optional, Scope, Slot, pieces};
use super::template::Piece;
use crate::check::unquoted_place;
use crate::place::Place;
use crate::report::Report;

/// Text that is written as a JSON string afterwards.
const TEXT: Slot = Slot {
    encoder: PLAIN,
    literal: str::to_owned,
    optional: Optional::Refused,
};

/// The template that `value` is, or `None` after a fault.
pub(crate) fn compile(
    value: &Value,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<JsonTemplate> {
    match value {
        _ if is_constant(value) => {
            warn_of_unquoted(value, scope, place, report);
            constant(value, place, report)
        }
        Value::String(text) => string(text, scope, place, report),
        Value::Array(elements) => {
            // Each element is compiled before any is judged: all faults are told.
            let compiled: Vec<_> = elements
                .iter()
                .enumerate()
                .map(|(index, element)| compile(element, scope, &place.index(index), report))
                .collect();
            compiled
                .into_iter()
                .collect::<Option<_>>()
                .map(JsonTemplate::Array)
        }
        Value::Object(members) => {
            let compiled: Vec<_> = members
                .iter()
                .map(|(name, member)| {
                    Some((
                        name.clone(),
                        compile(member, scope, &place.key(name), report)?,
                    ))
                })
                .collect();
            compiled
                .into_iter()
                .collect::<Option<_>>()
                .map(JsonTemplate::Object)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => constant(value, place, report),
    }
}

/// Whether no text in `value` has a brace: a place, or an escaped one.
fn is_constant(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains(['{', '}']),
        Value::Array(elements) => elements.iter().all(is_constant),
        Value::Object(members) => members.values().all(is_constant),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Warns of `{id}` without quotes: a mapping with the key `id` would be sent.
fn warn_of_unquoted(value: &Value, scope: &Scope<'_>, place: &Place, report: &mut Report<'_>) {
    match value {
        Value::Object(members) => {
            let name = members.keys().next().filter(|name| scope.knows(name));
            if let (Some(name), Some(help)) = (name, unquoted_place(value)) {
                let message = format!("`{{{name}}}` without quotes is a mapping, sent as it is");
                report.warn(place, message, help);
            }
            for (name, member) in members {
                warn_of_unquoted(member, scope, &place.key(name), report);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                warn_of_unquoted(element, scope, &place.index(index), report);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn constant(value: &Value, place: &Place, report: &mut Report<'_>) -> Option<JsonTemplate> {
    payload::constant(value, place, report).map(JsonTemplate::Literal)
}

fn string(
    text: &str,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<JsonTemplate> {
    if let [Piece::Expression(expression)] = pieces(text, place, report)?.as_slice() {
        let source = scope.source(expression, true, place, report)?;
        return Some(JsonTemplate::Value {
            source,
            expression: format!("{{{expression}}}"),
        });
    }
    scope
        .template(text, TEXT, place, report)
        .map(JsonTemplate::Text)
}
