//! What becomes of writes that nobody waits for any more: the log is the only place left to say it.
//! Names from the configuration, codes and times; nothing of a patient's.

use std::sync::Arc;
use std::time::Duration;

use crate::{Call, Outcome};

/// Whose end is told.
pub(super) struct Left {
    endpoint: Arc<str>,
    call: Arc<str>,
    backend: Arc<str>,
}

impl Left {
    pub(super) fn new(endpoint: &Arc<str>, call: &Call) -> Self {
        Self {
            endpoint: Arc::clone(endpoint),
            call: Arc::clone(&call.name),
            backend: Arc::clone(&call.backend.alias),
        }
    }

    /// Logs how the write has ended, `took` after it began.
    pub(super) fn ended(&self, outcome: &Outcome, took: Duration) {
        let (endpoint, call, backend) = (&*self.endpoint, &*self.call, &*self.backend);
        let code = outcome.code().map(problem::Code::as_str);
        let status = outcome
            .success()
            .map(|success| success.status)
            .or_else(|| outcome.failure().and_then(|failure| failure.status));
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let outcome_is = outcome.as_str();
        if matches!(outcome, Outcome::Ok(_)) {
            tracing::info!(
                endpoint,
                call,
                backend,
                outcome = outcome_is,
                status,
                ms,
                "{ENDED}"
            );
        } else {
            tracing::warn!(
                endpoint,
                call,
                backend,
                outcome = outcome_is,
                code,
                status,
                ms,
                "{ENDED}"
            );
        }
    }

    /// Logs how far the writes for a list have come: each that is under way tells its own end.
    pub(super) fn list(&self, total: usize, begun: usize) {
        let (endpoint, call, backend) = (&*self.endpoint, &*self.call, &*self.backend);
        let never_begun = total.saturating_sub(begun);
        tracing::warn!(
            endpoint,
            call,
            backend,
            begun,
            never_begun,
            "nobody waits any more for the writes for a list"
        );
    }
}

/// Tells how far the writes for a list have come when it is dropped before they are through.
pub(super) struct Tally {
    pub(super) left: Left,
    pub(super) total: usize,
    pub(super) begun: usize,
    pub(super) through: bool,
}

impl Drop for Tally {
    fn drop(&mut self) {
        if !self.through {
            self.left.list(self.total, self.begun);
        }
    }
}

const ENDED: &str = "a write has ended that nobody waits for any more";

#[cfg(test)]
mod tests;
