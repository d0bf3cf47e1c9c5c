//! Requests that still wait for their backends when the drain time is nearly over: each is answered,
//! instead of finding its connection closed.
//!
//! Each worker keeps who waits on it; nothing is shared between threads until the end comes.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, Waker};

use crate::process::Process;

thread_local! {
    static WAITING: RefCell<Waiting> = const { RefCell::new(Waiting::new()) };
}

/// What `answering` ends with; `None` when the drain time was nearly over before, and then only if it
/// `may_be_left`.
///
/// # Cancel safety
/// That of `answering`.
pub(super) async fn unless_cut<T>(
    process: &Process,
    may_be_left: impl Fn() -> bool,
    mut answering: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let mut place = Place(None);
    poll_fn(|context| {
        if let Poll::Ready(answer) = answering.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        if !process.has_ended() {
            place.wait(context.waker());
        } else if may_be_left() {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}

/// Wakes who waits on this thread once the drain time is nearly over.
pub(crate) async fn wake_before_the_cut(process: &Process) {
    process.last_call().await;
    let waiting = WAITING.with_borrow_mut(|waiting| std::mem::take(&mut waiting.wakers));
    waiting.into_iter().flatten().for_each(Waker::wake);
}

/// Wakers by place, and the places that are free.
struct Waiting {
    wakers: Vec<Option<Waker>>,
    free: Vec<usize>,
}

impl Waiting {
    const fn new() -> Self {
        Self {
            wakers: Vec::new(),
            free: Vec::new(),
        }
    }
}

/// A request's place among those that wait on its thread; free again when it is dropped.
struct Place(Option<usize>);

impl Place {
    fn wait(&mut self, waker: &Waker) {
        WAITING.with_borrow_mut(|waiting| {
            let index = *self.0.get_or_insert_with(|| {
                waiting.free.pop().unwrap_or_else(|| {
                    waiting.wakers.push(None);
                    waiting.wakers.len() - 1
                })
            });
            // After the last call there are no places.
            let Some(place) = waiting.wakers.get_mut(index) else {
                return;
            };
            if !place.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
                *place = Some(waker.clone());
            }
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(index) = self.0 else { return };
        // A thread that ends drops its requests after this.
        WAITING
            .try_with(|waiting| {
                let mut waiting = waiting.borrow_mut();
                if let Some(place) = waiting.wakers.get_mut(index) {
                    *place = None;
                    waiting.free.push(index);
                }
            })
            .ok();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::{Place, WAITING};

    #[test]
    fn a_place_that_was_left_is_taken_again() {
        let waker = Waker::noop();
        let mut stays = Place(None);
        stays.wait(waker);
        for _ in 0..3 {
            let mut place = Place(None);
            place.wait(waker);
            place.wait(waker);
            assert_eq!(place.0, Some(1));
        }
        WAITING.with_borrow(|waiting| {
            let taken = waiting.wakers.iter().flatten().count();
            assert_eq!((waiting.wakers.len(), taken), (2, 1));
        });
    }
}
