//! From a call of the plan and the values at hand to a request. Pure.

use http::{HeaderName, HeaderValue};
use problem::ParameterProblem;

use crate::{Call, Effect, Endpoint, Inputs, Outcome, Payload, Prepared, Source};

mod body;
mod check;
mod condition;
mod constants;
mod header;
mod idempotency;
mod text;
mod value;

pub(crate) use check::misfit;
pub use check::{Checked, check};
pub(crate) use condition::{list, when};
pub use constants::Constants;
pub use header::misfit_in_header;
pub(crate) use text::path_of;
pub(crate) use value::CLAIMS;

/// Why a request cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A value of the client's does not fit its place: 400.
    Client(ParameterProblem),
    /// A value of another call's result is missing or does not fit: 502, `mapping`.
    Result(String),
}

/// Where values come from while a plan runs.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// Names of the parameters.
    pub endpoint: &'a Endpoint,
    /// This request's.
    pub inputs: &'a Inputs,
    /// Ended calls, in the plan's order; `None` while one has not ended.
    pub results: &'a [Option<&'a Outcome>],
    /// The element for which the call is made, where it is made for each of a list.
    pub item: Option<&'a Item<'a>>,
}

/// An element of the list for which a call is made.
pub struct Item<'a> {
    /// The element, one JSON value.
    pub json: &'a [u8],
    /// Its index.
    pub index: usize,
    /// Where the list came from.
    pub list: &'a Source,
    /// What is the same for every element, as far as it has been found already.
    pub constants: &'a Constants,
}

/// The request of `call`, every value in its place.
///
/// # Errors
/// The first value that is missing or does not fit its place.
pub fn prepare(call: &Call, values: Values<'_>) -> Result<Prepared, Fault> {
    let mut prepared = text::path(call, values)?;
    text::pairs(&call.query, values, &mut prepared.query)?;
    prepared.headers.reserve_exact(call.headers.len());
    let mut scratch = String::new();
    for (name, template) in &call.headers {
        scratch.clear();
        if text::write(template, values, &mut scratch)? {
            let value = header(name, &scratch)?;
            prepared.headers.push((name.clone(), value));
        }
    }
    if call.effect == Effect::Write
        && let Some(key) = idempotency::key(call, values)
    {
        let name = HeaderName::from_static("idempotency-key");
        prepared.headers.push((name, key));
    }
    if let Some(template) = &call.body {
        prepared.body = body::render(template, values)?.map(Box::new);
    }
    Ok(prepared)
}

fn header(name: &HeaderName, value: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        Fault::Result(format!(
            "the value for the header `{name}` holds characters that no header may"
        ))
    })
}

#[cfg(test)]
mod tests;
