//! Rendering a JSON body.

use bytes::Bytes;
use problem::ParameterProblem;

use super::value::{self, Value};
use super::{Fault, JsonTemplate, Source, Template, Values};

/// Checks the client's values in `template`.
pub(super) fn check(
    template: &JsonTemplate,
    values: Values<'_>,
    faults: &mut Vec<ParameterProblem>,
) {
    match template {
        JsonTemplate::Text(text) => super::check_text(text, values, faults),
        JsonTemplate::Value {
            source: Source::Body(path),
            expression,
        } => {
            let source = Source::Body(path.clone());
            if let Err(Fault::Client(fault)) = value::find(&source, expression, values)
                && !faults.contains(&fault)
            {
                faults.push(fault);
            }
        }
        // A parameter may be left out: the member is left out with it.
        JsonTemplate::Literal(_) | JsonTemplate::Value { .. } => {}
        JsonTemplate::Object(members) => members
            .iter()
            .for_each(|(_, member)| check(member, values, faults)),
        JsonTemplate::Array(elements) => elements
            .iter()
            .for_each(|element| check(element, values, faults)),
    }
}

/// The body's bytes.
pub(super) fn render(template: &JsonTemplate, values: Values<'_>) -> Result<Bytes, Fault> {
    let mut out = Vec::with_capacity(256);
    if !write(template, values, &mut out)? {
        out.extend_from_slice(b"null");
    }
    Ok(out.into())
}

/// Appends `template`; `false` when it is an optional parameter that was left out.
fn write(template: &JsonTemplate, values: Values<'_>, out: &mut Vec<u8>) -> Result<bool, Fault> {
    match template {
        JsonTemplate::Literal(literal) => literal
            .slices()
            .iter()
            .for_each(|slice| out.extend_from_slice(slice)),
        JsonTemplate::Text(template) => write_text(template, values, out)?,
        JsonTemplate::Value { source, expression } => {
            return write_value(source, expression, values, out);
        }
        JsonTemplate::Object(members) => {
            out.push(b'{');
            let mut first = true;
            for (name, member) in members {
                let mark = out.len();
                if !first {
                    out.push(b',');
                }
                string(name, out);
                out.push(b':');
                if write(member, values, out)? {
                    first = false;
                } else {
                    out.truncate(mark);
                }
            }
            out.push(b'}');
        }
        JsonTemplate::Array(elements) => {
            out.push(b'[');
            let mut first = true;
            for element in elements {
                let mark = out.len();
                if !first {
                    out.push(b',');
                }
                if write(element, values, out)? {
                    first = false;
                } else {
                    out.truncate(mark);
                }
            }
            out.push(b']');
        }
    }
    Ok(true)
}

fn write_text(template: &Template, values: Values<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut text = String::new();
    for part in &template.parts {
        super::write_part(part, values, &mut text)?;
    }
    string(&text, out);
    Ok(())
}

fn write_value(
    source: &Source,
    expression: &str,
    values: Values<'_>,
    out: &mut Vec<u8>,
) -> Result<bool, Fault> {
    if let Source::Parameter(index) = source {
        let Some(parameter) = value::parameter(*index, values) else {
            return Ok(false);
        };
        if parameter.bare {
            out.extend_from_slice(parameter.text.as_bytes());
        } else {
            string(&parameter.text, out);
        }
        return Ok(true);
    }
    match value::find(source, expression, values)? {
        Value::Text(text) => string(&text, out),
        Value::Json(json) => out.extend_from_slice(&json),
    }
    Ok(true)
}

/// Appends `text` as a JSON string.
fn string(text: &str, out: &mut Vec<u8>) {
    // A string always serialises, and a Vec takes it.
    serde_json::to_writer(out, text).ok();
}
