//! Finding one value, and saying whose fault it is when it is not there.

use std::borrow::Cow;

use problem::ParameterProblem;

use super::{Fault, Source, Values};
use crate::Parameter;

/// A value as found.
pub(super) enum Value<'a> {
    /// A parameter's text.
    Text(Cow<'a, str>),
    /// A place in a JSON document: one JSON value, bytes as they came.
    Json(Cow<'a, [u8]>),
}

pub(super) fn parameter(index: usize, values: Values<'_>) -> Option<&Parameter> {
    values.inputs.parameters.get(index)?.as_ref()
}

/// The value of `source`.
pub(super) fn find<'a>(
    source: &Source,
    expression: &str,
    values: Values<'a>,
) -> Result<Value<'a>, Fault> {
    match source {
        Source::Parameter(index) => parameter(*index, values)
            .map(|parameter| Value::Text(Cow::Borrowed(parameter.text.as_str())))
            .ok_or_else(|| misfit(source, expression, values, "is required")),
        Source::Body(path) => {
            let body = values
                .inputs
                .body
                .as_ref()
                .ok_or_else(|| misfit(source, expression, values, "is required"))?;
            select(body, path).map_err(|_| misfit(source, expression, values, "is required"))
        }
        Source::Call { call, path } => {
            let success = values
                .results
                .get(*call)
                .copied()
                .flatten()
                .and_then(crate::Outcome::success);
            let Some(success) = success else {
                return Err(Fault::Result(format!(
                    "{expression}: the call has no result"
                )));
            };
            select(&success.body, path)
                .map_err(|missing| Fault::Result(format!("{expression}: {missing}")))
        }
    }
}

/// The place in a document. Borrowed when the document is in one piece, which all but large ones are.
fn select<'a>(
    document: &'a json::CheckedJson,
    path: &json::Path,
) -> Result<Value<'a>, json::Missing> {
    if let [whole] = document.slices() {
        return path
            .select(whole)
            .map(|found| Value::Json(Cow::Borrowed(found)));
    }
    let whole = document.bytes();
    path.select(&whole)
        .map(|found| Value::Json(Cow::Owned(found.to_vec())))
}

/// The text of a JSON scalar; `None` for null, objects, arrays and strings that are no Unicode.
pub(super) fn scalar(value: Cow<'_, [u8]>) -> Option<Cow<'_, str>> {
    match json::kind(&value)? {
        json::Kind::String => match value {
            Cow::Borrowed(bytes) => json::string(bytes),
            Cow::Owned(bytes) => json::string(&bytes).map(|text| Cow::Owned(text.into_owned())),
        },
        json::Kind::Number | json::Kind::Boolean => match value {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
        },
        json::Kind::Object | json::Kind::Array | json::Kind::Null => None,
    }
}

/// The fault of a value that is missing or breaks `rule`: the client's for its own values, the
/// backend's for a result. Names the place, never the value.
pub(super) fn misfit(source: &Source, expression: &str, values: Values<'_>, rule: &str) -> Fault {
    match source {
        Source::Parameter(index) => {
            let (place, name) = values
                .endpoint
                .parameters
                .get(*index)
                .map_or(("path", expression.to_owned()), |parameter| {
                    (parameter.place, parameter.name.clone())
                });
            Fault::Client(ParameterProblem {
                place,
                name,
                detail: rule.to_owned(),
            })
        }
        Source::Body(path) => Fault::Client(ParameterProblem {
            place: "body",
            name: pointer(path),
            detail: rule.to_owned(),
        }),
        Source::Call { .. } => Fault::Result(format!("{expression}: {rule}")),
    }
}

/// A path as a JSON Pointer (RFC 6901 §3), as the schema checks name places in a body.
fn pointer(path: &json::Path) -> String {
    let mut out = String::new();
    for step in path.steps() {
        out.push('/');
        match step {
            json::Step::Member(name) => out.push_str(&name.replace('~', "~0").replace('/', "~1")),
            json::Step::Index(index) => out.push_str(&index.to_string()),
        }
    }
    out
}
