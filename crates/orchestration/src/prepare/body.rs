//! Rendering a body.

use bytes::Bytes;
use http::HeaderValue;

use super::check::Checker;
use super::value::{self, Value};
use super::{Fault, Payload, Values, text};
use crate::{BodyTemplate, JsonTemplate, Source, Template};

mod multipart;

/// Checks the client's values in `template`.
pub(super) fn check(template: &BodyTemplate, checker: &mut Checker<'_, '_>) {
    match template {
        BodyTemplate::Json { template, .. } => check_json(template, checker),
        BodyTemplate::Form(pairs) => pairs.iter().for_each(|(_, value)| checker.text(value)),
        BodyTemplate::Multipart(fields) => multipart::check(fields, checker),
        BodyTemplate::Client => {}
    }
}

fn check_json(template: &JsonTemplate, checker: &mut Checker<'_, '_>) {
    match template {
        JsonTemplate::Literal(_) => {}
        JsonTemplate::Text(text) => checker.text(text),
        JsonTemplate::Value { source, expression } => checker.value(source, expression),
        JsonTemplate::Object(members) => members
            .iter()
            .for_each(|(_, member)| check_json(member, checker)),
        JsonTemplate::Array(elements) => elements
            .iter()
            .for_each(|element| check_json(element, checker)),
    }
}

/// The body; `None` where it is the client's and the client sent none.
pub(super) fn render(
    template: &BodyTemplate,
    values: Values<'_>,
) -> Result<Option<Payload>, Fault> {
    match template {
        BodyTemplate::Json {
            template,
            media_type,
        } => {
            let mut out = Vec::with_capacity(256);
            if !write(template, values, &mut out)? {
                out.extend_from_slice(b"null");
            }
            Ok(Some(payload(media_type, out)))
        }
        BodyTemplate::Form(pairs) => {
            let mut out = String::new();
            text::pairs(pairs, values, &mut out)?;
            Ok(Some(payload("application/x-www-form-urlencoded", out)))
        }
        BodyTemplate::Multipart(fields) => multipart::render(fields, values).map(Some),
        BodyTemplate::Client => Ok(client(values)),
    }
}

fn payload(media_type: &'static str, bytes: impl Into<Bytes>) -> Payload {
    Payload {
        media_type: HeaderValue::from_static(media_type),
        bytes: bytes.into(),
    }
}

/// The client's own bytes.
fn client(values: Values<'_>) -> Option<Payload> {
    match (&values.inputs.raw, &values.inputs.body) {
        (Some(raw), _) => Some(Payload {
            media_type: raw.media_type.clone(),
            bytes: raw.bytes.clone(),
        }),
        (None, Some(json)) => Some(payload("application/json", json.bytes())),
        (None, None) => None,
    }
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
    let mut written = String::new();
    for part in &template.parts {
        text::write_part(part, values, &mut written)?;
    }
    string(&written, out);
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
