//! How a backend is spared and its failures are bridged, as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Period;

/// Repeats calls that failed: reads after no connection, a broken one, silence, or one of `statuses`;
/// writes only where there was no connection, so that nobody can have seen them. All within the call's
/// time.
///
/// A 429 with `Retry-After` keeps every call away from the backend until then, for a minute at most.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetrySettings {
    /// Most requests for one call, the first among them. 1: none is repeated.
    #[schemars(range(min = 1, max = 10))]
    pub(crate) attempts: u32,
    /// How long to wait where the backend does not say it (`Retry-After`).
    pub(crate) backoff: BackoffSettings,
    /// How many calls of all may be repeated: a backend that is down is not to get twice the load.
    pub(crate) budget: BudgetSettings,
    /// Statuses after which a read is repeated.
    #[schemars(inner(range(min = 400, max = 599)))]
    pub(crate) statuses: Vec<u16>,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            attempts: 3,
            backoff: BackoffSettings::default(),
            budget: BudgetSettings::default(),
            statuses: vec![429, 502, 503, 504],
        }
    }
}

/// Waits between zero and a bound, at random, so that those who failed together do not come again
/// together.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BackoffSettings {
    /// The first bound. Each further one is twice as long.
    pub(crate) base: Period,
    /// No bound is longer.
    pub(crate) max: Period,
}

impl Default for BackoffSettings {
    fn default() -> Self {
        Self {
            base: Period(std::time::Duration::from_millis(50)),
            max: Period::seconds(1),
        }
    }
}

/// How many calls of the last ten seconds may be repeated: the share and the rate together.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BudgetSettings {
    /// Of each hundred calls.
    #[schemars(range(max = 100))]
    pub(crate) percent: u16,
    /// In each second, however few calls there are.
    #[schemars(range(max = 1000))]
    pub(crate) per_second: u16,
}

impl Default for BudgetSettings {
    fn default() -> Self {
        Self {
            percent: 20,
            per_second: 10,
        }
    }
}

/// Spares a backend that fails: no call goes to it for a while, and clients hear at once that it is so.
/// Failures are 5xx, timeouts, and connections that break or do not come about; every other answer,
/// 4xx and 429 among them, is a success here. A call that had less than its `timeout` (or than the
/// whole `budget`) because others had used up the time, and gets no answer, says nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BreakerSettings {
    /// Failures of each hundred calls in the window at which it opens.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) failure_percent: u8,
    /// Calls in the window below which it does not open.
    #[schemars(range(min = 1))]
    pub(crate) minimum: u32,
    /// The time that is looked at.
    pub(crate) window: Period,
    /// How long no call goes through.
    pub(crate) open_for: Period,
    /// Calls that go through then and decide: it closes when all succeed and opens again when one
    /// fails.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) probes: u32,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failure_percent: 50,
            minimum: 20,
            window: Period::seconds(10),
            open_for: Period::seconds(5),
            probes: 1,
        }
    }
}

/// How many calls a backend gets at once. What finds no room fails with `overloaded`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConcurrencySettings {
    /// Calls under way.
    #[schemars(range(min = 1))]
    pub(crate) limit: u32,
    /// Calls that wait for one of those to end. Left out: as `limit`.
    pub(crate) queue: Option<u32>,
    /// Longest wait.
    #[serde(default = "default_wait")]
    pub(crate) wait: Period,
}

fn default_wait() -> Period {
    Period(std::time::Duration::from_millis(100))
}

/// How answers are kept: successes only, for each client its own, in memory. The backend may shorten
/// it (`Cache-Control`), and the client sees how old the answer is (`Age`). Who asks for the same at the
/// same time waits for one request, which has the call's `timeout` whoever waits for it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheSettings {
    /// How long an answer is taken for what the backend would say.
    pub(crate) ttl: Period,
    /// For how long after that it is taken when the backend fails: no connection, 5xx, 429, no answer
    /// in time, an HTML page in place of an answer. Left out: not at all.
    pub(crate) stale_if_error: Option<Period>,
    /// What one client was answered is the answer for every other, too.
    #[serde(default)]
    pub(crate) shared: bool,
}

/// Asks a second time what takes unusually long, takes the answer that comes first and gives the other
/// request up. Reads only.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HedgeSettings {
    /// Unusually long is longer than this share, in percent, of the latest 256 answers took.
    #[schemars(range(min = 1, max = 99))]
    pub(crate) percentile: u8,
    /// Never before this time.
    pub(crate) after: Period,
    /// Second requests for each hundred reads of the last ten seconds.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) at_most_percent: u8,
}

impl Default for HedgeSettings {
    fn default() -> Self {
        Self {
            percentile: 95,
            after: Period(std::time::Duration::from_millis(50)),
            at_most_percent: 10,
        }
    }
}
