//! `multipart/form-data` (RFC 7578).

use std::hash::{BuildHasher, RandomState};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;

use super::client;
use crate::prepare::check::Checker;
use crate::prepare::{Fault, Values, text, value};
use crate::{Field, FieldContent, Part, Payload, Template};

/// Checks the client's values in `fields`.
pub(super) fn check(fields: &[Field], checker: &mut Checker<'_, '_>) {
    for field in fields {
        match &field.content {
            FieldContent::Text(text) => checker.text(text),
            FieldContent::Base64(text) => {
                checker.text(text);
                let mut encoded = String::new();
                // What is missing is told already, or may not be needed.
                if checker.is_new(text)
                    && text::write(text, checker.values, &mut encoded).is_ok()
                    && let Err(fault) = decode(text, &encoded, checker.values)
                {
                    checker.fault(fault);
                }
            }
            FieldContent::Client => {}
        }
        if let Some(name) = &field.file_name {
            checker.text(name);
        }
    }
}

/// The whole body, parts in order. A part that is nothing but an optional parameter that the client
/// left out, or the body that it did not send, is left out.
pub(super) fn render(fields: &[Field], values: Values<'_>) -> Result<Payload, Fault> {
    let boundary = boundary();
    let mut out = Vec::new();
    for field in fields {
        let mut media_type = field.media_type.clone();
        let content = match &field.content {
            FieldContent::Text(template) => {
                let mut content = String::new();
                if !text::write(template, values, &mut content)? {
                    continue;
                }
                content.into()
            }
            FieldContent::Base64(template) => bytes(template, values)?.into(),
            FieldContent::Client => {
                let Some(payload) = client(values) else {
                    continue;
                };
                media_type = media_type.or(Some(payload.media_type));
                payload.bytes
            }
        };
        out.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"").as_bytes(),
        );
        quoted(&field.name, &mut out);
        if let Some(template) = &field.file_name {
            let mut name = String::new();
            text::write(template, values, &mut name)?;
            out.extend_from_slice(b"; filename=\"");
            quoted(&name, &mut out);
        }
        if let Some(media_type) = media_type {
            out.extend_from_slice(b"\r\nContent-Type: ");
            out.extend_from_slice(media_type.as_bytes());
        }
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(&content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let media_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"));
    Ok(Payload {
        media_type: media_type.unwrap_or_else(|_| HeaderValue::from_static("multipart/form-data")),
        bytes: out.into(),
    })
}

/// A text that no content can be made to hold: nobody outside can guess it.
fn boundary() -> String {
    let random = || RandomState::new().hash_one(0_u8);
    format!("manifold-{:016x}{:016x}", random(), random())
}

/// Appends `text` and the closing quote, escaped as browsers do (WHATWG HTML, multipart/form-data).
fn quoted(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"%22"),
            b'\r' => out.extend_from_slice(b"%0D"),
            b'\n' => out.extend_from_slice(b"%0A"),
            byte => out.push(byte),
        }
    }
    out.push(b'"');
}

/// The bytes that `template` holds in base64.
fn bytes(template: &Template, values: Values<'_>) -> Result<Vec<u8>, Fault> {
    let mut encoded = String::new();
    text::write(template, values, &mut encoded)?;
    decode(template, &encoded, values)
}

/// The bytes of `encoded`, which `template` has been rendered to.
fn decode(template: &Template, encoded: &str, values: Values<'_>) -> Result<Vec<u8>, Fault> {
    BASE64_STANDARD.decode(encoded.trim()).map_err(|_| {
        let value = template.parts.iter().find_map(|part| match part {
            Part::Value {
                source, expression, ..
            } => Some((source, expression)),
            Part::Literal(_) => None,
        });
        match value {
            Some((source, expression)) => {
                value::misfit(source, expression, values, "must be base64 here")
            }
            None => Fault::Result("a part of the body is not base64".to_owned()),
        }
    })
}

#[cfg(test)]
mod tests;
