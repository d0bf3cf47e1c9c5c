//! How a backend's latest calls ended, for the operator.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use network::ConnectionFault;
use orchestration::{Failure, Outcome};
use problem::Code;
use tokio::time::Instant;

/// How a backend's latest calls ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastCall {
    /// Time since the latest call that succeeded.
    pub succeeded: Option<Duration>,
    /// Time since the latest call that failed, and its code.
    pub failed: Option<(Duration, Code)>,
}

pub(super) struct State {
    born: Instant,
    /// Milliseconds after `born`, plus one; 0: never.
    succeeded: AtomicU64,
    failed: Mutex<Option<(Instant, Code)>>,
    unconnected: Mutex<Option<ConnectionFault>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            succeeded: AtomicU64::new(0),
            failed: Mutex::default(),
            unconnected: Mutex::default(),
        }
    }
}

impl State {
    pub(super) fn note(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Ok(_) | Outcome::Absent(_) | Outcome::Incomplete { .. } => {
                let at = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
                self.succeeded.store(at + 1, Ordering::Relaxed);
            }
            Outcome::Failed(failure) | Outcome::Unknown(failure) if is_its_own(failure) => {
                *lock(&self.failed) = Some((Instant::now(), failure.code));
            }
            Outcome::Failed(_) | Outcome::Unknown(_) | Outcome::Skipped(_) => {}
        }
    }

    pub(super) fn note_connection(&self, fault: ConnectionFault) {
        *lock(&self.unconnected) = Some(fault);
    }

    pub(super) fn connection_fault(&self) -> Option<ConnectionFault> {
        *lock(&self.unconnected)
    }

    pub(super) fn last_call(&self) -> LastCall {
        let succeeded = self.succeeded.load(Ordering::Relaxed).checked_sub(1);
        let failed = *lock(&self.failed);
        LastCall {
            succeeded: succeeded.map(|at| {
                self.born
                    .elapsed()
                    .saturating_sub(Duration::from_millis(at))
            }),
            failed: failed.map(|(at, code)| (at.elapsed(), code)),
        }
    }
}

/// Whether a call ended so by its backend, and not because we did not let it through to it.
const fn is_its_own(failure: &Failure) -> bool {
    match failure.code {
        Code::BreakerOpen | Code::Overloaded | Code::Mapping => false,
        // Without a status: it had said when to come again, and was not asked before.
        Code::UpstreamThrottled => failure.status.is_some(),
        _ => true,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
