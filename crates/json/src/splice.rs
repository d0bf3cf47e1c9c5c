//! Joining checked values into a new one without copying the large ones.
//!
//! Must not know what the parts say. What it yields is JSON because every part is.

pub(crate) mod key;

use std::fmt;
use std::marker::PhantomData;

use bytes::BufMut as _;
use serde::Serialize;
use serde::ser::Error as _;

use crate::check::check_slice;
use crate::checked::CheckedJson;
use crate::fault::Limits;
use crate::kind::Kind;
use crate::slices::Slices;
use key::Key;

/// A slice of at least this many bytes is kept as it is; a smaller one is copied to its neighbours.
const LARGE: usize = 4096;

/// A [`Splice`] that becomes an object.
#[derive(Debug)]
pub enum Object {}

/// A [`Splice`] that becomes an array.
#[derive(Debug)]
pub enum Array {}

/// Builds one JSON object or array out of checked values.
///
/// Slices of 4 KiB and more are shared, smaller ones are copied together with the punctuation
/// between them: three bodies of 300 bytes become one slice, and a body of 500 KB is not copied.
/// The result is nested one deeper than its deepest part, so that it may exceed the depth its parts
/// were checked with; whoever splices bounds how often.
pub struct Splice<Shape> {
    slices: Slices,
    is_empty: bool,
    shape: PhantomData<Shape>,
}

impl Splice<Object> {
    /// An object without members.
    #[must_use]
    pub fn object() -> Self {
        Self::new()
    }

    /// Adds a member. Names are not compared: the caller sees to it that none comes twice.
    pub fn member(&mut self, name: &str, value: CheckedJson) {
        self.member_key(&Key::new(name), value);
    }

    /// Adds a member whose name was prepared.
    pub fn member_key(&mut self, key: &Key, value: CheckedJson) {
        self.separate(b'{');
        self.slices.copy(key.token());
        self.append(value);
    }

    /// Adds a member that is written from `value`, without bytes of its own in between.
    ///
    /// # Errors
    /// As [`CheckedJson::serialize`]; the object is then as it was before.
    pub fn member_serialized<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        let was_empty = self.is_empty;
        let length = self.slices.tail().len();
        self.separate(b'{');
        self.slices.copy(Key::new(name).token());
        self.append_serialized(value).inspect_err(|_| {
            self.is_empty = was_empty;
            self.slices.tail().truncate(length);
        })
    }

    /// The object.
    #[must_use]
    pub fn finish(self) -> CheckedJson {
        self.close(Kind::Object, *b"{}")
    }
}

impl Splice<Array> {
    /// An array without elements.
    #[must_use]
    pub fn array() -> Self {
        Self::new()
    }

    /// Adds an element.
    pub fn element(&mut self, value: CheckedJson) {
        self.separate(b'[');
        self.append(value);
    }

    /// The array.
    #[must_use]
    pub fn finish(self) -> CheckedJson {
        self.close(Kind::Array, *b"[]")
    }
}

impl<Shape> Splice<Shape> {
    fn new() -> Self {
        Self {
            slices: Slices::default(),
            is_empty: true,
            shape: PhantomData,
        }
    }

    /// Makes room for `bytes` more bytes of small parts, names and punctuation, so that one
    /// allocation serves them all.
    pub fn reserve(&mut self, bytes: usize) {
        self.slices.reserve(bytes);
    }

    fn separate(&mut self, open: u8) {
        let mark = if self.is_empty { open } else { b',' };
        self.slices.tail().put_u8(mark);
        self.is_empty = false;
    }

    fn append(&mut self, value: CheckedJson) {
        for slice in value.into_slices() {
            if slice.len() < LARGE {
                self.slices.copy(&slice);
            } else {
                self.slices.push(slice);
            }
        }
    }

    fn append_serialized<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        let tail = self.slices.tail();
        let start = tail.len();
        serde_json::to_writer((&mut *tail).writer(), value)?;
        let written = tail.get(start..).unwrap_or_default();
        check_slice(written, Limits::OWN).map_err(serde_json::Error::custom)?;
        Ok(())
    }

    fn close(mut self, kind: Kind, [open, close]: [u8; 2]) -> CheckedJson {
        if self.is_empty {
            self.slices.tail().put_u8(open);
        }
        self.slices.tail().put_u8(close);
        CheckedJson::from_parts(kind, self.slices)
    }
}

/// Shows nothing of the parts.
impl<Shape> fmt::Debug for Splice<Shape> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Splice")
            .field("is_empty", &self.is_empty)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
