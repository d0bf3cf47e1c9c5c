//! What was counted in the latest time, in ten parts: the window slides by one of them at a time.

use std::time::Duration;

use tokio::time::Instant;

const PARTS: u32 = 10;

pub(super) struct Window<T> {
    born: Instant,
    part: Duration,
    parts: [Part<T>; PARTS as usize],
}

#[derive(Clone, Copy, Default)]
struct Part<T> {
    /// Which part of the time since `born` is counted here.
    number: u128,
    counted: T,
}

impl<T: Copy + Default> Window<T> {
    /// Nothing is counted yet.
    pub(super) fn new(length: Duration) -> Self {
        Self {
            born: Instant::now(),
            part: (length / PARTS).max(Duration::from_nanos(1)),
            parts: [Part::default(); PARTS as usize],
        }
    }

    /// Counts something now.
    pub(super) fn count(&mut self, count: impl FnOnce(&mut T)) {
        let number = self.now();
        let index = usize::try_from(number % u128::from(PARTS)).unwrap_or_default();
        if let Some(part) = self.parts.get_mut(index) {
            if part.number != number {
                *part = Part {
                    number,
                    counted: T::default(),
                };
            }
            count(&mut part.counted);
        }
    }

    /// What was counted in each part that is not over for so long.
    pub(super) fn recent(&self) -> impl Iterator<Item = T> {
        let now = self.now();
        let recent = move |part: &&Part<T>| now - part.number.min(now) < u128::from(PARTS);
        self.parts.iter().filter(recent).map(|part| part.counted)
    }

    /// The number of the part that is now.
    fn now(&self) -> u128 {
        self.born.elapsed().as_nanos() / self.part.as_nanos()
    }
}
