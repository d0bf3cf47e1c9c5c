//! Whether a call is made, and for which elements.

use std::borrow::Cow;

use super::value::{self, Value};
use super::{Fault, Values};
use crate::{Call, ForEach};
use bytes::Bytes;

/// Whether everything holds that must hold for `call` to be made.
pub(crate) fn when(call: &Call, values: Values<'_>) -> bool {
    call.when.iter().all(|condition| {
        // What is missing is what a condition asks for; a value that does not exist is no fault here.
        let value = value::find(&condition.source, &condition.expression, values).ok();
        let found = value.as_ref().and_then(|value| match value {
            Value::Text(text) => Some(Some(Cow::Borrowed(text.as_ref()))),
            Value::Json(json) if json::kind(json) == Some(json::Kind::Null) => None,
            Value::Json(json) => Some(value::scalar(Cow::Borrowed(json.as_ref()))),
        });
        condition
            .test
            .holds(found.as_ref().map(|scalar| scalar.as_deref()))
    })
}

/// The list of which a call is made for each element, in one piece.
///
/// # Errors
/// When it is missing or no list.
pub(super) fn items<'a>(each: &ForEach, values: Values<'a>) -> Result<Cow<'a, [u8]>, Fault> {
    let no_list = || value::misfit(&each.source, &each.expression, values, "must be a list");
    match value::find(&each.source, &each.expression, values)? {
        Value::Json(json) if json::kind(&json) == Some(json::Kind::Array) => Ok(json),
        Value::Json(_) | Value::Text(_) => Err(no_list()),
    }
}

/// As [`items`], without what it was borrowed from.
///
/// # Errors
/// When it is missing or no list.
pub(crate) fn list(each: &ForEach, values: Values<'_>) -> Result<Bytes, Fault> {
    items(each, values).map(|list| value::shared(list, &each.source, values))
}
