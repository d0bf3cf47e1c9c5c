//! What was sent for one call.

use orchestration::{Attempt, AttemptLog};
use problem::Code;
use serde::Serialize;

use super::milliseconds;

/// One request.
#[derive(Serialize)]
pub(super) struct Sent {
    kind: &'static str,
    /// When it was sent, from the start of the plan.
    at_ms: f64,
    /// Left out: it was given up, or is still under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    took_ms: Option<f64>,
    /// The backend's.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
}

impl From<&Attempt> for Sent {
    fn from(attempt: &Attempt) -> Self {
        Self {
            kind: attempt.kind.as_str(),
            at_ms: milliseconds(attempt.at),
            took_ms: attempt.end.map(|end| milliseconds(end.took)),
            status: attempt.end.and_then(|end| end.status),
            code: attempt.end.and_then(|end| end.code),
        }
    }
}

/// The requests of `log`, as many as it tells one by one.
pub(super) fn all(log: &AttemptLog) -> Vec<Sent> {
    log.first.iter().map(Sent::from).collect()
}
