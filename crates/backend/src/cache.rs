//! Answers of reads, kept for a while where a call wants it.
//!
//! One request for all who ask for the same at the same time (single flight); it runs in a task of its
//! own, so that the first who asked may leave. Kept per client, unless the call says that the answer is
//! everybody's. Only successes are kept. The cache belongs to its backend: whoever changes what the
//! backend or its credential is begins with an empty one.

mod freshness;
mod key;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use orchestration::{Caching, Effect, Exchange, Failure, Outcome, Success};
use problem::Code;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Memory;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::exchange::{Backend, late};

pub(crate) use freshness::Freshness;
use key::Key;

/// How often what is too old for any use is thrown away.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// A guess at the number of answers, for the first allocation.
const ANSWERS: usize = 1000;

/// How a call fared with its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheResult {
    /// A kept answer was fresh.
    Hit,
    /// The backend was asked.
    Miss,
    /// Somebody was asking the same just then.
    Joined,
    /// The backend failed; a kept answer that is no longer fresh was taken.
    Stale,
}

impl CacheResult {
    /// The label for metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Joined => "joined",
            Self::Stale => "stale",
        }
    }
}

pub(crate) struct Cache {
    kept: Memory<Arc<Key>, Arc<Kept>, Bytes>,
    flights: Mutex<Flights>,
}

/// Requests under way, by what they ask for.
struct Flights {
    all: HashMap<Arc<Key>, Flight>,
    swept: Instant,
}

type Flight = watch::Receiver<Option<Outcome>>;

/// An answer, and for how long it is good.
struct Kept {
    success: Success,
    since: Instant,
    fresh_until: Instant,
    usable_until: Instant,
}

impl Kept {
    /// The answer, with its age.
    fn outcome(&self) -> Outcome {
        let mut success = self.success.clone();
        success.extra.get_or_insert_default().age = Some(self.since.elapsed());
        Outcome::Ok(success)
    }
}

/// What an answer takes of the cache's room.
#[derive(Clone)]
struct Bytes;

/// What an entry takes besides its texts and its body.
const OVERHEAD: usize = 1024;

impl Weighter<Arc<Key>, Arc<Kept>> for Bytes {
    fn weight(&self, key: &Arc<Key>, kept: &Arc<Kept>) -> u64 {
        let file = kept.success.opaque().map_or(0, orchestration::Opaque::len);
        (OVERHEAD + key.len() + kept.success.body.len() + file) as u64
    }
}

/// Where an answer comes from.
enum Source {
    Kept(Arc<Kept>),
    Flight(Flight, CacheResult),
}

/// Answers `exchange`, a read, from the cache of `backend` or by asking it.
pub(crate) async fn call(backend: Arc<Backend>, caching: Caching, exchange: Exchange) -> Outcome {
    let deadline = exchange.deadline;
    let attempts = exchange.attempts.clone();
    let note = |result: CacheResult| {
        backend.cached(result);
        if let Some(attempts) = &attempts {
            attempts.cached(result.as_str());
        }
    };
    let key = Arc::new(Key::new(&exchange, caching));
    let kept = backend.cache().kept.get(&key);
    let (mut flight, result) = match source(&backend, key, caching, exchange) {
        Source::Kept(kept) => {
            note(CacheResult::Hit);
            return kept.outcome();
        }
        Source::Flight(flight, result) => (flight, result),
    };
    note(result);
    let now = Instant::now();
    let stale = kept.filter(|kept| now < kept.usable_until);
    let patience = match stale {
        // Enough is left to hand out what there is.
        Some(_) => deadline - deadline.saturating_duration_since(now) / 10,
        None => deadline,
    };
    let landed = timeout_at(patience, flight.wait_for(Option::is_some)).await;
    let outcome = match landed {
        Ok(Ok(outcome)) => outcome.clone(),
        // The task came to no end.
        Ok(Err(_)) => None,
        Err(_) => Some(late(Effect::Read)),
    };
    let outcome = outcome.unwrap_or_else(|| {
        Outcome::Failed(Failure::new(
            Code::Internal,
            "the call ended by a defect of the service",
        ))
    });
    match stale {
        Some(stale) if will_pass(&outcome) => {
            note(CacheResult::Stale);
            stale.outcome()
        }
        Some(_) | None => outcome,
    }
}

