//! Answers of reads, kept for a while where a call wants it.
//!
//! One request for all who ask for the same at the same time ([`flight`]). Kept per client, unless the
//! call says that the answer is everybody's. Only successes are kept. The cache belongs to its backend:
//! whoever changes what the backend or its credential is begins with an empty one.

mod flight;
mod freshness;
mod key;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use orchestration::{Caching, Exchange, Opaque, Outcome, Success};
use problem::Code;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Memory;
use tokio::time::Instant;

use crate::exchange::Backend;

use flight::Flights;
pub(crate) use freshness::Freshness;
use key::Key;

/// A guess at the number of answers, for the first allocation.
const ANSWERS: usize = 1000;

/// A backend for which nothing stood in for so long fails anew.
const QUIET: Duration = Duration::from_mins(1);

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
    /// When an answer stood in for the backend last.
    stood_in: Mutex<Option<Instant>>,
}

/// An answer, and for how long it is good.
struct Kept {
    success: Success,
    since: Instant,
    fresh_until: Instant,
    usable_until: Instant,
}

impl Kept {
    fn is_fresh(&self, now: Instant) -> bool {
        now < self.fresh_until
    }

    /// Whether it may still stand in for its backend.
    fn is_usable(&self, now: Instant) -> bool {
        now < self.usable_until
    }

    /// The answer, with its age, and how its backend `failed`, if that is why it is taken.
    fn outcome(&self, failed: Option<Code>) -> Outcome {
        let mut success = self.success.clone();
        let extra = success.extra.get_or_insert_default();
        extra.age = Some(self.since.elapsed());
        extra.stale = failed;
        Outcome::Ok(success)
    }
}

/// What an answer takes of the cache's room.
#[derive(Clone)]
struct Bytes;

/// What an entry takes besides its texts and its body.
const OVERHEAD: usize = 1024;
/// What a header takes besides its value.
const HEADER: usize = 128;

impl Weighter<Arc<Key>, Arc<Kept>> for Bytes {
    fn weight(&self, key: &Arc<Key>, kept: &Arc<Kept>) -> u64 {
        let Success { body, extra, .. } = &kept.success;
        let extra = extra.as_ref().map_or(0, |extra| {
            let headers = extra.headers.iter();
            let headers = headers.map(|(_, value)| HEADER + value.len());
            let file = extra.opaque.as_ref().map_or(0, Opaque::len);
            headers.sum::<usize>() + file
        });
        (OVERHEAD + key.len() + body.len() + extra) as u64
    }
}

/// Answers `exchange`, a read, from the cache of `backend` or by asking it.
pub(crate) async fn call(backend: Arc<Backend>, caching: Caching, exchange: Exchange) -> Outcome {
    let attempts = exchange.attempts.clone();
    let note = |result: CacheResult| {
        backend.cached(result);
        if let Some(attempts) = &attempts {
            attempts.cached(result.as_str());
        }
    };
    let key = Arc::new(Key::new(&exchange, caching));
    let now = Instant::now();
    let kept = backend.cache().kept.get(&key);
    if let Some(kept) = &kept
        && kept.is_fresh(now)
    {
        note(CacheResult::Hit);
        return kept.outcome(None);
    }
    let stale = kept.filter(|kept| kept.is_usable(now));
    let deadline = exchange.deadline;
    let patience = match stale {
        // Enough is left to hand out what there is.
        Some(_) => deadline - deadline.saturating_duration_since(now) / 10,
        None => deadline,
    };
    let outcome = flight::wait(&backend, key, (caching, exchange), patience, &note).await;
    match (stale, will_pass(&outcome)) {
        (Some(stale), Some(failed)) => {
            note(CacheResult::Stale);
            backend.cache().standing_in(backend.alias(), failed);
            stale.outcome(Some(failed))
        }
        (Some(_) | None, _) => outcome,
    }
}

/// How a call failed, if in a way that says nothing about the thing it asked for (RFC 5861 §4).
fn will_pass(outcome: &Outcome) -> Option<Code> {
    let Outcome::Failed(failure) = outcome else {
        return None;
    };
    let status = failure.status.unwrap_or_default();
    let passes = match failure.code {
        Code::UpstreamConnect
        | Code::UpstreamTls
        | Code::UpstreamReset
        | Code::UpstreamThrottled
        | Code::UpstreamAuthUnavailable
        | Code::BreakerOpen
        | Code::Overloaded
        | Code::Deadline => true,
        Code::UpstreamStatus => status >= 500,
        // A page that speaks of maintenance. A redirect to a login page is a refusal, as 401 is.
        Code::UpstreamLoginPage => (200..300).contains(&status) || status >= 500,
        _ => false,
    };
    passes.then_some(failure.code)
}

impl Cache {
    /// Room for `bytes` of answers.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            kept: Memory::with_weighter(ANSWERS, bytes as u64, Bytes),
            flights: Mutex::new(Flights::new()),
            stood_in: Mutex::default(),
        }
    }

    /// Keeps the answer that a request came to, or forgets what is so no more.
    fn keep(&self, key: &Arc<Key>, outcome: &Outcome, caching: Caching, freshness: &Freshness) {
        match outcome {
            Outcome::Ok(success) => {
                let Some(fresh_for) = freshness.fresh_for() else {
                    self.kept.remove(key);
                    return;
                };
                let since = Instant::now();
                let entry = Kept {
                    // Or a few bytes would hold the buffers of a whole connection.
                    success: success.detached(),
                    since,
                    fresh_until: since + fresh_for,
                    usable_until: since + fresh_for + caching.stale_if_error,
                };
                self.kept.insert(Arc::clone(key), Arc::new(entry));
            }
            // What was kept is no longer so: it is gone, or not for us.
            outcome if will_pass(outcome).is_none() => {
                self.kept.remove(key);
            }
            _ => {}
        }
    }

    /// A kept answer stands in for the backend `alias`, which `failed` so. The first is told, and the
    /// first after a while without one.
    fn standing_in(&self, alias: &str, failed: Code) {
        let now = Instant::now();
        let mut last = self.stood_in.lock().unwrap_or_else(PoisonError::into_inner);
        let begins = last.is_none_or(|last| now >= last + QUIET);
        *last = Some(now);
        drop(last);
        if begins {
            tracing::warn!(
                backend = alias,
                code = failed.as_str(),
                "a backend fails: answers that were kept stand in for it"
            );
        }
    }

    fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
