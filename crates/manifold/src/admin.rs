//! The operators' listener: liveness, readiness with every backend's and credential's state, metrics.

use actix_web::http::header::ContentType;
use actix_web::web::{Data, ServiceConfig, get};
use actix_web::{HttpResponse, web};
use backend::Backend;
use serde::Serialize;
use token_provider::TokenState;

use crate::process::Process;

/// Mounts the operators' pages.
pub(crate) fn configure(configuration: &mut ServiceConfig) {
    configuration
        .service(web::resource("/livez").route(get().to(livez)))
        .service(web::resource("/readyz").route(get().to(readyz)))
        .service(web::resource("/metrics").route(get().to(metrics)));
}

/// Alive as long as the threads that serve turn: an orchestrator restarts a service that does not.
async fn livez(process: Data<Process>) -> HttpResponse {
    // The workers of a service that has ended are gone, as they should be.
    match process.pulse.check() {
        Err(stuck) if !process.has_ended() => {
            tracing::error!(%stuck, "not alive");
            HttpResponse::ServiceUnavailable()
                .content_type(ContentType::plaintext())
                .body(format!("{stuck}\n"))
        }
        Ok(()) | Err(_) => HttpResponse::Ok()
            .content_type(ContentType::plaintext())
            .body("alive\n"),
    }
}

/// Ready or not, and what the operator wants to know beside it. Backends that are down are shown
/// and have no vote: else an orchestrator would take every replica away when one of them is down.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    backends: Vec<BackendState>,
    credentials: Vec<CredentialState>,
}

#[derive(Serialize)]
struct BackendState {
    backend: String,
    /// `unused`, `ok` or `failing`, by the latest call.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_seconds_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_seconds_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fhir_check: Option<CheckState>,
}

#[derive(Serialize)]
struct CheckState {
    passed: u64,
    found: u64,
    not_checked: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<FindingState>,
}

/// Class, element and entry; never a value.
#[derive(Serialize)]
struct FindingState {
    class: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<usize>,
}

#[derive(Serialize)]
struct CredentialState {
    credential: String,
    /// `unused`, `fresh`, `expired` or `rejected`.
    token: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_seconds: Option<u64>,
    fetching: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

async fn readyz(process: Data<Process>) -> HttpResponse {
    let revision = process.revision();
    let readiness = Readiness {
        ready: !process.is_leaving(),
        backends: revision
            .backends
            .iter()
            .map(|backend| backend_state(backend))
            .collect(),
        credentials: revision
            .tokens
            .iter()
            .map(|source| credential_state(source.state()))
            .collect(),
    };
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

fn backend_state(backend: &Backend) -> BackendState {
    let last = backend.last_call();
    let state = match (last.succeeded, last.failed) {
        (None, None) => "unused",
        (Some(succeeded), Some((failed, _))) if succeeded <= failed => "ok",
        (Some(_), None) => "ok",
        (_, Some(_)) => "failing",
    };
    BackendState {
        backend: backend.alias().to_string(),
        state,
        last_success_seconds_ago: last.succeeded.map(|ago| ago.as_secs()),
        last_failure_seconds_ago: last.failed.map(|(ago, _)| ago.as_secs()),
        last_failure_code: last.failed.map(|(_, code)| code.as_str()),
        fhir_check: backend.check_state().map(|state| CheckState {
            passed: state.passed,
            found: state.found,
            not_checked: state.not_checked,
            latest: state.latest.map(|finding| FindingState {
                class: finding.class.as_str(),
                element: finding.element,
                entry: finding.entry,
            }),
        }),
    }
}

fn credential_state(state: token_provider::State) -> CredentialState {
    let (token, age, expires_in) = match state.token {
        TokenState::Fresh { age, expires_in } => ("fresh", Some(age), Some(expires_in)),
        TokenState::Expired => ("expired", None, None),
        TokenState::Rejected => ("rejected", None, None),
        _ => ("unused", None, None),
    };
    CredentialState {
        credential: state.name,
        token,
        age_seconds: age.map(|age| age.as_secs()),
        expires_in_seconds: expires_in.map(|left| left.as_secs()),
        fetching: state.fetching,
        retry_in_seconds: state
            .backing_off
            .map(|backing_off| backing_off.retry_in.as_secs()),
        last_error: state.last_error.map(|error| error.to_string()),
    }
}

async fn metrics(process: Data<Process>) -> HttpResponse {
    match process.shared.metrics.text() {
        Ok(text) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
