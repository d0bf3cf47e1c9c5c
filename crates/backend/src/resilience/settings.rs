//! What is wanted of one backend: data. Equal settings are one state.

use std::time::Duration;

/// All that can be wanted; each part may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResilienceSettings {
    /// Repeating reads that failed.
    pub retry: Option<RetrySettings>,
    /// Sparing a backend that fails.
    pub breaker: Option<BreakerSettings>,
    /// Calls at once.
    pub concurrency: Option<ConcurrencySettings>,
    /// Asking a second time what takes long.
    pub hedge: Option<HedgeSettings>,
}

impl ResilienceSettings {
    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// When and how often a call is repeated. Reads only; a write only when there was no connection, so
/// that nobody can have seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySettings {
    /// Most requests for one call, the first among them.
    pub attempts: u32,
    /// The first wait is between zero and this; each further one may be twice as long.
    pub base: Duration,
    /// No wait is longer, unless the backend says when to come again.
    pub max: Duration,
    /// Retries per hundred calls of the last ten seconds, at most 1000.
    pub budget_percent: u16,
    /// Retries a second that are allowed besides, however few calls there are.
    pub budget_per_second: u16,
    /// Statuses after which a read is repeated.
    pub statuses: Vec<u16>,
}

/// When a backend counts as failing: 5xx, timeouts and broken or missing connections. Other answers,
/// 4xx and 429 among them, are successes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures per hundred calls of the window that open it, 1 to 100.
    pub failure_percent: u8,
    /// Calls in the window below which it does not open.
    pub minimum: u32,
    /// The time that is looked at, at least one second.
    pub window: Duration,
    /// How long no call is let through.
    pub open_for: Duration,
    /// Calls that are let through then; when all of them succeed it closes.
    pub probes: u32,
}

/// How many calls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConcurrencySettings {
    /// Calls under way, at least one.
    pub limit: usize,
    /// Calls that wait for one of those to end.
    pub queue: usize,
    /// Longest wait.
    pub wait: Duration,
}

/// When a read is asked a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HedgeSettings {
    /// A read that takes longer than this share of the latest ones is, 1 to 99.
    pub percentile: u8,
    /// But not before this time.
    pub after: Duration,
    /// Second requests per hundred reads of the last ten seconds, 1 to 100.
    pub at_most_percent: u8,
}
