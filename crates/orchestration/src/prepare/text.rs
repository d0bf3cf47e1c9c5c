//! Rendering text: paths, queries, headers, pieces of bodies.

use std::borrow::Cow;

use super::value::{self, Value};
use super::{Fault, Values};
use crate::{Call, Part, Prepared, Source, Template};

/// A request with its method and path, and nothing else yet.
pub(super) fn path(call: &Call, values: Values<'_>) -> Result<Prepared, Fault> {
    let mut prepared = Prepared {
        method: call.method.clone(),
        path: String::with_capacity(64),
        query: String::new(),
        headers: Vec::new(),
        body: None,
        id: 0..0,
        version: 0..0,
    };
    let resource = call.expect.resource.as_ref();
    for (index, part) in call.path.parts.iter().enumerate() {
        let start = end_of(&prepared.path);
        write_part(part, values, &mut prepared.path)?;
        if let Some(resource) = resource {
            if resource.id == index {
                prepared.id = start..end_of(&prepared.path);
            } else if resource.version == Some(index) {
                prepared.version = start..end_of(&prepared.path);
            }
        }
    }
    Ok(prepared)
}

/// No path is that long; if one were, the resource that must come would not be found in it.
fn end_of(path: &str) -> u32 {
    u32::try_from(path.len()).unwrap_or(u32::MAX)
}

/// Appends `pairs` as a query or a form has them.
pub(super) fn pairs(
    pairs: &[(String, Template)],
    values: Values<'_>,
    out: &mut String,
) -> Result<(), Fault> {
    for (name, template) in pairs {
        let mark = out.len();
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        if !write(template, values, out)? {
            out.truncate(mark);
        }
    }
    Ok(())
}

/// Appends the rendered text; `false`, with nothing appended, when it is nothing but an optional
/// parameter that was left out.
pub(super) fn write(
    template: &Template,
    values: Values<'_>,
    out: &mut String,
) -> Result<bool, Fault> {
    if is_left_out(template, values) {
        return Ok(false);
    }
    for part in &template.parts {
        write_part(part, values, out)?;
    }
    Ok(true)
}

/// The rendered path, or `None` when a value is missing or does not fit.
pub(crate) fn path_of(template: &Template, values: Values<'_>) -> Option<String> {
    let mut out = String::new();
    write(template, values, &mut out).ok()?.then_some(out)
}

/// Whether `template` is nothing but an optional parameter that was left out.
pub(super) fn is_left_out(template: &Template, values: Values<'_>) -> bool {
    matches!(
        template.parts.as_slice(),
        [Part::Value { source: Source::Parameter(index), .. }]
            if value::parameter(*index, values).is_none()
    )
}

pub(super) fn write_part(part: &Part, values: Values<'_>, out: &mut String) -> Result<(), Fault> {
    match part {
        Part::Literal(literal) => {
            out.push_str(literal);
            Ok(())
        }
        Part::Value {
            source,
            encoder,
            expression,
        } => {
            let value = value::find(source, expression, values)?;
            let text: Cow<'_, str> = match value {
                Value::Text(text) => text,
                Value::Json(json) => value::scalar(json).ok_or_else(|| {
                    value::misfit(
                        source,
                        expression,
                        values,
                        "must be a string, a number or a boolean here",
                    )
                })?,
            };
            (encoder.encode)(&text, out)
                .map_err(|refused| value::misfit(source, expression, values, refused.0))
        }
    }
}
