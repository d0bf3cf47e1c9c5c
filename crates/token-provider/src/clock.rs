//! How old something is. The monotonic clock decides, except that it stands still while a machine
//! is suspended: then the wall clock knows better.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The time of day; tests give their own.
pub trait WallClock: Send + Sync {
    /// The time of day now.
    fn now(&self) -> SystemTime;
}

/// The operating system's time of day.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl WallClock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// One moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) monotonic: Instant,
    pub(crate) wall: SystemTime,
}

#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn WallClock>);

impl Clock {
    pub(crate) fn new(wall: Arc<dyn WallClock>) -> Self {
        Self(wall)
    }

    pub(crate) fn now(&self) -> Moment {
        Moment {
            monotonic: Instant::now(),
            wall: self.0.now(),
        }
    }

    /// The moment that another machine's clock calls `wall`, taken to be `margin` earlier: so far
    /// the clocks may be apart. `None` when they are further apart than that.
    pub(crate) fn told(&self, wall: SystemTime, margin: Duration) -> Option<Moment> {
        let now = self.now();
        let age = match now.wall.duration_since(wall) {
            Ok(age) => age,
            Err(ahead) if ahead.duration() <= margin => Duration::ZERO,
            Err(_) => return None,
        };
        let age = age.checked_add(margin)?;
        Some(Moment {
            monotonic: now.monotonic.checked_sub(age)?,
            wall: now.wall.checked_sub(age)?,
        })
    }

    /// The time since `moment` by the clock that says more. A wall clock set back says nothing; one
    /// set forward costs a fetch too many, which is the cheaper mistake.
    pub(crate) fn age(&self, moment: Moment) -> Duration {
        let monotonic = moment.monotonic.elapsed();
        let wall = self.0.now().duration_since(moment.wall).unwrap_or_default();
        monotonic.max(wall)
    }
}
