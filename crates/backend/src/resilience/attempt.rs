//! One request under the breaker's eyes, from its admission to its verdict.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use orchestration::AttemptKind;
use problem::Code;
use tokio::time::Instant;

use super::breaker::{Breaker, Pass, Verdict};
use crate::exchange::Ask;
use crate::failure::Fault;

/// What is noted of one request under way.
pub(crate) struct Attempt {
    /// When it was sent; when it was sent again, mended, where it was.
    sent: Mutex<Option<Instant>>,
    /// Why there is one more; `None`: it is the first.
    kind: Option<AttemptKind>,
}

impl Attempt {
    /// The request goes out: from here on its end says something about the backend.
    pub(crate) fn sent(&self) {
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Why there is one more; `None`: it is the first for what is asked.
    pub(crate) const fn kind(&self) -> Option<AttemptKind> {
        self.kind
    }
}

/// A request that the breaker let through. Dropped without a result it has run out of time, which
/// counts where it had as much as it should, or was cancelled, which does not.
pub(super) struct Watched<'a> {
    pub(super) attempt: Attempt,
    passed: Option<(&'a Breaker, Pass)>,
    deadline: Instant,
    full_time: Duration,
}

impl<'a> Watched<'a> {
    pub(super) fn new(
        passed: Option<(&'a Breaker, Pass)>,
        ask: &Ask<'_>,
        kind: Option<AttemptKind>,
    ) -> Self {
        Self {
            attempt: Attempt {
                sent: Mutex::new(None),
                kind,
            },
            passed,
            deadline: ask.deadline,
            full_time: ask.full_time,
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
        self.sent_at().is_some()
    }

    fn sent_at(&self) -> Option<Instant> {
        let sent = self.attempt.sent.lock();
        *sent.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether its time is over, and was nine tenths of what it should have been, or more: what other
    /// calls, a queue or a token had used up before is nothing the backend has to answer for. A little is
    /// always used up.
    fn was_waited_for(&self, sent: Instant) -> bool {
        let had = self.deadline.saturating_duration_since(sent);
        Instant::now() >= self.deadline
            && had.saturating_mul(10) >= self.full_time.saturating_mul(9)
    }

    fn leave(&mut self, verdict: Verdict) {
        if let Some((breaker, pass)) = self.passed.take() {
            breaker.leave(pass, verdict);
        }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let late = self.sent_at().is_some_and(|sent| self.was_waited_for(sent));
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
