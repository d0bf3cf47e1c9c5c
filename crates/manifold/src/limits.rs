//! How many requests are taken: by rate (GCRA) and by the number under way, for the service, for each
//! client and for each endpoint. What is too much is refused before it costs anything.
//!
//! It must not know HTTP; its answer is who is over which limit, and when to come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use config::{Limits, RateLimit};
use governor::clock::Clock;
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

mod set;

pub(crate) use set::LimitSet;

/// Whose limit it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// All endpoints together.
    Service,
    /// A client, by its name.
    Client(Arc<str>),
    /// An endpoint, by its label.
    Endpoint(Arc<str>),
}

impl Owner {
    /// For metrics and the `RateLimit` headers.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Client(_) => "client",
            Self::Endpoint(_) => "endpoint",
        }
    }
}

/// One limit with its state: shared by all workers, and kept through a change of configuration that
/// says the same.
pub(crate) struct Limit {
    pub(crate) owner: Owner,
    settings: Limits,
    rate: Option<Rate>,
    in_flight: AtomicU32,
}

type Rate = RateLimiter<NotKeyed, InMemoryState, SinceStart, StateInformationMiddleware>;

/// Time that tests can pause, as the rate limiter takes it.
#[derive(Clone, Copy)]
struct SinceStart(Instant);

impl Clock for SinceStart {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A request that was taken: it counts as under way until this is dropped.
pub(crate) struct Admitted {
    limit: Arc<Limit>,
    /// What is left of the rate.
    pub(crate) quota: Option<Remaining>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if self.limit.settings.in_flight.is_some() {
            self.limit.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// What is left of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remaining {
    /// Whose rate: [`Owner::kind`].
    pub(crate) owner: &'static str,
    /// So many in a moment, after a pause of `window`.
    pub(crate) burst: u32,
    pub(crate) window: Duration,
    /// So many are left,
    pub(crate) left: u32,
    /// and all of them in so long.
    pub(crate) whole_in: Duration,
}

/// Too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    /// Too often: one is taken again after so long.
    Rate(Duration, Remaining),
    /// Too many at once.
    InFlight,
}

impl Excess {
    /// For metrics.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Rate(..) => "rate",
            Self::InFlight => "in_flight",
        }
    }
}

impl Limit {
    fn new(owner: Owner, settings: Limits) -> Self {
        let rate = settings.rate.and_then(|rate| {
            let quota = Quota::with_period(rate.every)?.allow_burst(rate.burst);
            let limiter = RateLimiter::direct_with_clock(quota, SinceStart(Instant::now()));
            Some(limiter.with_middleware::<StateInformationMiddleware>())
        });
        Self {
            owner,
            settings,
            rate,
            in_flight: AtomicU32::new(0),
        }
    }

    /// Takes a request, or says what it is too much of. One that is refused for the number under way
    /// does not count for the rate.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Admitted, Excess> {
        if let Some(most) = self.settings.in_flight {
            let more = |now: u32| (now < most).then_some(now + 1);
            self.in_flight
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
                .map_err(|_| Excess::InFlight)?;
        }
        let mut admitted = Admitted {
            limit: Arc::clone(self),
            quota: None,
        };
        if let (Some(rate), Some(settings)) = (&self.rate, &self.settings.rate) {
            let taken = rate.check().map_err(|until| {
                let wait = until.wait_time_from(rate.clock().now());
                Excess::Rate(wait, self.remaining(settings, 0))
            });
            let left = taken
                .as_ref()
                .map_or(0, StateSnapshot::remaining_burst_capacity);
            taken.map(|_| admitted.quota = Some(self.remaining(settings, left)))?;
        }
        Ok(admitted)
    }

    fn remaining(&self, rate: &RateLimit, left: u32) -> Remaining {
        let burst = rate.burst.get();
        Remaining {
            owner: self.owner.kind(),
            burst,
            window: rate.every.saturating_mul(burst),
            left,
            whole_in: rate.every.saturating_mul(burst.saturating_sub(left)),
        }
    }
}

#[cfg(test)]
mod tests;
