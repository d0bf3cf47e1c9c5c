//! The responses of a request that fails, from the registry of codes.

use orchestration::{Call, Effect};
use problem::{CallProblem, Code, ParameterProblem, Problem};
use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{ContentBuilder, Header, RefOr, Response, ResponseBuilder};

use super::components::Library;
use super::failures::Failure;
use super::{explained, schema};
use crate::explain::MEDIA_TYPE as MEDIA_TYPE_EXPLAINED;

const PROBLEM: &str = "Problem";
/// The member of a partial answer that tells what is missing.
pub(super) const MEMBER: &str = "problems";
/// What it means.
pub(super) const MEMBER_MEANS: &str =
    "One entry per missing or incomplete part; absent when there is none.";
const MEDIA_TYPE: &str = "application/problem+json";

/// More titles than this make no sentence.
const MOST_TITLES: usize = 3;

/// How a call may end.
pub(super) const OUTCOMES: [&str; 6] =
    ["ok", "incomplete", "absent", "failed", "skipped", "unknown"];

/// The response with a status and one of `failures`, with an example each; `explained`: for clients with
/// the right to see how it came about.
pub(super) fn response(
    status: u16,
    failures: &[Failure<'_>],
    explained: bool,
    library: &mut Library,
) -> RefOr<Response> {
    let explained = explained && explained::is_explained(status);
    if failures.iter().any(|failure| failure.call.is_some()) {
        return RefOr::T(describe(status, failures, explained, library));
    }
    // Where no call fails, all endpoints fail alike with a status.
    let name = format!(
        "Problem{status}{}",
        if explained { "Explained" } else { "" }
    );
    library.response(&name, |library| {
        describe(status, failures, explained, library)
    })
}

fn describe(
    status: u16,
    failures: &[Failure<'_>],
    explained: bool,
    library: &mut Library,
) -> Response {
    let problem = problem_schema(library);
    let examples = failures.iter().map(|failure| {
        let example = ExampleBuilder::new()
            .summary(failure.code.title())
            .value(Some(example(failure, status)));
        (failure.code.as_str(), example.build())
    });
    let content = ContentBuilder::new()
        .schema(Some(schema::reference_to(PROBLEM)))
        .extensions(Some(schema::in_order(examples)))
        .build();
    let response = ResponseBuilder::new()
        .description(description(failures))
        .content(MEDIA_TYPE, content)
        .header("X-Request-Id", request_id());
    let response = match failures.first() {
        Some(first) if explained => {
            let content = explained::problem(&problem, example(first, status), library);
            response
                .content(MEDIA_TYPE_EXPLAINED, content)
                .header("Server-Timing", explained::server_timing())
        }
        _ => response,
    };
    let response = match status {
        401 => response.header(
            "WWW-Authenticate",
            header(
                "One challenge per scheme that can succeed (RFC 9110 §11.6.1).",
                json!({ "type": "string" }),
            ),
        ),
        429 | 503 => response.header(
            "Retry-After",
            header(
                "Seconds to wait (RFC 9110 §10.2.3).",
                json!({ "type": "integer", "minimum": 0 }),
            ),
        ),
        _ => response,
    };
    let is_quota = |failure: &Failure<'_>| failure.code == Code::RateLimited;
    let response = if failures.iter().any(is_quota) {
        let what = "What is left (draft-ietf-httpapi-ratelimit-headers): `r` requests, and all of them again in `t` seconds; `RateLimit-Policy` has their number `q` in `w` seconds.";
        response.header("RateLimit", header(what, json!({ "type": "string" })))
    } else {
        response
    };
    response.build()
}

fn description(failures: &[Failure<'_>]) -> String {
    if failures.len() > MOST_TITLES {
        return "A required call failed at its backend: `code` says how.".to_owned();
    }
    let titles: Vec<&str> = failures
        .iter()
        .map(|failure| failure.code.title())
        .collect();
    format!("{}.", titles.join(", or: "))
}

/// The header that every response has.
pub(super) fn request_id() -> Header {
    header(
        "Identifies the request in the service's log.",
        json!({ "type": "string" }),
    )
}

/// A response's header.
pub(super) fn header(description: &str, schema: Value) -> Header {
    HeaderBuilder::new()
        .description(Some(description))
        .schema(Some(schema::verbatim(schema)))
        .build()
}

/// Where the schema of an entry of `problems` is.
pub(super) fn call_problem(library: &mut Library) -> Value {
    library.schema("CallProblem", |library| {
        let issue = issue(library);
        json!({
            "type": "object",
            "description": "How one call ended.",
            "required": ["call", "backend", "need", "outcome"],
            "properties": {
                "call": { "type": "string", "description": "The call: its member in the answer." },
                "backend": { "type": "string", "description": "The backend's name." },
                "need": { "type": "string", "enum": ["required", "optional"] },
                "outcome": { "type": "string", "enum": OUTCOMES },
                "item": { "type": "integer", "minimum": 0, "description": "The element's index, of a call that is made for each element of a list." },
                "write": { "type": "string", "enum": ["done", "refused", "unknown", "not_sent", "per_item"], "description": "What a write has done; absent for a read." },
                "code": code(library),
                "status": status(),
                "detail": { "type": "string", "description": "What is wrong." },
                "latency_ms": { "type": "integer", "minimum": 0, "description": "Milliseconds from the call's start to its end; absent when it was never started." },
                "retry_after": { "type": "integer", "minimum": 0, "description": "Seconds after which the backend may be asked again." },
                "issues": { "type": "array", "items": issue, "description": "What a FHIR backend's OperationOutcome said." },
            },
        })
    })
}

/// An entry of `problems` to show.
pub(super) fn call_problem_example(call: &Call) -> Value {
    json!(CallProblem {
        detail: Some("the call's timeout ran out".into()),
        ..call_example(call, Code::Deadline)
    })
}

fn call_example(call: &Call, code: Code) -> CallProblem {
    let (outcome, write) = match code {
        Code::NotFound => ("absent", "refused"),
        Code::WriteUnknown => ("unknown", "unknown"),
        _ => ("failed", "refused"),
    };
    CallProblem {
        call: call.name.to_string(),
        backend: call.backend.alias.to_string(),
        need: call.need.as_str(),
        outcome,
        code: Some(code),
        item: None,
        write: (call.effect == Effect::Write).then_some(write),
        status: None,
        detail: None,
        latency_ms: Some(41),
        retry_after: None,
        issues: Vec::new(),
    }
}

fn problem_schema(library: &mut Library) -> Value {
    library.schema(PROBLEM, |library| {
        let call = call_problem(library);
        let error = parameter_problem(library);
        json!({
            "type": "object",
            "description": "A problem (RFC 9457).",
            "required": ["type", "title", "status", "code", "detail"],
            "properties": {
                "type": { "type": "string", "format": "uri-reference", "description": "The page that explains the code." },
                "title": { "type": "string", "description": "The same for every problem of the code." },
                "status": { "type": "integer", "minimum": 400, "maximum": 599, "description": "The response's HTTP status." },
                "code": code(library),
                "detail": { "type": "string", "description": "What is wrong this time." },
                "request_id": { "type": "string", "description": "As in X-Request-Id." },
                "errors": { "type": "array", "items": error, "description": "Faults of the request, each with its place." },
                "calls": { "type": "array", "items": call, "description": "How every call of the endpoint ended." },
            },
        })
    })
}

fn parameter_problem(library: &mut Library) -> Value {
    library.schema("ParameterProblem", |_| {
        json!({
            "type": "object",
            "description": "One fault of the request.",
            "required": ["in", "name", "detail"],
            "properties": {
                "in": { "type": "string", "enum": ["path", "query", "header", "body", "claims"] },
                "name": { "type": "string", "description": "The parameter's name; for a body and claims the JSON Pointer (RFC 6901) of the place." },
                "detail": { "type": "string", "description": "Which rule is broken." },
            },
        })
    })
}

fn issue(library: &mut Library) -> Value {
    library.schema("Issue", |_| {
        json!({
            "type": "object",
            "description": "One issue of a backend's OperationOutcome.",
            "externalDocs": { "url": "https://hl7.org/fhir/R4/operationoutcome.html", "description": "HL7 FHIR R4: OperationOutcome" },
            "required": ["severity", "code"],
            "properties": {
                "severity": { "type": "string", "enum": ["fatal", "error", "warning", "information"] },
                "code": { "type": "string", "description": "FHIR R4 issue type." },
                "diagnostics": { "type": "string", "description": "The backend's words." },
            },
        })
    })
}

/// The schema of a backend's status.
pub(super) fn status() -> Value {
    json!({ "type": "integer", "minimum": 100, "maximum": 599, "description": "The backend's own HTTP status, when it answered." })
}

/// Where the schema of a code is.
pub(super) fn code(library: &mut Library) -> Value {
    library.schema("Code", |_| {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        json!({ "type": "string", "enum": names, "description": "A code of the closed registry." })
    })
}

fn example(failure: &Failure<'_>, status: u16) -> Value {
    let code = failure.code;
    let mut problem = Problem::new(code, code.title());
    // Some codes take the status of their company: a throttled call beside one that is away.
    problem.status = status;
    problem.request_id = Some("01JF8Z6Q4M7V".to_owned());
    match code {
        Code::InvalidParameter => problem.errors.push(ParameterProblem {
            place: "query",
            name: "count".to_owned(),
            detail: "must be an integer".to_owned(),
        }),
        Code::InvalidBody => problem.errors.push(ParameterProblem {
            place: "body",
            name: "/amount".to_owned(),
            detail: "must be at most 10".to_owned(),
        }),
        code => {
            let call = failure.call.map(|call| call_example(call, code));
            problem.calls.extend(call);
        }
    }
    json!(problem)
}
