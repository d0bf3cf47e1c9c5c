//! A backend that said 429 and when to come again is not asked before.
//!
//! By client where each has a credential of its own, since the backend counts each by itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Longest time for which one answer keeps all calls away: then one is sent to see.
const LONGEST: Duration = Duration::from_mins(1);

#[derive(Default)]
pub(super) struct Pauses {
    /// Whether there may be any: most backends never throttle.
    any: AtomicBool,
    until: Mutex<HashMap<Option<Arc<str>>, Instant>>,
}

impl Pauses {
    /// No call for `whom` before `wait` is over.
    pub(super) fn begin(&self, whom: Option<&str>, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST);
        let mut all = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = all.entry(whom.map(Arc::from)).or_insert(until);
        *latest = until.max(*latest);
        self.any.store(true, Ordering::Release);
    }

    /// How long calls for `whom` have to wait; `None`: they have not.
    pub(super) fn left(&self, whom: Option<&str>) -> Option<Duration> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let whom = whom.map(Arc::from);
        self.current(|all| all.get(&whom).copied())
    }

    /// The longest pause that is under way.
    pub(super) fn longest(&self) -> Option<Duration> {
        self.current(|all| all.values().max().copied())
    }

    /// How long it is until the instant that `pick` finds among the pauses that are not over.
    fn current(
        &self,
        pick: impl FnOnce(&HashMap<Option<Arc<str>>, Instant>) -> Option<Instant>,
    ) -> Option<Duration> {
        let now = Instant::now();
        let mut all = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, until| *until > now);
        if all.is_empty() {
            self.any.store(false, Ordering::Release);
        }
        pick(&all).map(|until| until - now)
    }
}
