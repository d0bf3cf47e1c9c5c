//! What a successful call brought.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use json::CheckedJson;
use problem::Code;

/// A successful answer.
#[derive(Clone, Debug)]
pub struct Success {
    /// The backend's own status: 2xx, or one that the call counts as success.
    pub status: u16,
    /// The body, byte for byte; `null` where there is none, or where it is not JSON.
    pub body: CheckedJson,
    /// What only a call that asks for it has; most answers carry none.
    pub extra: Option<Box<Extra>>,
}

/// What an answer carries besides status and JSON, where its call asks for it.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// The headers that the call keeps, [`crate::Expect::keep_headers`], as often as they came.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body of a call that reads [`crate::Reading::Opaque`].
    pub opaque: Option<Opaque>,
    /// How long ago the backend said it, where it comes from a cache.
    pub age: Option<Duration>,
    /// How the backend failed, where it comes from a cache for want of a newer one.
    pub stale: Option<Code>,
}

/// A body that is passed on unread: a PDF, an image, a DICOM file.
#[derive(Clone, Default)]
pub struct Opaque {
    /// `Content-Type` as it came.
    pub media_type: Option<HeaderValue>,
    /// The bytes, in pieces, none of them empty.
    pub slices: Vec<Bytes>,
}

impl Success {
    /// An answer without extras.
    #[must_use]
    pub const fn new(status: u16, body: CheckedJson) -> Self {
        Self {
            status,
            body,
            extra: None,
        }
    }

    /// The first header of this name that the call kept.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        let kept = &self.extra.as_ref()?.headers;
        kept.iter()
            .find(|(kept, _)| kept == name)
            .map(|(_, value)| value)
    }

    /// How long ago the backend said it; `None`: just now.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.extra.as_ref()?.age
    }

    /// How the backend failed, which is why this stands in; `None`: it did not.
    #[must_use]
    pub fn stale(&self) -> Option<Code> {
        self.extra.as_ref()?.stale
    }

    /// The body that is passed on unread, where the call reads one.
    #[must_use]
    pub fn opaque(&self) -> Option<&Opaque> {
        self.extra.as_ref()?.opaque.as_ref()
    }
}

impl Opaque {
    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slices.iter().map(Bytes::len).sum()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Opaque {
    /// Without the bytes: they may be a patient's.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Opaque({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Opaque;

    #[test]
    fn the_debug_of_a_file_hides_its_bytes() {
        let opaque = Opaque {
            media_type: None,
            slices: vec!["MRN-1".into(), "x".into()],
        };
        assert_eq!(format!("{opaque:?}"), "Opaque(6 bytes)");
        assert!(!opaque.is_empty());
        let nothing = Opaque {
            media_type: None,
            slices: vec!["".into()],
        };
        assert!(nothing.is_empty());
    }
}
