//! When a rejected token is worth a new one.
//!
//! A backend that rejects a token that was fetched for it a moment ago will reject the next one,
//! too: asking again would cost a token for every request and would help nobody. Kept per backend,
//! since another backend on the same credential may be content with the token.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use token_provider::Token;
use tokio::time::Instant;

/// How long a backend's rejections of a new token do not cause another one.
const FRUITLESS_FOR: Duration = Duration::from_secs(30);

pub(super) struct Renewals {
    born: Instant,
    /// Generation of the token that was rejected right after its renewal; 0: none.
    generation: AtomicU64,
    /// Milliseconds after `born`.
    until: AtomicU64,
}

impl Default for Renewals {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            generation: AtomicU64::new(0),
            until: AtomicU64::new(0),
        }
    }
}

impl Renewals {
    /// Whether a rejection of `token` is a reason to renew it.
    pub(super) fn may_help(&self, token: &Token) -> bool {
        self.generation.load(Ordering::Acquire) != token.generation()
            || self.now() >= self.until.load(Ordering::Relaxed)
    }

    /// `token`, renewed for this very call, was rejected as well.
    pub(super) fn was_fruitless(&self, token: &Token) {
        self.until
            .store(self.now() + millis(FRUITLESS_FOR), Ordering::Relaxed);
        self.generation.store(token.generation(), Ordering::Release);
    }

    /// The backend took a token.
    pub(super) fn succeeded(&self) {
        if self.generation.load(Ordering::Relaxed) != 0 {
            self.generation.store(0, Ordering::Relaxed);
        }
    }

    fn now(&self) -> u64 {
        millis(self.born.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}
