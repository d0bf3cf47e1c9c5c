//! When a rejected token is worth a new one.
//!
//! A backend that rejects the token that was fetched in place of another will reject the next one,
//! too: asking again would cost a token for every request and would help nobody. Kept per backend,
//! since another backend on the same credential may be content with the token, and must not lose it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use token_provider::Token;
use tokio::time::Instant;

/// How long a backend that has taken no token since its last renewal causes no other one.
const FRUITLESS_FOR: Duration = Duration::from_secs(30);

/// The least time between two renewals that one backend causes, even when they help: one that takes
/// and rejects in turn must not cost a token for every request.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Renewals {
    born: Instant,
    /// Generation of the newest token that was given up for a new one; 0: none.
    generation: AtomicU64,
    /// When that was, in milliseconds after `born`.
    last: AtomicU64,
    /// No token has been taken since then.
    fruitless: AtomicBool,
}

impl Default for Renewals {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            generation: AtomicU64::new(0),
            last: AtomicU64::new(0),
            fruitless: AtomicBool::new(false),
        }
    }
}

impl Renewals {
    /// Whether a rejection of `token` is a reason to ask for another one. It always is for one that
    /// has been given up already: its successor costs nothing.
    pub(super) fn may_help(&self, token: &Token) -> bool {
        let given_up = self.generation.load(Ordering::Acquire);
        let pause = if self.fruitless.load(Ordering::Relaxed) {
            FRUITLESS_FOR
        } else {
            AT_MOST_EVERY
        };
        given_up == 0
            || token.generation() <= given_up
            || self.now() >= self.last.load(Ordering::Relaxed) + millis(pause)
    }

    /// `token` is given up for a new one.
    pub(super) fn begin(&self, token: &Token) {
        let generation = token.generation();
        if self.generation.fetch_max(generation, Ordering::AcqRel) < generation {
            self.last.store(self.now(), Ordering::Relaxed);
            self.fruitless.store(true, Ordering::Relaxed);
        }
    }

    /// The backend took a token.
    pub(super) fn succeeded(&self) {
        if self.fruitless.load(Ordering::Relaxed) {
            self.fruitless.store(false, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        millis(self.born.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}
