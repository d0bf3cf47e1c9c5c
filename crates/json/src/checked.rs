//! A checked value: its bytes, as they came.
//!
//! Must not know how the bytes were checked; only the checker and the splice can build one.

use std::fmt;

use bytes::Bytes;
use serde::ser::Error as _;
use smallvec::{SmallVec, smallvec};

use crate::check::Checker;
use crate::fault::{Fault, Limits};
use crate::kind::{Kind, kind};
use crate::select::path::{Missing, Path};
use crate::select::{Elements, Members, member};
use crate::slices::Slices;

/// One complete JSON value (RFC 8259) in valid UTF-8, as a list of byte slices.
///
/// The invariant, which private fields keep: the slices, joined, are exactly one value with no
/// whitespace around it, nested no deeper than the [`Limits`] it was checked with (plus the
/// containers that [`Splice`](crate::Splice) added), and no slice is empty. A clone shares the
/// bytes.
#[derive(Clone)]
pub struct CheckedJson {
    kind: Kind,
    length: usize,
    slices: SmallVec<[Bytes; 1]>,
}

impl CheckedJson {
    /// The caller vouches for the invariant.
    pub(crate) fn from_parts(kind: Kind, slices: Slices) -> Self {
        let slices = slices.into_pieces();
        Self {
            kind,
            length: slices.iter().map(Bytes::len).sum(),
            slices,
        }
    }

    /// The value `null`.
    #[must_use]
    pub fn null() -> Self {
        Self {
            kind: Kind::Null,
            length: 4,
            slices: smallvec![Bytes::from_static(b"null")],
        }
    }

    /// Checks a body that is already in one piece. The value is a slice of it, not a copy.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(bytes: Bytes, limits: Limits) -> Result<Self, Fault> {
        let mut checker = Checker::new(limits);
        checker.feed(bytes)?;
        checker.finish()
    }

    /// Our own document as checked JSON. A foreign `Serialize` may write anything (`RawValue` has
    /// no limit of depth), so that the text is checked, with the default depth and no limit of
    /// bytes.
    ///
    /// # Errors
    /// When `value` refuses to be serialised or is nested deeper than [`Limits::DEFAULT_DEPTH`].
    pub fn serialize<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let text = Bytes::from(serde_json::to_vec(value)?);
        Self::check(text, Limits::OWN).map_err(serde_json::Error::custom)
    }

    /// Bytes of the value.
    #[expect(clippy::len_without_is_empty, reason = "a JSON value is never empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// What the value is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The bytes, in order; at least one slice, none empty.
    #[must_use]
    pub fn slices(&self) -> &[Bytes] {
        &self.slices
    }

    /// The bytes, in order; at least one slice, none empty.
    #[must_use]
    pub fn into_slices(self) -> SmallVec<[Bytes; 1]> {
        self.slices
    }

    /// The bytes in one piece: shared when they are in one piece already, else copied once.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match self.slices.as_slice() {
            [only] => only.clone(),
            slices => slices.concat().into(),
        }
    }

    /// The same value in one slice, so that navigating it again and again copies nothing.
    #[must_use]
    pub fn into_contiguous(self) -> Self {
        Self {
            slices: smallvec![self.bytes()],
            ..self
        }
    }

    /// A copy that holds its own bytes and no more: what comes from a connection shares the buffers that
    /// it was read into, and keeps all of them alive.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            slices: smallvec![self.slices.concat().into()],
            ..*self
        }
    }

    /// The value at `path`. It shares the bytes, and keeps all of this value's bytes alive. A value
    /// in several slices is copied once for every such question: see
    /// [`CheckedJson::into_contiguous`].
    ///
    /// # Errors
    /// How far the path led, and why no further.
    pub fn select(&self, path: &Path) -> Result<Self, Missing> {
        let bytes = self.bytes();
        let part = path.select(&bytes)?;
        Ok(checked_part(&bytes, part))
    }

    /// The value of the member `name`, the last one if it is there twice; `None` also when this is
    /// not an object. It shares the bytes, as in [`CheckedJson::select`].
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Self> {
        let bytes = self.bytes();
        member(&bytes, name).map(|part| checked_part(&bytes, part))
    }

    /// The members of an object; nothing for other kinds. Values share the bytes, as in
    /// [`CheckedJson::select`]; names are as in [`members`](crate::members), each in a string of
    /// its own.
    #[must_use]
    pub fn members(&self) -> CheckedMembers {
        let bytes = self.bytes();
        let left = Members::new(&bytes).rest().len();
        CheckedMembers { bytes, left }
    }

    /// The elements of an array; nothing for other kinds. They share the bytes, as in
    /// [`CheckedJson::select`].
    #[must_use]
    pub fn elements(&self) -> CheckedElements {
        let bytes = self.bytes();
        let left = Elements::new(&bytes).rest().len();
        CheckedElements { bytes, left }
    }

    /// The value whose bytes are `part`, a piece of one of [`CheckedJson::slices`]; `None` when
    /// `part` lies elsewhere or is not a value. It shares the bytes.
    ///
    /// Nothing says where a slice came from, so that `part` is checked again: one pass over it.
    /// [`CheckedJson::select`], [`CheckedJson::member`] and [`CheckedJson::elements`] need none.
    #[must_use]
    pub fn sub(&self, part: &[u8]) -> Option<Self> {
        let inside = part.as_ptr_range();
        let home = self.slices.iter().find(|slice| {
            let outside = slice.as_ptr_range();
            outside.start <= inside.start && inside.end <= outside.end
        })?;
        let limits = Limits {
            bytes: usize::MAX,
            depth: usize::MAX,
        };
        Self::check(home.slice_ref(part), limits).ok()
    }
}

/// Shows kind and length only: the content may be somebody's health record.
impl fmt::Debug for CheckedJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CheckedJson")
            .field("kind", &self.kind)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// `part` must be a value found in `bytes`, and `bytes` a checked value.
fn checked_part(bytes: &Bytes, part: &[u8]) -> CheckedJson {
    CheckedJson {
        // Every checked value begins like one, so that the default is never taken.
        kind: kind(part).unwrap_or(Kind::Null),
        length: part.len(),
        slices: smallvec![bytes.slice_ref(part)],
    }
}

/// The elements of a checked array, see [`CheckedJson::elements`].
pub struct CheckedElements {
    bytes: Bytes,
    /// Bytes at the end of `bytes` that have not been walked over.
    left: usize,
}

impl Iterator for CheckedElements {
    type Item = CheckedJson;

    fn next(&mut self) -> Option<Self::Item> {
        let mut elements = Elements::resume(last(&self.bytes, self.left));
        let part = elements.next()?;
        self.left = elements.rest().len();
        Some(checked_part(&self.bytes, part))
    }
}

/// The members of a checked object, see [`CheckedJson::members`].
pub struct CheckedMembers {
    bytes: Bytes,
    /// Bytes at the end of `bytes` that have not been walked over.
    left: usize,
}

impl Iterator for CheckedMembers {
    type Item = (String, CheckedJson);

    fn next(&mut self) -> Option<Self::Item> {
        let mut members = Members::resume(last(&self.bytes, self.left));
        let (name, part) = members.next()?;
        self.left = members.rest().len();
        Some((name.into_owned(), checked_part(&self.bytes, part)))
    }
}

fn last(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(bytes.len() - count..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
