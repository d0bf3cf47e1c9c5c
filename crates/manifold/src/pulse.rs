//! Whether the threads that serve turn: each stores the time again and again, and one whose latest
//! time is old is stuck. A task that blocks its thread, or a thread that died, cannot lie about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Beats in the time after which a thread counts as stuck: a late one is not yet a stuck one.
const BEATS_IN_LIMIT: u32 = 10;

/// The beats of a fixed number of threads.
pub(crate) struct Pulse {
    began: Instant,
    limit: Duration,
    threads: Vec<Thread>,
}

#[derive(Default)]
struct Thread {
    /// A thread beats here; one that is started in place of a dead one takes its place.
    taken: AtomicBool,
    /// Milliseconds since `began`.
    latest: AtomicU64,
}

/// Threads that have not turned for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} of {threads} threads that serve have been stuck for {} s or more", limit.as_secs_f32())]
pub(crate) struct Stuck {
    count: usize,
    threads: usize,
    limit: Duration,
}

impl Pulse {
    /// The pulse of this many threads, each stuck when it has not turned for `limit`.
    pub(crate) fn new(threads: usize, limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            limit,
            threads: (0..threads).map(|_| Thread::default()).collect(),
        })
    }

    /// Beats for the thread that polls this, until it is dropped with the thread's other tasks.
    pub(crate) async fn beat(self: Arc<Self>) {
        let free = |thread: &&Thread| !thread.taken.swap(true, Ordering::Relaxed);
        let Some(thread) = self.threads.iter().find(free) else {
            return;
        };
        let _place = Place(thread);
        loop {
            thread.latest.store(self.now(), Ordering::Relaxed);
            sleep(self.limit / BEATS_IN_LIMIT).await;
        }
    }

    /// # Errors
    /// How many threads are stuck.
    pub(crate) fn check(&self) -> Result<(), Stuck> {
        let now = self.now();
        let age = |thread: &Thread| now.saturating_sub(thread.latest.load(Ordering::Relaxed));
        let is_stuck = |thread: &&Thread| u128::from(age(thread)) >= self.limit.as_millis();
        let stuck = self.threads.iter().filter(is_stuck).count();
        if stuck == 0 {
            return Ok(());
        }
        Err(Stuck {
            count: stuck,
            threads: self.threads.len(),
            limit: self.limit,
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A thread's place, given back when the thread ends.
struct Place<'a>(&'a Thread);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::advance;

    use super::{Pulse, Stuck};

    const LIMIT: Duration = Duration::from_secs(10);

    fn stuck(count: usize) -> Result<(), Stuck> {
        Err(Stuck {
            count,
            threads: 2,
            limit: LIMIT,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_does_not_turn_is_found_and_one_that_turns_again_is_not() {
        let pulse = Pulse::new(2, LIMIT);
        let _turns = tokio::spawn(Arc::clone(&pulse).beat());
        let blocked = tokio::task::LocalSet::new();
        blocked.spawn_local(Arc::clone(&pulse).beat());
        blocked.run_until(tokio::task::yield_now()).await;
        for _ in 0..9 {
            assert_eq!(pulse.check(), Ok(()));
            advance(LIMIT / 10).await;
            tokio::task::yield_now().await;
        }
        advance(LIMIT / 10).await;
        tokio::task::yield_now().await;
        assert_eq!(pulse.check(), stuck(1));
        blocked.run_until(tokio::task::yield_now()).await;
        assert_eq!(pulse.check(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_never_came_or_died_is_stuck_until_another_takes_its_place() {
        let pulse = Pulse::new(2, LIMIT);
        let died = tokio::spawn(Arc::clone(&pulse).beat());
        tokio::task::yield_now().await;
        died.abort();
        assert!(died.await.is_err());
        advance(LIMIT).await;
        assert_eq!(pulse.check(), stuck(2));
        let _replaced = tokio::spawn(Arc::clone(&pulse).beat());
        tokio::task::yield_now().await;
        assert_eq!(pulse.check(), stuck(1));
        let _second = tokio::spawn(Arc::clone(&pulse).beat());
        let _too_many = tokio::spawn(Arc::clone(&pulse).beat());
        tokio::task::yield_now().await;
        assert_eq!(pulse.check(), Ok(()));
    }
}
