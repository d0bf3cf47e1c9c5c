//! Headers of the answer that are made of the client's values.

use problem::ParameterProblem;

use super::value::{self, Value};
use super::{Fault, Values};
use crate::{Endpoint, HEADER, Inputs, Source};

/// The fault of a value of the client's that cannot stand in a header of the answer. `None` where it
/// can, where it was left out (as the header is, then), and for values that are not the client's.
#[must_use]
pub fn misfit_in_header(
    source: &Source,
    expression: &str,
    endpoint: &Endpoint,
    inputs: &Inputs,
) -> Option<ParameterProblem> {
    let values = Values {
        endpoint,
        inputs,
        results: &[],
        item: None,
    };
    let misfit = |rule| match value::misfit(source, expression, values, rule) {
        Fault::Client(problem) => Some(problem),
        Fault::Result(_) => None,
    };
    let text = match value::find(source, expression, values).ok()? {
        Value::Text(text) => text,
        Value::Json(found) if json::kind(&found) == Some(json::Kind::Null) => return None,
        Value::Json(found) => match value::scalar(found) {
            Some(text) => text,
            None => return misfit("must be a string, a number or a boolean here"),
        },
    };
    match (HEADER.encode)(&text, &mut String::new()) {
        Ok(()) => None,
        Err(refused) => misfit(refused.0),
    }
}
