//! Which containers are open, one bit each.
//!
//! Must not know what opens or closes them. 64 levels fit in a word and 128 need no allocation.

use smallvec::SmallVec;

const WORD: usize = u64::BITS as usize;

/// The stack of open containers: a set bit is an object, a clear one an array.
#[derive(Default)]
pub(super) struct Nesting {
    /// The innermost containers, the innermost of all in the lowest bit.
    inner: u64,
    /// Full words of the containers further out, after an empty one.
    outer: SmallVec<[u64; 2]>,
    depth: usize,
}

impl Nesting {
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn is_in_object(&self) -> bool {
        self.inner & 1 == 1
    }

    pub(super) fn open(&mut self, is_object: bool) {
        if self.depth.is_multiple_of(WORD) {
            self.outer.push(self.inner);
        }
        self.inner = self.inner << 1 | u64::from(is_object);
        self.depth += 1;
    }

    pub(super) fn close(&mut self) {
        self.inner >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.depth.is_multiple_of(WORD) {
            self.inner = self.outer.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_close_in_the_reverse_order_of_opening_at_any_depth() {
        for depth in [1, 2, 63, 64, 65, 127, 128, 129, 300] {
            let is_object = |level: usize| level.is_multiple_of(3) || level.is_multiple_of(64);
            let mut nesting = Nesting::default();
            for level in 0..depth {
                nesting.open(is_object(level));
                assert_eq!(nesting.depth(), level + 1);
            }
            for level in (0..depth).rev() {
                assert_eq!(
                    nesting.is_in_object(),
                    is_object(level),
                    "{level} of {depth}"
                );
                nesting.close();
                assert_eq!(nesting.depth(), level);
            }
        }
    }
}
