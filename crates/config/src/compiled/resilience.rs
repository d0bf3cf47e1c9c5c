//! How a backend is spared and its failures are bridged.

use std::time::Duration;

/// All that is wanted of one backend; `None`: nothing of that kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resilience {
    /// Repeating calls that failed.
    pub retry: Option<Retry>,
    /// Sparing a backend that fails.
    pub breaker: Option<Breaker>,
    /// Calls at once.
    pub concurrency: Option<Concurrency>,
    /// Asking a second time what takes long.
    pub hedge: Option<Hedge>,
}

/// When and how often a call is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Most requests for one call, the first among them.
    pub attempts: u32,
    /// The bound of the first wait; each further one is twice as long.
    pub base: Duration,
    /// No bound is longer.
    pub max: Duration,
    /// Retries per hundred calls of the last ten seconds.
    pub budget_percent: u16,
    /// Retries a second that are allowed besides.
    pub budget_per_second: u16,
    /// Statuses after which a read is repeated.
    pub statuses: Vec<u16>,
}

/// When a backend counts as failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Failures per hundred calls in the window, 1 to 100.
    pub failure_percent: u8,
    /// Calls in the window below which it does not open.
    pub minimum: u32,
    /// The time that is looked at; at least one second.
    pub window: Duration,
    /// How long no call goes through.
    pub open_for: Duration,
    /// Calls that go through then and decide.
    pub probes: u32,
}

/// How many calls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// Calls under way, at least one.
    pub limit: usize,
    /// Calls that wait.
    pub queue: usize,
    /// Longest wait.
    pub wait: Duration,
}

/// When a read is asked a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hedge {
    /// When it takes longer than this share of the latest answers did, 1 to 99 percent.
    pub percentile: u8,
    /// But not before this time.
    pub after: Duration,
    /// Second requests per hundred reads.
    pub at_most_percent: u8,
}
