//! Whether the store answers. While it does not, it is left alone, and one task looks for its return.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::StoreError;

/// A store's state as an operator sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreState {
    /// Why it is away, and for how long now; `None` while it answers. Each replica then fetches for
    /// itself.
    pub away: Option<(StoreError, Duration)>,
}

#[derive(Default)]
pub(super) struct Health(Mutex<Option<(StoreError, Instant)>>);

impl Health {
    pub(super) fn is_away(&self) -> bool {
        self.lock().is_some()
    }

    /// Answers whether it was there until now.
    pub(super) fn leaves(&self, error: &StoreError) -> bool {
        let mut away = self.lock();
        let was_there = away.is_none();
        if was_there {
            *away = Some((error.clone(), Instant::now()));
        }
        was_there
    }

    /// Answers how long it was away, if it was.
    pub(super) fn returns(&self) -> Option<Duration> {
        self.lock().take().map(|(_, since)| since.elapsed())
    }

    pub(super) fn state(&self) -> StoreState {
        let away = self.lock();
        StoreState {
            away: away
                .as_ref()
                .map(|(error, since)| (error.clone(), since.elapsed())),
        }
    }

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Option<(StoreError, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
