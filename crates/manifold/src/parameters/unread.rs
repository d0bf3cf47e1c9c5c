//! A body that is passed on unread.
//!
//! Must not know who gets it.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use http::HeaderValue;
use orchestration::ClientBody;

use super::Refused;

/// Checks the bodies of one endpoint by what they say they are.
pub(super) struct BytesChecker {
    media_types: Vec<String>,
}

impl BytesChecker {
    pub(super) fn new(media_types: &[String]) -> Self {
        Self {
            media_types: media_types.to_vec(),
        }
    }

    /// The body with its media type.
    ///
    /// # Errors
    /// A body of another media type.
    pub(super) fn check(&self, bytes: Bytes, headers: &HeaderMap) -> Result<ClientBody, Refused> {
        let media_type = media_type(headers).filter(|value| {
            let text = value.to_str().unwrap_or_default();
            self.media_types.iter().any(|range| covers(range, text))
        });
        let Some(media_type) = media_type else {
            return Err(Refused::MediaType(self.media_types.join(" or ")));
        };
        Ok(ClientBody { media_type, bytes })
    }
}

/// The one `Content-Type`.
fn media_type(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut values = headers.get_all(CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    HeaderValue::from_bytes(value.as_bytes()).ok()
}

/// Whether `range` (lower case) covers `media_type`, whatever its parameters.
fn covers(range: &str, media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let Some((group, kind)) = essence.split_once('/') else {
        return false;
    };
    if group.is_empty() || kind.is_empty() {
        return false;
    }
    match range.strip_suffix("/*") {
        Some("*") => true,
        Some(wanted) => wanted == group,
        None => range == essence,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_range_covers_what_it_says() {
        for (range, media_type, expected) in [
            ("application/pdf", "Application/PDF; version=1.7", true),
            ("image/*", "image/png", true),
            ("image/*", "images/png", false),
            ("*/*", "a/b", true),
            ("*/*", "nonsense", false),
            ("*/*", "/", false),
        ] {
            assert_eq!(covers(range, media_type), expected, "{range} {media_type}");
        }
    }
}
