//! Calls at once: a limit, and a bounded wait in a bounded queue.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use super::{ConcurrencySettings, Rejection};

pub(super) struct Slots {
    settings: ConcurrencySettings,
    free: Semaphore,
    waiting: AtomicUsize,
}

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

    /// A slot for one call, if there is one that nobody waits for.
    pub(super) fn take_free(&self) -> Option<SemaphorePermit<'_>> {
        self.free.try_acquire().ok()
    }

    /// A slot for one call, first come first served.
    ///
    /// # Cancel safety
    /// Dropping the future gives the place in the queue up.
    pub(super) async fn take(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, Rejection> {
        if let Some(slot) = self.take_free() {
            return Ok(slot);
        }
        let _place = self.queue().ok_or(Rejection::QueueFull)?;
        let last = deadline.min(Instant::now() + self.settings.wait);
        match timeout_at(last, self.free.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Rejection::WaitOver),
        }
    }

    fn queue(&self) -> Option<Place<'_>> {
        let step = |waiting| (waiting < self.settings.queue).then_some(waiting + 1);
        let counted = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        counted.ok().map(|_| Place(&self.waiting))
    }
}

/// A place in the queue.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
