//! How many requests are taken: by rate (GCRA) and by the number under way, for the service, for each
//! client and for each endpoint. What is too much is refused before it costs anything, and what one limit
//! refuses takes nothing of the rate of a wider one.
//!
//! It must not know HTTP; its answer is who is over which limit, and when to come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use config::{Limits, RateLimit};
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
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
    /// Until when nothing is left of the rate, in nanoseconds of its clock.
    spent_until: AtomicU64,
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
pub(crate) struct Admitted(Arc<Limit>);

impl Admitted {
    /// Whose limit took it.
    pub(crate) fn owner(&self) -> &Owner {
        &self.0.owner
    }

    /// Counts it for the rate, and says what is left of that; `None`: there is no rate.
    pub(crate) fn charge(&self) -> Result<Option<Remaining>, Excess> {
        let limit = &self.0;
        let (Some(rate), Some(settings)) = (&limit.rate, &limit.settings.rate) else {
            return Ok(None);
        };
        match rate.check() {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                Ok(Some(limit.remaining(settings, left)))
            }
            Err(until) => {
                let now = rate.clock().now();
                let wait = until.wait_time_from(now);
                let spent = u64::try_from((now + wait).as_nanos()).unwrap_or(u64::MAX);
                limit.spent_until.store(spent, Ordering::Relaxed);
                Err(Excess::Rate(wait, limit.remaining(settings, 0)))
            }
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if self.0.settings.in_flight.is_some() {
            self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
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
            spent_until: AtomicU64::new(0),
            in_flight: AtomicU32::new(0),
        }
    }

    /// Takes a request, or says what it is too much of. It counts for the rate only when it is charged.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<Admitted, Excess> {
        if let (Some(rate), Some(settings)) = (&self.rate, &self.settings.rate) {
            let until = Duration::from_nanos(self.spent_until.load(Ordering::Relaxed));
            let wait = until.saturating_sub(rate.clock().now());
            if !wait.is_zero() {
                return Err(Excess::Rate(wait, self.remaining(settings, 0)));
            }
        }
        if let Some(most) = self.settings.in_flight {
            let more = |now: u32| (now < most).then_some(now + 1);
            self.in_flight
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
                .map_err(|_| Excess::InFlight)?;
        }
        Ok(Admitted(Arc::clone(self)))
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
