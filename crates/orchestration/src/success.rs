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

    /// A copy that holds its own bytes and no more, as [`CheckedJson::detached`]: for who keeps it longer
    /// than the request for it takes.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self {
            status: self.status,
            body: self.body.detached(),
            extra: self
                .extra
                .as_deref()
                .map(|extra| Box::new(extra.detached())),
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

impl Extra {
    fn detached(&self) -> Self {
        let headers = self.headers.iter();
        Self {
            headers: headers
                .map(|(name, value)| (name.clone(), detached(value)))
                .collect(),
            opaque: self.opaque.as_ref().map(Opaque::detached),
            ..*self
        }
    }
}

/// A header's value points into the head that it came with.
fn detached(value: &HeaderValue) -> HeaderValue {
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
}

impl Opaque {
    fn detached(&self) -> Self {
        Self {
            media_type: self.media_type.as_ref().map(detached),
            slices: vec![self.slices.concat().into()],
        }
    }

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
    use bytes::Bytes;
    use http::HeaderValue;
    use http::header::ETAG;
    use json::CheckedJson;

    use super::{Extra, Opaque, Success};

    #[test]
    fn what_is_detached_keeps_no_buffer_of_a_connection_alive() {
        let buffer = Bytes::from(b"text/plain \"1\" 12".to_vec());
        let value = |range| HeaderValue::from_maybe_shared(buffer.slice(range)).ok();
        let success = Success {
            extra: Some(Box::new(Extra {
                headers: value(11..14)
                    .map(|value| (ETAG, value))
                    .into_iter()
                    .collect(),
                opaque: Some(Opaque {
                    media_type: value(0..10),
                    slices: vec![buffer.slice(15..16), buffer.slice(16..17)],
                }),
                ..Extra::default()
            })),
            ..Success::new(200, CheckedJson::null())
        };
        let detached = success.detached();
        assert!(!buffer.is_unique());
        drop(success);
        assert!(buffer.is_unique());
        assert_eq!(detached.header(&ETAG), value(11..14).as_ref());
        let opaque = detached.opaque().cloned().unwrap_or_default();
        assert_eq!(opaque.media_type, value(0..10));
        assert_eq!(opaque.slices, ["12"]);
    }

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
