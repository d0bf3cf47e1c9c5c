//! How long the machine has kept threads from running: a busy one makes everything late.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

const TICK: Duration = Duration::from_millis(5);

/// Milliseconds by which a thread that only sleeps woke too late, all together.
static STALLED: LazyLock<AtomicU64> = LazyLock::new(|| {
    std::thread::spawn(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "a thread of its own, whose sleep is what is measured"
        )]
        loop {
            let asleep = Instant::now();
            std::thread::sleep(TICK);
            let late = asleep.elapsed().saturating_sub(TICK);
            let late = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
            STALLED.fetch_add(late, Ordering::Relaxed);
        }
    });
    AtomicU64::new(0)
});

/// Grows while this process is not run.
pub(crate) fn so_far() -> Duration {
    Duration::from_millis(STALLED.load(Ordering::Relaxed))
}
