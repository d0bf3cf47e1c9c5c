//! How an answer is made of the calls' results.

use std::sync::Arc;

use http::HeaderName;
use http::header::CACHE_CONTROL;
use mapping::{Body, Mapping, Partial, Piece, Status};
use orchestration::{Call, Reading};
use serde_json::Value;

use super::scope::Scope;
use super::{headers, schemas};
use crate::compiled::Mapped;
use crate::place::Place;
use crate::report::{Report, Setting, Told};
use crate::settings::{EndpointEntry, PartialSettings, ResponseSettings};
use crate::suggest;

mod members;
mod program;
mod select;

/// Headers that say what the service itself has to say, or how caches keep what `cache_control` says they
/// do not.
const OWN: [&str; 23] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "age",
    "cdn-cache-control",
    "content-disposition",
    "content-encoding",
    "content-range",
    "content-security-policy",
    "content-type",
    "date",
    "expires",
    "manifold-complete",
    "pragma",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "server-timing",
    "set-cookie",
    "surrogate-control",
    "traceparent",
    "www-authenticate",
    "x-content-type-options",
    "x-request-id",
];

/// What the endpoint says of its answer; `None`: the calls' members.
///
/// # Errors
/// When it has a fault.
pub(crate) fn compile(
    settings: &EndpointEntry,
    calls: &[Call],
    scope: Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Setting<Mapped> {
    let Some(response) = &settings.response else {
        return Ok(None);
    };
    let (endpoint, place) = (place, place.key("response"));
    let before = report.faults.len();
    fits(settings, response, calls, &place, report);
    let mut reads = Reads::default();
    let body = body(response, calls, scope, &mut reads, &place, report);
    let status = status(response, &scope, &place, report);
    let headers = headers(settings, response, scope, &mut reads, &place, report);
    let schema_place = place.key("schema");
    if let Some(schema) = &response.schema {
        schemas::compile(schema, &schema_place, report);
    }
    let (Some(body), true) = (body, report.faults.len() == before) else {
        return Err(Told);
    };
    let partial = match (response.partial, &body) {
        (Some(PartialSettings::Header), _) => Partial::Header,
        (Some(PartialSettings::Refuse), _) | (None, Body::Root(_)) => Partial::Refuse,
        (None, _) => Partial::Problems,
    };
    if partial == Partial::Refuse {
        unseen(calls, endpoint, report)?;
    }
    Ok(Some(Mapped {
        mapping: Arc::new(Mapping {
            body,
            partial,
            status,
            headers,
            max_input: response.max_input.0,
            max_output: response.max_output.0,
        }),
        schema: response.schema.clone(),
        claims: reads.claims,
        body: reads.body,
    }))
}

/// An answer that is whole or not given shows no fallback.
///
/// # Errors
/// When a call has one.
fn unseen(calls: &[Call], endpoint: &Place, report: &mut Report<'_>) -> Result<(), Told> {
    let before = report.faults.len();
    let with_fallback = calls.iter().filter(|call| call.fallback.is_some());
    for call in with_fallback {
        let place = endpoint.key("calls").key(&call.name).key("fallback");
        report.fault_at_key(
            &place,
            "the fallback is never shown: the answer is not given in part",
            "write `partial: header` in `response`, or leave it out",
        );
    }
    if report.faults.len() > before {
        Err(Told)
    } else {
        Ok(())
    }
}

/// What an answer reads besides results.
#[derive(Default)]
struct Reads {
    claims: bool,
    body: bool,
}

/// Faults of keys that have no meaning together.
fn fits(
    settings: &EndpointEntry,
    response: &ResponseSettings,
    calls: &[Call],
    place: &Place,
    report: &mut Report<'_>,
) {
    if settings.calls.is_empty() {
        report.fault_at_key(
            place,
            "an endpoint without calls has no results to make an answer of",
            "write the answer under `answer`",
        );
    }
    let is_file = |call: &&Call| matches!(call.expect.reading, Reading::Opaque { .. });
    if let Some(file) = calls.iter().find(is_file) {
        report.fault_at_key(
            place,
            format!("the endpoint answers with the file of `{}`", file.name),
            "leave out `response`, or `accept` in the call",
        );
    }
    let makers = [
        ("jq", response.jq.is_some()),
        ("select", response.select.is_some()),
        ("root", response.root.is_some()),
        ("drop", !response.drop.is_empty()),
        ("rename", !response.rename.is_empty()),
        ("merge", response.merge.is_some()),
    ];
    let given: Vec<&str> = makers
        .iter()
        .filter(|(_, given)| *given)
        .map(|(key, _)| *key)
        .collect();
    let alone = |key: &str| matches!(key, "jq" | "select" | "root");
    if let Some(first) = given.iter().find(|key| alone(key))
        && given.len() > 1
    {
        for key in given.iter().filter(|key| *key != first) {
            report.fault_at_key(
                &place.key(key),
                format!("`{first}` makes the whole answer"),
                format!("leave out `{key}`, or `{first}`"),
            );
        }
    }
    if response.status.is_some() && response.status_from.is_some() {
        report.fault_at_key(
            &place.key("status_from"),
            "the answer has a `status` already",
            "leave one out",
        );
    }
    for (key, size) in [
        ("max_input", response.max_input),
        ("max_output", response.max_output),
    ] {
        if size.0 == 0 {
            report.fault(
                &place.key(key),
                "must be more than zero",
                "for example `1MiB`",
            );
        }
    }
}

fn body(
    response: &ResponseSettings,
    calls: &[Call],
    scope: Scope<'_>,
    reads: &mut Reads,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Body> {
    if let Some(code) = &response.jq {
        let program = program::compile(code, scope, reads, &place.key("jq"), report)?;
        return Some(Body::Program(program));
    }
    if let Some(value) = &response.select {
        let place = place.key("select");
        if let Value::Object(members) = value
            && members.contains_key("problems")
        {
            report.fault_at_key(
                &place.key("problems"),
                "`problems` is the service's own member",
                "give it another name",
            );
        }
        let mut select = select::Select { scope, reads };
        return select.node(value, &place, report).map(Body::Select);
    }
    if let Some(name) = &response.root {
        return call(name, &scope, &place.key("root"), report).map(Body::Root);
    }
    members::compile(response, calls, &scope, place, report).map(Body::Members)
}

/// The index of the call `name`, or a fault.
fn call(name: &str, scope: &Scope<'_>, place: &Place, report: &mut Report<'_>) -> Option<usize> {
    let found = scope.calls.get_index_of(name);
    if found.is_none() {
        let names = scope.calls.keys().map(String::as_str);
        let help = suggest::help(name, names, "define it under `calls`");
        report.fault(place, format!("unknown call `{name}`"), help);
    }
    found
}

fn status(
    response: &ResponseSettings,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Status> {
    if let Some(status) = response.status {
        fits_a_body(status, &place.key("status"), report);
        return Some(Status::Fixed(status));
    }
    let name = response.status_from.as_deref()?;
    call(name, scope, &place.key("status_from"), report).map(Status::Of)
}

/// A fault where an answer with this status cannot be a whole body (RFC 9110 §15.3.5 to 7, §15.4).
pub(super) fn fits_a_body(status: u16, place: &Place, report: &mut Report<'_>) {
    let what = match status {
        204 | 205 => "has no body",
        206 => "is a part, which no client has asked for",
        304 => "says that the client has it already",
        300..=399 => "sends the client elsewhere",
        _ => return,
    };
    let help = "200 to 203 or 400 to 599, for example 200";
    report.fault(
        place,
        format!("an answer with the status {status} {what}"),
        help,
    );
}

fn headers(
    settings: &EndpointEntry,
    response: &ResponseSettings,
    scope: Scope<'_>,
    reads: &mut Reads,
    place: &Place,
    report: &mut Report<'_>,
) -> Vec<(HeaderName, Vec<Piece>)> {
    let place = place.key("headers");
    let mut compiled = Vec::new();
    for (text, value) in &response.headers {
        let place = place.key(text);
        let name = headers::name(text, &place, report);
        let mut select = select::Select {
            scope,
            reads: &mut *reads,
        };
        let pieces = select.pieces(&value.0, &place, report);
        let own = name.as_ref().is_some_and(|name| {
            OWN.contains(&name.as_str()) || (name == "location" && settings.location.is_some())
        });
        let kept = name.as_ref().is_some_and(|name| name == CACHE_CONTROL);
        if own || kept {
            report.fault_at_key(
                &place,
                format!("the header `{text}` is the service's own"),
                if kept {
                    "write its value under the endpoint's `cache_control`"
                } else {
                    "give it another name"
                },
            );
        }
        compiled.extend(name.zip(pieces));
    }
    compiled
}
