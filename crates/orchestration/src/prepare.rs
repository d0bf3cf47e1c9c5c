//! From a call of the plan and the values at hand to a request. Pure.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};
use problem::ParameterProblem;

use crate::{
    Call, Effect, Endpoint, Inputs, JsonTemplate, Outcome, Part, Prepared, Source, Template,
};

mod body;
mod value;

use value::Value;

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
}

/// Checks every value of the client's in every call, before any backend is called.
///
/// # Errors
/// All faults together, one per parameter and rule.
pub fn check(endpoint: &Endpoint, inputs: &Inputs) -> Result<(), Vec<ParameterProblem>> {
    let values = Values {
        endpoint,
        inputs,
        results: &[],
    };
    let mut faults = Vec::new();
    for call in &endpoint.plan.calls {
        let texts = std::iter::once(&call.path)
            .chain(call.query.iter().map(|(_, template)| template))
            .chain(call.headers.iter().map(|(_, template)| template));
        for template in texts {
            check_text(template, values, &mut faults);
        }
        if let Some(body) = &call.body {
            body::check(body, values, &mut faults);
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

fn check_text(template: &Template, values: Values<'_>, faults: &mut Vec<ParameterProblem>) {
    if is_left_out(template, values) {
        return;
    }
    let mut scratch = String::new();
    for part in &template.parts {
        if let Part::Value {
            source: Source::Parameter(_) | Source::Body(_),
            ..
        } = part
            && let Err(Fault::Client(fault)) = write_part(part, values, &mut scratch)
            && !faults.contains(&fault)
        {
            faults.push(fault);
        }
    }
}

/// The request of `call`, every value in its place.
///
/// # Errors
/// The first value that is missing or does not fit its place.
pub fn prepare(call: &Call, values: Values<'_>) -> Result<Prepared, Fault> {
    let path = text(&call.path, values)?.unwrap_or_default();
    let mut query = String::new();
    for (name, template) in &call.query {
        let Some(value) = text(template, values)? else {
            continue;
        };
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.push_str(&value);
    }
    let mut headers = Vec::with_capacity(call.headers.len());
    for (name, template) in &call.headers {
        if let Some(value) = text(template, values)? {
            headers.push((name.clone(), header(name, &value)?));
        }
    }
    if call.effect == Effect::Write
        && let Some(key) = &values.inputs.idempotency_key
    {
        headers.push((HeaderName::from_static("idempotency-key"), key.clone()));
    }
    let body = call
        .body
        .as_ref()
        .map(|template| body::render(template, values))
        .transpose()?;
    Ok(Prepared {
        method: call.method.clone(),
        path,
        query,
        headers,
        body,
    })
}

fn header(name: &HeaderName, value: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        Fault::Result(format!(
            "the value for the header `{name}` holds characters that no header may"
        ))
    })
}

/// Whether `template` is nothing but an optional parameter that was left out.
fn is_left_out(template: &Template, values: Values<'_>) -> bool {
    matches!(
        template.parts.as_slice(),
        [Part::Value { source: Source::Parameter(index), .. }]
            if value::parameter(*index, values).is_none()
    )
}

/// The rendered text, or `None` when it is nothing but an optional parameter that was left out.
fn text(template: &Template, values: Values<'_>) -> Result<Option<String>, Fault> {
    if is_left_out(template, values) {
        return Ok(None);
    }
    let mut out = String::with_capacity(64);
    for part in &template.parts {
        write_part(part, values, &mut out)?;
    }
    Ok(Some(out))
}

fn write_part(part: &Part, values: Values<'_>, out: &mut String) -> Result<(), Fault> {
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

#[cfg(test)]
#[path = "prepare/tests.rs"]
mod tests;
