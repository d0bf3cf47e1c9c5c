//! How a backend is spared and its failures are bridged: retries within a budget, a circuit breaker,
//! a limit to calls at once, second requests for reads that take long.
//!
//! One state per backend, shared by all threads and kept through a change of configuration that does
//! not touch its definition ([`ResilienceStore`]). All of it stays within the call's deadline: what
//! would end after it is not begun. It must not know what a plan is.

mod attempt;
mod breaker;
mod budget;
mod fetch;
mod hedge;
mod pause;
mod retry;
mod settings;
mod slots;
mod store;
mod window;

use std::sync::Arc;

use orchestration::Failure;
use problem::Code;

use crate::Observer;
use crate::failure::Fault;

use breaker::Breaker;
use hedge::Hedges;
use pause::Pauses;
use retry::Retries;
use slots::Slots;

pub(crate) use attempt::Attempt;
pub use breaker::BreakerState;
pub(crate) use fetch::fetch;
pub use settings::{
    BreakerSettings, ConcurrencySettings, HedgeSettings, ResilienceSettings, RetrySettings,
};
pub use store::ResilienceStore;

/// The state of one backend: what is known of its failures, and who is calling it.
pub struct Resilience {
    alias: Arc<str>,
    retries: Option<Retries>,
    breaker: Option<Breaker>,
    slots: Option<Slots>,
    hedges: Option<Hedges>,
    pauses: Pauses,
    observer: Arc<dyn Observer>,
}

/// Why a call was not let through to its backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// The backend is failing and is spared.
    BreakerOpen,
    /// As many calls as may be are under way, and as many as may wait do.
    QueueFull,
    /// As many calls as may be were under way for as long as one may wait.
    WaitOver,
    /// The backend said 429 and when to come again.
    Throttled,
}

impl Rejection {
    /// The label for metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BreakerOpen => "breaker_open",
            Self::QueueFull | Self::WaitOver => "overloaded",
            Self::Throttled => "throttled",
        }
    }
}

/// What became of a wish to repeat a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryResult {
    /// It was repeated.
    Sent,
    /// Too many calls were repeated lately.
    NoBudget,
    /// It would have ended after the call's deadline.
    NoTime,
    /// It was not let through: the backend is spared since, or had no room.
    Refused,
}

impl RetryResult {
    /// The label for metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NoBudget => "no_budget",
            Self::NoTime => "no_time",
            Self::Refused => "refused",
        }
    }
}

/// How a backend is spared just now: for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResilienceState {
    /// Of the circuit breaker; `None`: there is none.
    pub breaker: Option<BreakerState>,
    /// Calls under way and waiting; `None`: they are not limited.
    pub calls: Option<(usize, usize)>,
    /// It said 429, and is not asked before this time is over.
    pub throttled_for: Option<std::time::Duration>,
}

impl Resilience {
    fn new(alias: &Arc<str>, settings: &ResilienceSettings, observer: Arc<dyn Observer>) -> Self {
        Self {
            alias: Arc::clone(alias),
            retries: settings.retry.clone().map(Retries::new),
            breaker: settings
                .breaker
                .map(|settings| Breaker::new(settings, Arc::clone(alias))),
            slots: settings.concurrency.map(Slots::new),
            hedges: settings.hedge.map(Hedges::new),
            pauses: Pauses::default(),
            observer,
        }
    }

    /// How the backend is spared just now.
    #[must_use]
    pub fn state(&self) -> ResilienceState {
        ResilienceState {
            breaker: self.breaker.as_ref().map(Breaker::state),
            calls: self.slots.as_ref().map(Slots::state),
            throttled_for: self.pauses.longest(),
        }
    }

    fn reject(&self, rejection: Rejection, retry_after: std::time::Duration) -> Fault {
        self.observer.call_rejected(&self.alias, rejection);
        let (code, detail) = match rejection {
            Rejection::BreakerOpen => (
                Code::BreakerOpen,
                "the backend has been failing and is spared for a while",
            ),
            Rejection::QueueFull => (
                Code::Overloaded,
                "as many calls to the backend as may be are under way, and the queue for it is full",
            ),
            Rejection::WaitOver => (
                Code::Overloaded,
                "as many calls to the backend as may be are under way, and none ended within the wait for it",
            ),
            Rejection::Throttled => (
                Code::UpstreamThrottled,
                "the backend throttles us, and said when to ask again",
            ),
        };
        let mut failure = Failure::new(code, detail);
        failure.retry_after = Some(retry_after);
        Fault::refused(failure)
    }
}

#[cfg(test)]
mod tests;
