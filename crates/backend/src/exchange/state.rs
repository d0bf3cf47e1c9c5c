//! How a backend's latest calls ended, for the operator.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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

/// How often the log tells of the same fault of a backend to which there is a connection now and then.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Default)]
struct Unconnected {
    /// `None`: there was one at last, or nobody has tried.
    fault: Option<ConnectionFault>,
    /// What was told last, and when.
    told: Option<(ConnectionFault, Instant)>,
    /// Whether it was told since there was a connection.
    is_told: bool,
}

pub(super) struct State {
    born: Instant,
    /// Milliseconds after `born`, plus one; 0: never.
    succeeded: AtomicU64,
    failed: Mutex<Option<(Instant, Code)>>,
    /// Whether there is a fault in `unconnected`: it is looked for with every answer.
    is_unconnected: AtomicBool,
    unconnected: Mutex<Unconnected>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            succeeded: AtomicU64::new(0),
            failed: Mutex::default(),
            is_unconnected: AtomicBool::new(false),
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

    /// There was no connection. Returns whether the operator is to hear of it: it is a change, and has
    /// not been told a moment ago.
    pub(super) fn note_unconnected(&self, fault: ConnectionFault) -> bool {
        let now = Instant::now();
        let mut known = lock(&self.unconnected);
        if known.fault.replace(fault) == Some(fault) {
            return false;
        }
        self.is_unconnected.store(true, Ordering::Relaxed);
        let of_late = |at: Instant| now < at + TOLD_EVERY;
        if known
            .told
            .is_some_and(|(told, at)| told == fault && of_late(at))
        {
            return false;
        }
        known.told = Some((fault, now));
        known.is_told = true;
        true
    }

    /// There was an answer, and so a connection. Returns whether the operator is to hear of it: it is a
    /// change from what was told.
    pub(super) fn note_connected(&self) -> bool {
        self.is_unconnected.load(Ordering::Relaxed) && {
            let mut known = lock(&self.unconnected);
            self.is_unconnected.store(false, Ordering::Relaxed);
            known.fault = None;
            std::mem::take(&mut known.is_told)
        }
    }

    pub(super) fn connection_fault(&self) -> Option<ConnectionFault> {
        lock(&self.unconnected).fault
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
