//! What a client is told that may see how an answer comes about: [`crate::explain`].

use config::Configuration;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Content, ContentBuilder, RefOr, Required, Response};

use super::components::Library;
use super::names::pascal;
use super::{problems, schema};
use crate::explain::{MEDIA_TYPE, example};

/// Whether clients may ask for it, if they have the right.
pub(super) const fn is_offered(configuration: &Configuration) -> bool {
    configuration.explain.is_some()
}

/// Whether an answer with this status may be explained: what is refused before the calls is not.
pub(super) const fn is_explained(status: u16) -> bool {
    !matches!(status, 401 | 406 | 413 | 415)
}

pub(super) fn parameter() -> Parameter {
    let what = format!(
        "For clients with the right to see how an answer comes about: with `true` it is `{MEDIA_TYPE}`, the answer or problem as it would have been under `answer`, and under `explain` the endpoint's calls with their needs, times, outcomes, requests and tokens."
    );
    ParameterBuilder::new()
        .name("explain")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(what))
        .schema(Some(schema::verbatim(
            json!({ "type": "boolean", "default": false }),
        )))
        .build()
}

/// Adds what only those with the right see of a successful response of the operation `name`.
pub(super) fn complete(response: &mut Response, name: &str, library: &mut Library) {
    response
        .headers
        .insert("Server-Timing".to_owned(), server_timing().into());
    if response.content.is_empty() {
        return;
    }
    let answer = match response.content.get("application/json") {
        Some(RefOr::T(content)) => Some(content),
        // The service's own documents have no other.
        Some(RefOr::Ref(_)) | None => None,
    };
    let shown = answer.map_or(Some(Value::Null), shown);
    // A file is left out.
    let answer = answer.map_or(Some(json!({ "type": "null" })), |content| {
        content.schema.as_ref().map(schema::plain)
    });
    let component = format!("{}Explained", pascal(name));
    let wrapped = wrapped(&component, &answer.unwrap_or_default(), shown, library);
    response
        .content
        .insert(MEDIA_TYPE.to_owned(), RefOr::T(wrapped));
}

/// A problem with how it came about.
pub(super) fn problem(answer: &Value, shown: Value, library: &mut Library) -> Content {
    wrapped("ExplainedProblem", answer, Some(shown), library)
}

/// The header with the times.
pub(super) fn server_timing() -> utoipa::openapi::Header {
    let what = "For clients with the right to see it: the time of each call in milliseconds, and of all (W3C Server Timing).";
    problems::header(what, json!({ "type": "string" }))
}

/// An answer of the schema `answer` in its explanation, as a component; `shown` is one of them.
fn wrapped(
    component: &str,
    answer: &Value,
    shown: Option<Value>,
    library: &mut Library,
) -> Content {
    library.schema(component, |library| {
        let explanation = explanation(library);
        json!({
            "type": "object",
            "description": "The answer with how it came about.",
            "required": ["answer", "explain"],
            "properties": { "answer": answer, "explain": explanation },
        })
    });
    let shown = shown.map(|answer| json!({ "answer": answer, "explain": example() }));
    ContentBuilder::new()
        .schema(Some(schema::reference_to(component)))
        .example(shown)
        .build()
}

/// An answer that the document shows already.
fn shown(content: &Content) -> Option<Value> {
    let complete = content.examples.get("complete").and_then(|one| match one {
        RefOr::T(example) => example.value.clone(),
        RefOr::Ref(_) => None,
    });
    complete.or_else(|| content.example.clone())
}

fn explanation(library: &mut Library) -> Value {
    library.schema("Explanation", |library| {
        let call = call(library);
        json!({
            "type": "object",
            "description": "How an answer came about.",
            "required": ["endpoint", "status", "budget_ms", "took_ms", "calls"],
            "properties": {
                "endpoint": { "type": "string", "description": "Method and route." },
                "status": { "type": "integer", "minimum": 200, "maximum": 599, "description": "The HTTP status of the answer without its explanation." },
                "complete": { "type": "boolean", "description": "As in Manifold-Complete; absent when no call was made." },
                "budget_ms": time("The endpoint's budget."),
                "took_ms": time("From the request's head until the answer was made."),
                "calls": { "type": "array", "items": call, "description": "The plan's calls in its order; empty when the request was refused before them." },
            },
            "examples": [example()],
        })
    })
}

