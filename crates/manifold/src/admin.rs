//! The operators' listener: liveness, readiness with every backend's and credential's state, metrics.

use actix_web::http::header::ContentType;
use actix_web::web::{Data, ServiceConfig, get};
use actix_web::{HttpResponse, web};
use backend::Backend;
use jiff::Timestamp;
use serde::Serialize;
use token_provider::{TokenError, TokenSource, TokenState};

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
    configuration: ConfigurationState,
    backends: Vec<BackendState>,
    credentials: Vec<CredentialState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_store: Option<TokenStoreState>,
}

/// What runs, and the configuration read after it that could not.
#[derive(Serialize)]
struct ConfigurationState {
    /// Equal on all replicas that run the same text.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    loaded_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_at: Option<Timestamp>,
    /// The faults, drawn as `manifold check` draws them.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

/// What replicas share their tokens in.
#[derive(Serialize)]
struct TokenStoreState {
    /// `ok` or `away`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    away_for_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct BackendState {
    backend: String,
    /// `unused`, `ok` or `failing`, by the latest call that was let through to it.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_seconds_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_seconds_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_code: Option<&'static str>,
    /// Why there is no connection to it; left out when there was one last.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_fault: Option<String>,
    /// `closed`, `half_open` or `open`; left out without a circuit breaker.
    #[serde(skip_serializing_if = "Option::is_none")]
    breaker: Option<&'static str>,
    /// Left out without a limit to calls at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<CallsState>,
    /// It said 429, and is not asked before.
    #[serde(skip_serializing_if = "Option::is_none")]
    throttled_for_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fhir_check: Option<CheckState>,
}

#[derive(Serialize)]
struct CallsState {
    under_way: usize,
    waiting: usize,
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
    /// The `grant_type` of OAuth 2.0.
    grant: &'static str,
    /// `unused`, `none` (asked for in vain), `fresh`, `expired` or `rejected`.
    token: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_seconds: Option<u64>,
    fetching: bool,
    /// Set while nothing is fetched because the last fetch failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    backing_off_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_in_seconds: Option<u64>,
    /// The authorization server's own code, where it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// The thumbprint of the key that tokens are bound to (RFC 9449).
    #[serde(skip_serializing_if = "Option::is_none")]
    bound_to: Option<String>,
}

async fn readyz(process: Data<Process>) -> HttpResponse {
    let revision = process.revision();
    let readiness = Readiness {
        ready: !process.is_leaving(),
        configuration: configuration_state(&process),
        backends: revision
            .backends
            .iter()
            .map(|backend| backend_state(backend))
            .collect(),
        credentials: revision.tokens.iter().map(credential_state).collect(),
        token_store: process.shared.tokens.store_state().map(token_store_state),
    };
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

fn configuration_state(process: &Process) -> ConfigurationState {
    let running = process.configuration.get();
    let (refused_at, last_error) = running
        .refused
        .map(|refused| (refused.at, refused.reason))
        .unzip();
    ConfigurationState {
        revision: running.revision,
        loaded_at: running.loaded_at,
        refused_at,
        last_error,
    }
}

fn backend_state(backend: &Backend) -> BackendState {
    let last = backend.last_call();
    let spared = backend.resilience();
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
        connection_fault: backend.connection_fault().map(|fault| fault.to_string()),
        breaker: spared.and_then(|state| Some(state.breaker?.as_str())),
        calls: spared.and_then(|state| {
            let (under_way, waiting) = state.calls?;
            Some(CallsState { under_way, waiting })
        }),
        throttled_for_seconds: spared
            .and_then(|state| Some(orchestration::whole_seconds(state.throttled_for?))),
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

fn token_store_state(state: token_provider::StoreState) -> TokenStoreState {
    let (error, since) = state.away.unzip();
    TokenStoreState {
        state: if error.is_some() { "away" } else { "ok" },
        away_for_seconds: since.map(|since| since.as_secs()),
        error: error.map(|error| error.to_string()),
    }
}

fn credential_state(source: &TokenSource) -> CredentialState {
    let state = source.state();
    let (token, age, expires_in) = match state.token {
        TokenState::Fresh { age, expires_in } => ("fresh", Some(age), Some(expires_in)),
        TokenState::Expired => ("expired", None, None),
        TokenState::Rejected => ("rejected", None, None),
        _ if state.last_error.is_some() => ("none", None, None),
        _ => ("unused", None, None),
    };
    let retry_in = state.backing_off.map(|backing_off| backing_off.retry_in);
    let error = state.last_error;
    let code = error.as_ref().and_then(TokenError::server_code);
    CredentialState {
        credential: state.name,
        grant: state.grant,
        token,
        age_seconds: age.map(|age| age.as_secs()),
        expires_in_seconds: expires_in.map(|left| left.as_secs()),
        fetching: state.fetching,
        backing_off_until: retry_in.and_then(|wait| Timestamp::now().checked_add(wait).ok()),
        retry_in_seconds: retry_in.map(|wait| wait.as_secs()),
        last_error_code: code.map(ToString::to_string),
        last_error: error.map(|error| error.to_string()),
        bound_to: source.key_thumbprint().map(str::to_owned),
    }
}

async fn metrics(process: Data<Process>) -> HttpResponse {
    let revision = process.revision();
    let states = revision.tokens.iter().map(TokenSource::state);
    process.shared.metrics.tokens_are(states);
    process
        .shared
        .metrics
        .resilience
        .breakers_are(&revision.backends);
    match process.shared.metrics.text() {
        Ok(text) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
