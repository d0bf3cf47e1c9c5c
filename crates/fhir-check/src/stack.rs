//! Room on the stack for a parser that recurses.
//!
//! Knows how deep the document goes and nothing else of it.

use std::thread;

/// The depth that a thread of the usual 2 MiB bears with room to spare.
///
/// Built without optimisation the typed model takes up to 52 KiB of stack per level (measured:
/// `ActivityDefinition` contained in itself); an overflow aborts the process.
const ORDINARY_DEPTH: usize = 16;

/// Four times what [`crate::MAX_DEPTH`] levels take. Only the pages that are touched cost memory.
const ROOMY_STACK_BYTES: usize = 16 * 1024 * 1024;

/// What `work` returns, run here or, for a deep document, on a thread with a stack of its own size.
///
/// `None` if that thread could not be started or panicked.
pub(crate) fn with_room_for<T: Send>(depth: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    if depth <= ORDINARY_DEPTH {
        return Some(work());
    }
    thread::scope(|scope| {
        thread::Builder::new()
            .stack_size(ROOMY_STACK_BYTES)
            .spawn_scoped(scope, work)
            .ok()?
            .join()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_on_the_roomy_thread_is_no_answer() {
        assert_eq!(with_room_for(ORDINARY_DEPTH + 1, || 1), Some(1));
        let quiet = with_room_for(ORDINARY_DEPTH + 1, || {
            std::panic::resume_unwind(Box::new(()))
        });
        assert_eq!(quiet.map(|(): ()| ()), None);
    }
}