fn call(library: &mut Library) -> Value {
    library.schema("ExplainedCall", |library| {
        let (attempt, credential) = (attempt(library), credential(library));
        let code = problems::code(library);
        json!({
            "type": "object",
            "description": "One call of the plan and what became of it.",
            "required": ["call", "backend", "need", "effect", "request", "waits_for", "timeout_ms", "outcome", "attempts"],
            "properties": {
                "call": { "type": "string", "description": "The call's name." },
                "backend": { "type": "string", "description": "The backend's name." },
                "need": { "type": "string", "enum": ["required", "optional"] },
                "effect": { "type": "string", "enum": ["read", "write"] },
                "request": { "type": "string", "description": "Method and path as they stand in the configuration, without values." },
                "waits_for": { "type": "array", "items": { "type": "string" }, "description": "The calls whose results it needs." },
                "timeout_ms": time("How long the answer waits for it."),
                "outcome": { "type": "string", "enum": problems::OUTCOMES },
                "code": code,
                "detail": { "type": "string", "description": "Why it is not ok." },
                "status": problems::status(),
                "took_ms": time("From its start to its end; absent when it was never started."),
                "attempts": { "type": "integer", "minimum": 0, "description": "Requests sent to the backend: 0 when it was not made or an answer that was kept was taken." },
                "sent": { "type": "array", "items": attempt, "description": "The first 64 of these requests, in the order in which they were sent; absent when there is none." },
                "cache": {
                    "type": "object",
                    "description": "How often it fared how with the answers that are kept; absent where none is kept.",
                    "properties": cache(),
                },
                "age_seconds": { "type": "integer", "minimum": 0, "description": "Of a result that was kept: how long ago the backend said it." },
                "stale": { "type": "boolean", "description": "True: the backend failed with `code`, and a result that was kept stands in; absent otherwise." },
                "credential": credential,
            },
        })
    })
}

fn attempt(library: &mut Library) -> Value {
    library.schema("Attempt", |library| {
        let code = problems::code(library);
        json!({
            "type": "object",
            "description": "One request to a backend.",
            "required": ["kind", "at_ms"],
            "properties": {
                "kind": {
                    "type": "string",
                    "enum": ["first", "retry", "hedge", "resend", "page"],
                    "description": "The `first` of its call; a `retry` after one that failed; a `hedge` beside one that takes long; a `resend` of one that was refused for its token, its proof or a header; a further `page`.",
                },
                "at_ms": time("When it was sent, from the start of the plan."),
                "took_ms": time("Until its answer was read or the time for it was over; absent when it was given up or is still under way."),
                "status": problems::status(),
                "code": code,
            },
        })
    })
}

fn credential(library: &mut Library) -> Value {
    library.schema("ExplainedCredential", |_| {
        json!({
            "type": "object",
            "description": "How the credential of a call's backend stands after the answer.",
            "required": ["name"],
            "properties": {
                "name": { "type": "string", "description": "As it is configured." },
                "state": { "type": "string", "enum": ["unused", "fresh", "expired", "rejected"], "description": "Of its token; absent where it has none." },
                "age_seconds": { "type": "integer", "minimum": 0, "description": "Since the token came." },
                "expires_in_seconds": { "type": "integer", "minimum": 0, "description": "Until the token expires." },
                "error": { "type": "string", "description": "The authorization server's code for its last refusal (RFC 6749 §5.2)." },
            },
        })
    })
}

fn cache() -> Map<String, Value> {
    let results = [
        (backend::CacheResult::Hit, "A kept answer was fresh."),
        (backend::CacheResult::Miss, "The backend was asked."),
        (
            backend::CacheResult::Joined,
            "Another request was asking for the same.",
        ),
        (
            backend::CacheResult::Stale,
            "The backend failed, and a kept answer was taken.",
        ),
    ];
    let property = |(result, means): (backend::CacheResult, &str)| {
        let property = json!({ "type": "integer", "minimum": 1, "description": means });
        (result.as_str().to_owned(), property)
    };
    results.into_iter().map(property).collect()
}

fn time(means: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "description": format!("{means} Milliseconds.") })
}
