//! Calls at once: a limit, and a bounded wait in a bounded queue.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use super::ConcurrencySettings;

pub(super) struct Slots {
    settings: ConcurrencySettings,
    free: Semaphore,
    waiting: AtomicUsize,
}

/// There is no room, and none came in time.
#[derive(Debug)]
pub(super) struct Full;

impl Slots {
    pub(super) fn new(settings: ConcurrencySettings) -> Self {
        Self {
            free: Semaphore::new(settings.limit.min(Semaphore::MAX_PERMITS)),
            settings,
            waiting: AtomicUsize::new(0),
        }
    }

    /// Calls under way, and calls waiting.
    pub(super) fn state(&self) -> (usize, usize) {
        let under_way = self
            .settings
            .limit
            .saturating_sub(self.free.available_permits());
        (under_way, self.waiting.load(Ordering::Relaxed))
    }

    /// A slot for one call, first come first served.
    ///
    /// # Cancel safety
    /// Dropping the future gives the place in the queue up.
    pub(super) async fn take(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, Full> {
        if let Ok(slot) = self.free.try_acquire() {
            return Ok(slot);
        }
        let _place = self.queue()?;
        let last = deadline.min(Instant::now() + self.settings.wait);
        match timeout_at(last, self.free.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Full),
        }
    }

    fn queue(&self) -> Result<Place<'_>, Full> {
        let step = |waiting| (waiting < self.settings.queue).then_some(waiting + 1);
        match self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
        {
            Ok(_) => Ok(Place(&self.waiting)),
            Err(_) => Err(Full),
        }
    }
}

/// A place in the queue.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
