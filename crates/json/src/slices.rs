//! Bytes in pieces: large pieces stay where they are, small ones are copied together.
//!
//! Must not know what the bytes say.

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

/// Pieces that are put together.
#[derive(Default)]
pub(crate) struct Slices {
    done: SmallVec<[Bytes; 1]>,
    /// Comes after `done`.
    tail: BytesMut,
}

impl Slices {
    /// Pieces so far.
    pub(crate) fn count(&self) -> usize {
        self.done.len()
    }

    /// Makes room for `bytes` more bytes to be copied.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.tail.reserve(bytes);
    }

    /// Appends `piece` without copying it.
    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.close_tail();
            self.done.push(piece);
        }
    }

    /// Appends a copy of `piece`.
    pub(crate) fn copy(&mut self, piece: &[u8]) {
        self.tail.extend_from_slice(piece);
    }

    /// The bytes copied since the last push, to be appended to or cut back.
    pub(crate) fn tail(&mut self) -> &mut BytesMut {
        &mut self.tail
    }

    /// The pieces, none of them empty.
    pub(crate) fn into_pieces(mut self) -> SmallVec<[Bytes; 1]> {
        if !self.tail.is_empty() {
            self.done.push(self.tail.freeze());
        }
        self.done
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            // `split` leaves the unused room in place: one buffer serves all the small pieces.
            self.done.push(self.tail.split().freeze());
        }
    }
}