/// What is fresh, or who asks; the first who asks begins the request.
fn source(backend: &Arc<Backend>, key: Arc<Key>, caching: Caching, exchange: Exchange) -> Source {
    let mut flights = backend.cache().flights();
    // Under the lock: a flight that ends keeps its answer before it leaves the list.
    let now = Instant::now();
    if let Some(kept) = backend.cache().kept.get(&key)
        && now < kept.fresh_until
    {
        return Source::Kept(kept);
    }
    if let Some(flight) = flights.all.get(&key) {
        return Source::Flight(flight.clone(), CacheResult::Joined);
    }
    if now >= flights.swept + SWEEP_EVERY {
        flights.swept = now;
        backend
            .cache()
            .kept
            .retain(|_, kept| now < kept.usable_until);
    }
    let (landed, flight) = watch::channel(None);
    flights.all.insert(Arc::clone(&key), flight.clone());
    drop(flights);
    let landing = Landing {
        backend: Arc::clone(backend),
        key,
    };
    tokio::spawn(async move {
        let freshness = Freshness::new(caching);
        let outcome = landing.backend.ask(exchange, Some(&freshness)).await;
        landing.keep(&outcome, caching, &freshness);
        drop(landing);
        // Nobody may be waiting any more.
        landed.send(Some(outcome)).ok();
    });
    Source::Flight(flight, CacheResult::Miss)
}

/// Ends a flight, however it ends.
struct Landing {
    backend: Arc<Backend>,
    key: Arc<Key>,
}

impl Landing {
    fn keep(&self, outcome: &Outcome, caching: Caching, freshness: &Freshness) {
        let kept = &self.backend.cache().kept;
        match outcome {
            Outcome::Ok(success) => {
                let Some(fresh_for) = freshness.fresh_for() else {
                    kept.remove(&self.key);
                    return;
                };
                let since = Instant::now();
                let entry = Kept {
                    success: success.clone(),
                    since,
                    fresh_until: since + fresh_for,
                    usable_until: since + fresh_for + caching.stale_if_error,
                };
                kept.insert(Arc::clone(&self.key), Arc::new(entry));
            }
            // What was kept is no longer so: it is gone, or not for us.
            outcome if !will_pass(outcome) => {
                kept.remove(&self.key);
            }
            _ => {}
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.backend.cache().flights().all.remove(&self.key);
    }
}

/// Whether a call failed in a way that says nothing about the thing it asked for (RFC 5861 §4).
fn will_pass(outcome: &Outcome) -> bool {
    let Outcome::Failed(failure) = outcome else {
        return false;
    };
    match failure.code {
        Code::UpstreamConnect
        | Code::UpstreamTls
        | Code::UpstreamReset
        | Code::UpstreamThrottled
        | Code::UpstreamAuthUnavailable
        | Code::BreakerOpen
        | Code::Overloaded
        | Code::Deadline => true,
        Code::UpstreamStatus => failure.status.is_some_and(|status| status >= 500),
        // A page that speaks of maintenance. A redirect to a login page is a refusal, as 401 is.
        Code::UpstreamLoginPage => {
            let status = failure.status.unwrap_or_default();
            (200..300).contains(&status) || status >= 500
        }
        _ => false,
    }
}

impl Cache {
    /// Room for `bytes` of answers.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            kept: Memory::with_weighter(ANSWERS, bytes as u64, Bytes),
            flights: Mutex::new(Flights {
                all: HashMap::new(),
                swept: Instant::now(),
            }),
        }
    }

    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
