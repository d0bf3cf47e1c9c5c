//! One request under the breaker's eyes, from its admission to its verdict.

use std::sync::atomic::{AtomicBool, Ordering};

use orchestration::AttemptKind;
use problem::Code;
use tokio::time::Instant;

use super::breaker::{Breaker, Pass, Verdict};
use crate::failure::Fault;

/// What is noted of one request under way.
pub(crate) struct Attempt {
    sent: AtomicBool,
    /// Why there is one more; `None`: it is the first.
    kind: Option<AttemptKind>,
}

impl Attempt {
    /// The request goes out: from here on its end says something about the backend.
    pub(crate) fn sent(&self) {
        self.sent.store(true, Ordering::Relaxed);
    }

    /// Why there is one more; `None`: it is the first for what is asked.
    pub(crate) const fn kind(&self) -> Option<AttemptKind> {
        self.kind
    }
}

/// A request that the breaker let through. Dropped without a result it has run out of time, which
/// counts, or was cancelled, which does not.
pub(super) struct Watched<'a> {
    pub(super) attempt: Attempt,
    passed: Option<(&'a Breaker, Pass)>,
    deadline: Instant,
}

impl<'a> Watched<'a> {
    pub(super) fn new(
        passed: Option<(&'a Breaker, Pass)>,
        deadline: Instant,
        kind: Option<AttemptKind>,
    ) -> Self {
        Self {
            attempt: Attempt {
                sent: AtomicBool::new(false),
                kind,
            },
            passed,
            deadline,
        }
    }

    /// The request has ended, with this fault if any.
    pub(super) fn ended(mut self, fault: Option<&Fault>) {
        let verdict = if self.was_sent() {
            fault.map_or(Verdict::Succeeded, verdict)
        } else {
            Verdict::Nothing
        };
        self.leave(verdict);
    }

    fn was_sent(&self) -> bool {
        self.attempt.sent.load(Ordering::Relaxed)
    }

    fn leave(&mut self, verdict: Verdict) {
        if let Some((breaker, pass)) = self.passed.take() {
            breaker.leave(pass, verdict);
        }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let late = self.was_sent() && Instant::now() >= self.deadline;
        self.leave(if late {
            Verdict::Failed(Code::Deadline)
        } else {
            Verdict::Nothing
        });
    }
}

/// What the fault of a request that was sent says about the backend.
fn verdict(fault: &Fault) -> Verdict {
    let code = fault.failure.code;
    match code {
        Code::UpstreamConnect | Code::UpstreamTls | Code::UpstreamReset => Verdict::Failed(code),
        // Silence; or no token in time for a second request, which is not the backend's doing.
        Code::Deadline if fault.may_have_acted => Verdict::Failed(code),
        Code::Deadline | Code::UpstreamAuthConfig | Code::UpstreamAuthUnavailable => {
            Verdict::Nothing
        }
        _ if fault.failure.status.is_some_and(|status| status >= 500) => Verdict::Failed(code),
        _ => Verdict::Succeeded,
    }
}
