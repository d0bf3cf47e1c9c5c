//! How long making an answer is worth its while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Calls may end at the very end of the budget. What is made of their results may take so long beyond it.
pub(crate) const GRACE: Duration = Duration::from_millis(50);

/// Tells whoever makes an answer that nobody waits for it any longer: the endpoint's budget is used up,
/// or the client has left.
#[derive(Clone, Debug)]
pub struct Until {
    deadline: Instant,
    left: Option<Arc<AtomicBool>>,
}

impl Until {
    /// Until shortly after `deadline`, that of the calls.
    #[must_use]
    pub const fn at(deadline: Instant) -> Self {
        Self {
            deadline,
            left: None,
        }
    }

    /// As [`Self::at`], or until what is returned beside it is dropped.
    #[must_use]
    pub(crate) fn left_or(deadline: Instant) -> (Self, Waiting) {
        let left = Arc::new(AtomicBool::new(false));
        let until = Self {
            deadline,
            left: Some(Arc::clone(&left)),
        };
        (until, Waiting(left))
    }

    /// Whether it is over. It stays so. Costs a look at the clock.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let left = self.left.as_ref();
        left.is_some_and(|left| left.load(Ordering::Relaxed))
            || Instant::now() >= self.deadline + GRACE
    }
}

/// Somebody waits, as long as this lives.
pub(crate) struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
