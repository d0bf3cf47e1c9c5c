//! One call of a plan and what became of it.

use std::collections::BTreeMap;

use config::CredentialKind;
use orchestration::{Call, Effect, Outcome, Part, Plan, Report, Success};
use serde::Serialize;
use token_provider::{TokenError, TokenState};

use super::milliseconds;
use super::sent::{self, Sent};
use crate::authenticate::Principal;
use crate::revision::Revision;

#[derive(Serialize)]
pub(super) struct Explained<'a> {
    pub(super) call: &'a str,
    pub(super) backend: &'a str,
    pub(super) need: &'static str,
    pub(super) effect: &'static str,
    /// As it stands in the configuration, without values.
    pub(super) request: String,
    /// Whose results it needs.
    pub(super) waits_for: Vec<&'a str>,
    pub(super) timeout_ms: f64,
    pub(super) outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    /// The backend's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// Left out: it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) took_ms: Option<f64>,
    /// Requests sent; 0: it was not made, or another request's answer was taken.
    pub(super) attempts: usize,
    /// The first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sent: Vec<Sent>,
    /// How it fared how often with the answers that are kept.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) cache: BTreeMap<&'static str, usize>,
    /// Of a result that was kept: how long ago the backend said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age_seconds: Option<u64>,
    /// The backend failed with `code`, and what was kept stood in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) credential: Option<Token>,
}

/// How the credential of a call's backend stands after the answer.
#[derive(Serialize)]
pub(super) struct Token {
    pub(super) name: String,
    /// Of its token, where it has one: `unused`, `fresh`, `expired` or `rejected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires_in_seconds: Option<u64>,
    /// The authorization server's own code for its last refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl<'a> Explained<'a> {
    pub(super) fn new(
        call: &'a Call,
        report: &Report,
        plan: &'a Plan,
        revision: &Revision,
        client: Option<&Principal>,
    ) -> Self {
        let outcome = &report.outcome;
        let success = outcome.success();
        let stale = success.and_then(Success::stale);
        let names = call
            .waits_for
            .iter()
            .filter_map(|index| plan.calls.get(*index));
        let path = call.path.parts.iter().map(|part| match part {
            Part::Literal(literal) => literal.as_str(),
            Part::Value { expression, .. } => expression.as_str(),
        });
        let path: String = path.collect();
        let log = report.attempts.as_ref().map(|attempts| attempts.log());
        let log = log.unwrap_or_default();
        Self {
            call: &call.name,
            backend: &call.backend.alias,
            need: call.need.as_str(),
            effect: match call.effect {
                Effect::Read => "read",
                Effect::Write => "write",
            },
            request: format!("{} {path}", call.method),
            waits_for: names.map(|call| &*call.name).collect(),
            timeout_ms: milliseconds(call.timeout),
            outcome: outcome.as_str(),
            code: outcome.code().or(stale).map(problem::Code::as_str),
            detail: detail(outcome),
            status: outcome.status(),
            took_ms: report.latency.map(milliseconds),
            attempts: log.sent,
            sent: sent::all(&log),
            cache: log.cache,
            age_seconds: success.and_then(Success::age).map(|age| age.as_secs()),
            stale: stale.is_some(),
            credential: token(call.backend.index, revision, client),
        }
    }
}

/// Why it is not ok, in words that logs may hold.
fn detail(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Failed(failure) | Outcome::Unknown(failure) => Some(failure.detail.to_string()),
        Outcome::Incomplete { reason, .. } => Some(reason.to_string()),
        Outcome::Skipped(reason) => Some(reason.detail().into_owned()),
        Outcome::Ok(_) | Outcome::Absent(_) => None,
    }
}

fn token(backend: usize, revision: &Revision, client: Option<&Principal>) -> Option<Token> {
    let configuration = &revision.configuration;
    let credentials = &configuration.credentials;
    let mut credential = credentials.get(configuration.backends.get(backend)?.credential?)?;
    if let CredentialKind::ByClient(entries) = &credential.kind {
        let client = client?.name();
        let (_, index) = entries.iter().find(|(name, _)| name == client)?;
        credential = credentials.get(*index)?;
    }
    let sources = revision
        .tokens
        .iter()
        .map(token_provider::TokenSource::state);
    let token = matches!(credential.kind, CredentialKind::OAuth2(_))
        .then(|| {
            sources
                .into_iter()
                .find(|state| state.name == *credential.name)
        })
        .flatten();
    let (state, age, expires_in) = match token.as_ref().map(|state| &state.token) {
        None => (None, None, None),
        Some(TokenState::Fresh { age, expires_in }) => (
            Some("fresh"),
            Some(age.as_secs()),
            Some(expires_in.as_secs()),
        ),
        Some(TokenState::Expired) => (Some("expired"), None, None),
        Some(TokenState::Rejected) => (Some("rejected"), None, None),
        Some(_) => (Some("unused"), None, None),
    };
    let error = token.as_ref().and_then(|state| state.last_error.as_ref());
    Some(Token {
        name: credential.name.to_string(),
        state,
        age_seconds: age,
        expires_in_seconds: expires_in,
        error: error
            .and_then(TokenError::server_code)
            .map(ToString::to_string),
    })
}
