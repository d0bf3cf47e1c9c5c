//! What a call that is made for each of a list needs besides the element: found once for all of them.
//!
//! Finding a place means to walk over its document, which may be large; and the results are not there
//! any more to be looked at while requests are under way.

use bytes::Bytes;

use super::value::{self, Value};
use super::{Fault, Values};
use crate::{Call, Source};

/// Values that do not depend on the element.
#[derive(Default)]
pub struct Constants(Vec<(Source, Result<Found, Fault>)>);

enum Found {
    Text(String),
    Json(Bytes),
}

impl Constants {
    /// The values that the request of `call` needs from documents. One that is missing is missing
    /// for each element.
    pub(crate) fn of(call: &Call, values: Values<'_>) -> Self {
        let mut constants = Self::default();
        let mut visit =
            |source: &Source, expression: &str| constants.add(source, expression, values);
        let texts = std::iter::once(&call.path)
            .chain(call.query.iter().map(|(_, template)| template))
            .chain(call.headers.iter().map(|(_, template)| template));
        texts.for_each(|template| template.each_place(&mut visit));
        if let Some(body) = &call.body {
            body.each_place(&mut visit);
        }
        constants
    }

    fn add(&mut self, source: &Source, expression: &str, values: Values<'_>) {
        // Parameters are at hand.
        let varies = matches!(source, Source::Item(_) | Source::Parameter(_));
        if varies || self.0.iter().any(|(known, _)| known == source) {
            return;
        }
        let found = value::find(source, expression, values).map(|value| match value {
            Value::Text(text) => Found::Text(text.into_owned()),
            Value::Json(json) => Found::Json(value::shared(json, source, values)),
        });
        self.0.push((source.clone(), found));
    }

    /// The value of `source`; `None` when it has not been looked for.
    pub(super) fn find(&self, source: &Source) -> Option<Result<Value<'_>, Fault>> {
        let (_, found) = self.0.iter().find(|(known, _)| known == source)?;
        Some(match found {
            Ok(Found::Text(text)) => Ok(Value::Text(text.into())),
            Ok(Found::Json(json)) => Ok(Value::Json(json.as_ref().into())),
            Err(fault) => Err(fault.clone()),
        })
    }
}
