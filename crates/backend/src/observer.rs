//! What happens inside a call and is worth counting. Labels come from closed sets.

use std::sync::Arc;

use crate::{CacheResult, Rejection, RetryResult};

/// Listens, for metrics. Called on the way of an answer: must not block.
pub trait Observer: Send + Sync {
    /// The typed check of one answer of `backend` ended.
    fn checked(&self, backend: &Arc<str>, result: CheckResult) {
        let _ = (backend, result);
    }

    /// A call that failed was to be repeated.
    fn retried(&self, backend: &Arc<str>, result: RetryResult) {
        let _ = (backend, result);
    }

    /// A call looked into the cache. A stale answer is counted besides the request that failed.
    fn cached(&self, backend: &Arc<str>, result: CacheResult) {
        let _ = (backend, result);
    }

    /// A read took long and is asked a second time.
    fn hedged(&self, backend: &Arc<str>) {
        let _ = backend;
    }

    /// A call was not let through.
    fn call_rejected(&self, backend: &Arc<str>, rejection: Rejection) {
        let _ = (backend, rejection);
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// How a typed check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckResult {
    /// Every resource has the shape of its type.
    Passed,
    /// A resource has not; the class of the first fault.
    Found(&'static str),
    /// Too many checks were under way already.
    NotChecked,
}

impl CheckResult {
    /// The label for metrics: `passed`, `not_checked` or the class of the fault.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Found(class) => class,
            Self::NotChecked => "not_checked",
        }
    }
}
