//! How many requests there may be besides: a share of the calls of the last ten seconds, and some more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::window::Window;

/// How long a call counts.
const SECONDS: i64 = 10;

/// What one request costs: calls pay for it by the hundredth.
const REQUEST: i64 = 100;

pub(super) struct Budget {
    /// What each call pays.
    percent: i64,
    /// What there is without any call.
    reserve: i64,
    /// What was paid, less what was spent.
    paid: Mutex<Window<i64>>,
}

impl Budget {
    /// `percent` requests for each hundred calls, and `per_second` more.
    pub(super) fn new(percent: u16, per_second: u16) -> Self {
        let window = Duration::from_secs(SECONDS.unsigned_abs());
        Self {
            percent: percent.into(),
            reserve: i64::from(per_second) * SECONDS * REQUEST,
            paid: Mutex::new(Window::new(window)),
        }
    }

    /// A call begins: it pays its part.
    pub(super) fn deposit(&self) {
        self.paid().count(|paid| *paid += self.percent);
    }

    /// Whether there may be one more request, which is paid for.
    pub(super) fn withdraw(&self) -> bool {
        let mut paid = self.paid();
        let left = paid.recent().sum::<i64>() + self.reserve;
        let enough = left >= REQUEST;
        if enough {
            paid.count(|paid| *paid -= REQUEST);
        }
        enough
    }

    /// A request that was paid for was not sent.
    pub(super) fn refund(&self) {
        self.paid().count(|paid| *paid += REQUEST);
    }

    fn paid(&self) -> MutexGuard<'_, Window<i64>> {
        self.paid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "tests/budget.rs"]
mod tests;
