//! Finding one value, and saying whose fault it is when it is not there.

use std::borrow::Cow;

use bytes::Bytes;
use problem::ParameterProblem;

use super::{Fault, Item, Source, Values};
use crate::{Parameter, Success};

/// Where claims stand, in a [`ParameterProblem`].
pub(crate) const CLAIMS: &str = "claims";

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
    if let Some(found) = values.item.and_then(|item| item.constants.find(source)) {
        return found;
    }
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
        Source::Call { call, path } => select(&result(*call, expression, values)?.body, path)
            .map_err(|missing| Fault::Result(format!("{expression}: {missing}"))),
        Source::Status { call } => {
            let status = result(*call, expression, values)?.status.to_string();
            Ok(Value::Json(Cow::Owned(status.into_bytes())))
        }
        Source::ResponseHeader { call, name } => {
            let header = result(*call, expression, values)?.header(name);
            header
                .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
                .map(|text| Value::Text(Cow::Borrowed(text)))
                .ok_or_else(|| misfit(source, expression, values, "the answer has no such header"))
        }
        Source::Claim(path) => {
            let missing = || misfit(source, expression, values, "is required");
            let claims = values.inputs.claims.as_ref().ok_or_else(missing)?;
            select(claims, path).map_err(|_| missing())
        }
        Source::Item(path) => {
            let missing = || misfit(source, expression, values, "is required");
            let item = values.item.ok_or_else(missing)?;
            path.select(item.json)
                .map(|found| Value::Json(Cow::Borrowed(found)))
                .map_err(|_| missing())
        }
    }
}

fn result<'a>(call: usize, expression: &str, values: Values<'a>) -> Result<&'a Success, Fault> {
    let outcome = values.results.get(call).copied().flatten();
    outcome
        .and_then(crate::Outcome::success)
        .ok_or_else(|| Fault::Result(format!("{expression}: the call has no result")))
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

/// `found`, which [`find`] has found for `source`, without what it was borrowed from. It shares the
/// bytes of its document where it can.
pub(super) fn shared(found: Cow<'_, [u8]>, source: &Source, values: Values<'_>) -> Bytes {
    let part = match found {
        Cow::Owned(part) => return part.into(),
        Cow::Borrowed(part) => part,
    };
    let document = match source {
        Source::Body(_) => values.inputs.body.as_ref(),
        Source::Claim(_) => values.inputs.claims.as_ref(),
        Source::Call { call, .. } => result(*call, "", values).ok().map(|result| &result.body),
        Source::Parameter(_)
        | Source::Status { .. }
        | Source::ResponseHeader { .. }
        | Source::Item(_) => None,
    };
    // What is borrowed was found in a document of one piece.
    match document.map(json::CheckedJson::slices) {
        Some([whole]) => whole.slice_ref(part),
        Some(_) | None => Bytes::copy_from_slice(part),
    }
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
        Source::Claim(path) => Fault::Client(ParameterProblem {
            place: CLAIMS,
            name: pointer(path),
            detail: rule.to_owned(),
        }),
        Source::Item(path) => match values.item {
            Some(item) => item_misfit(item, path, expression, rule),
            None => Fault::Result(format!("{expression}: {rule}")),
        },
        Source::Call { .. } | Source::Status { .. } | Source::ResponseHeader { .. } => {
            Fault::Result(format!("{expression}: {rule}"))
        }
    }
}

/// The fault of an element: of whoever sent the list.
fn item_misfit(item: &Item<'_>, path: &json::Path, expression: &str, rule: &str) -> Fault {
    let within = |list: &json::Path| format!("{}/{}{}", pointer(list), item.index, pointer(path));
    let (place, name) = match item.list {
        Source::Body(list) => ("body", within(list)),
        Source::Claim(list) => (CLAIMS, within(list)),
        Source::Parameter(_)
        | Source::Call { .. }
        | Source::Status { .. }
        | Source::ResponseHeader { .. }
        | Source::Item(_) => return Fault::Result(format!("{expression}: {rule}")),
    };
    Fault::Client(ParameterProblem {
        place,
        name,
        detail: rule.to_owned(),
    })
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
