//! Finding values in the bytes of a checked value, without a tree.
//!
//! Every slice returned here lies inside the slice given, so that `bytes.slice_ref(part)` turns it
//! into shared [`Bytes`](bytes::Bytes) when the given slice was a `Bytes`. The bytes should have
//! been checked: on others the answers mean little, but nothing here panics or loops.
//!
//! Must not know where the bytes came from.

pub(crate) mod path;
mod skip;
pub(crate) mod text;

use std::borrow::Cow;

use crate::scan::skip_whitespace;
use text::{decode, is_name};

/// The members of an object in their order, duplicates included; nothing for other values.
///
/// A name is unescaped; where that is impossible (half of a surrogate pair, RFC 8259 §8.2) it holds
/// U+FFFD instead. A value is its bytes without the whitespace around it.
#[must_use]
pub fn members(object: &[u8]) -> Members<'_> {
    Members::new(object)
}

/// The elements of an array in their order; nothing for other values. An element is its bytes
/// without the whitespace around it.
#[must_use]
pub fn elements(array: &[u8]) -> Elements<'_> {
    Elements::new(array)
}

/// The value of the member `name`; `None` also when `object` is not an object.
///
/// Of duplicates it is the last, as in nearly every parser (RFC 8259 §4, ECMA-262
/// `JSON.parse`, `serde_json`): we must not decide on another value than the reader of our answer
/// sees. The whole object is therefore walked.
#[must_use]
pub fn member<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut members = Members::new(object);
    let mut found = None;
    while let Some((raw, value)) = members.next_raw() {
        if is_name(raw, name) {
            found = Some(value);
        }
    }
    found
}

/// The members of an object, see [`members`].
#[derive(Clone)]
pub struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Members<'a> {
    pub(crate) fn new(object: &'a [u8]) -> Self {
        match skip_whitespace(object) {
            [b'{', rest @ ..] => Self { rest },
            _ => Self { rest: &[] },
        }
    }

    /// Goes on from what [`Members::rest`] returned.
    pub(crate) fn resume(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// What has not been walked over.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next member, its name as it stands between the quotes.
    fn next_raw(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let rest = std::mem::take(&mut self.rest);
        let (name, rest) = match skip_whitespace(rest) {
            [b'"', rest @ ..] => skip::text(rest)?,
            _ => return None,
        };
        let [b':', rest @ ..] = skip_whitespace(rest) else {
            return None;
        };
        let (value, rest) = skip::value(skip_whitespace(rest))?;
        self.rest = skip::comma(rest);
        Some((name, value))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.next_raw()?;
        Some((decode(name).text, value))
    }
}

impl std::iter::FusedIterator for Members<'_> {}

/// The elements of an array, see [`elements`].
#[derive(Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(crate) fn new(array: &'a [u8]) -> Self {
        match skip_whitespace(array) {
            [b'[', rest @ ..] => Self { rest },
            _ => Self { rest: &[] },
        }
    }

    /// Goes on from what [`Elements::rest`] returned.
    pub(crate) fn resume(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// What has not been walked over.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let rest = std::mem::take(&mut self.rest);
        let (value, rest) = skip::value(skip_whitespace(rest))?;
        self.rest = skip::comma(rest);
        Some(value)
    }
}

impl std::iter::FusedIterator for Elements<'_> {}

#[cfg(test)]
mod tests;
