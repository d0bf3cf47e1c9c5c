//! Requests under way: one for all who ask for the same at the same time.
//!
//! A flight has the time that its call has, whoever waits for it and however long they can: who asked
//! first may leave, or have less time than who comes after. Whoever waits has their own time. A few for
//! which nobody waits any more go on, so that slow backends are asked once and not for ever.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use orchestration::{Caching, Effect, Exchange, Failure, Outcome};
use problem::Code;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use super::freshness::Freshness;
use super::key::Key;
use super::{CacheResult, Kept};
use crate::exchange::Backend;

/// How often what is too old for any use is thrown away.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// So many requests for which nobody waits go on, no matter how many clients ask and leave.
const LEFT_ALONE: usize = 32;

/// Requests under way, by what they ask for.
pub(super) struct Flights {
    pub(super) all: HashMap<Arc<Key>, Departed>,
    left_alone: Arc<Semaphore>,
    swept: Instant,
}

/// One of them, for whoever comes.
pub(super) struct Departed {
    landing: Arc<watch::Sender<Option<Outcome>>>,
    until: Instant,
}

/// One of them, for whoever waits for it.
struct Flight {
    landed: watch::Receiver<Option<Outcome>>,
    /// When its time is over.
    until: Instant,
}

/// Where an answer comes from.
enum Source {
    Kept(Arc<Kept>),
    /// The request has begun.
    Led(Flight),
    /// Somebody else's; what was to be sent is handed back.
    Joined(Flight, Box<Exchange>),
}

/// How a flight ended for somebody who waited for it.
enum Landed {
    Outcome(Outcome),
    /// Its time was over, or its thread has ended, before there was an answer.
    CutOff(Outcome),
}

impl Flights {
    pub(super) fn new() -> Self {
        Self {
            all: HashMap::new(),
            left_alone: Arc::new(Semaphore::new(LEFT_ALONE)),
            swept: Instant::now(),
        }
    }
}

/// Answers `exchange`, of which nothing fresh is kept, until `patience` is over; tells `note` of each
/// look for an answer.
pub(super) async fn wait(
    backend: &Arc<Backend>,
    key: Arc<Key>,
    (caching, mut exchange): (Caching, Exchange),
    patience: Instant,
    note: impl Fn(CacheResult),
) -> Outcome {
    loop {
        let (mut flight, own) = match source(backend, &key, caching, exchange) {
            Source::Kept(kept) => {
                note(CacheResult::Hit);
                return kept.outcome(None);
            }
            Source::Led(flight) => {
                note(CacheResult::Miss);
                (flight, None)
            }
            Source::Joined(flight, exchange) => {
                note(CacheResult::Joined);
                (flight, Some(exchange))
            }
        };
        match (flight.land(patience).await, own) {
            // What began before we asked had less time than we have.
            (Landed::CutOff(_), Some(own)) if Instant::now() < patience => exchange = *own,
            (Landed::Outcome(outcome) | Landed::CutOff(outcome), _) => return outcome,
        }
    }
}

impl Flight {
    /// Waits for its end, until `patience` is over.
    async fn land(&mut self, patience: Instant) -> Landed {
        let landed = timeout_at(patience, self.landed.wait_for(Option::is_some)).await;
        let outcome = match landed {
            Ok(Ok(outcome)) => outcome.clone(),
            Ok(Err(_)) => None,
            Err(_) => return Landed::Outcome(Outcome::late(Effect::Read)),
        };
        let Some(outcome) = outcome else {
            // The task came to no end.
            return Landed::CutOff(Outcome::Failed(Failure::new(
                Code::Internal,
                "the call ended by a defect of the service",
            )));
        };
        if Instant::now() >= self.until && is_late(&outcome) {
            Landed::CutOff(outcome)
        } else {
            Landed::Outcome(outcome)
        }
    }
}

fn is_late(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.code == Code::Deadline)
}

/// What is fresh, or who asks; the first who asks begins the request.
fn source(backend: &Arc<Backend>, key: &Arc<Key>, caching: Caching, exchange: Exchange) -> Source {
    let mut flights = backend.cache().flights();
    // Under the lock: a flight that ends keeps its answer before it leaves the list.
    let now = Instant::now();
    let kept = &backend.cache().kept;
    if let Some(kept) = kept.get(key)
        && kept.is_fresh(now)
    {
        return Source::Kept(kept);
    }
    if let Some(flight) = flights.all.get(key) {
        let flight = Flight {
            landed: flight.landing.subscribe(),
            until: flight.until,
        };
        return Source::Joined(flight, Box::new(exchange));
    }
    if now >= flights.swept + SWEEP_EVERY {
        flights.swept = now;
        kept.retain(|_, kept| kept.is_usable(now));
    }
    let (landed, receiver) = watch::channel(None);
    let landed = Arc::new(landed);
    let until = exchange.deadline.max(now + caching.timeout);
    let departed = Departed {
        landing: Arc::clone(&landed),
        until,
    };
    flights.all.insert(Arc::clone(key), departed);
    let left_alone = Arc::clone(&flights.left_alone);
    drop(flights);
    let landing = Landing {
        backend: Arc::clone(backend),
        key: Arc::clone(key),
        outcome: None,
        landed,
    };
    let exchange = Exchange {
        deadline: until,
        full_time: caching.timeout,
        ..exchange
    };
    tokio::spawn(async move {
        let freshness = Freshness::new(caching);
        let backend = Arc::clone(&landing.backend);
        let mut asking = pin!(backend.ask(exchange, Some(&freshness)));
        let outcome = tokio::select! {
            outcome = &mut asking => outcome,
            () = landing.landed.closed() => {
                let Ok(_place) = left_alone.try_acquire() else {
                    return;
                };
                asking.await
            }
        };
        backend
            .cache()
            .keep(&landing.key, &outcome, caching, &freshness);
        landing.land(outcome);
    });
    Source::Led(Flight {
        landed: receiver,
        until,
    })
}

/// Ends a flight, however it ends.
struct Landing {
    backend: Arc<Backend>,
    key: Arc<Key>,
    outcome: Option<Outcome>,
    landed: Arc<watch::Sender<Option<Outcome>>>,
}

impl Landing {
    fn land(mut self, outcome: Outcome) {
        self.outcome.replace(outcome);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        // First: who hears of the end may begin the next.
        self.backend.cache().flights().all.remove(&self.key);
        if let Some(outcome) = self.outcome.take() {
            // Nobody may be waiting any more.
            self.landed.send(Some(outcome)).ok();
        }
    }
}
