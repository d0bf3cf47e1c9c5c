//! A time in which no fetch is made, and what callers are told meanwhile. It must not know how long
//! is right.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::TokenError;

pub(crate) struct Pause {
    until: Instant,
    error: TokenError,
}

impl Pause {
    /// Pauses for `length`; a longer pause that is running already stays.
    pub(crate) fn extend(running: &mut Option<Self>, length: Duration, error: TokenError) {
        let until = Instant::now() + length;
        if running.as_ref().is_none_or(|running| running.until < until) {
            *running = Some(Self { until, error });
        }
    }

    /// What a caller gets, and the time left; `None` when it is over.
    pub(crate) fn refusal(&self) -> Option<(TokenError, Duration)> {
        let left = self.until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| (self.error.clone().with_retry_after(left), left))
    }
}
