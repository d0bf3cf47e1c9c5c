//! A body that is passed on unread.
//!
//! Must not know who gets it.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use config::BodySettings;
use http::HeaderValue;
use orchestration::ClientBody;
use problem::ParameterProblem;

use super::Refused;
use super::fault::fault;

/// Checks the bodies of one endpoint by what they say they are.
pub(super) struct BytesChecker {
    required: bool,
    max: usize,
    media_types: Vec<String>,
}

impl BytesChecker {
    pub(super) fn new(settings: &BodySettings) -> Self {
        Self {
            required: settings.required,
            max: settings.max,
            media_types: settings.media_types.clone(),
        }
    }

    /// The largest body, in bytes.
    pub(super) const fn max(&self) -> usize {
        self.max
    }

    /// The body with its media type; its faults go to `faults`.
    ///
    /// # Errors
    /// A body that is too large or of another media type.
    pub(super) fn check(
        &self,
        body: Option<Bytes>,
        headers: &HeaderMap,
        faults: &mut Vec<ParameterProblem>,
    ) -> Result<Option<ClientBody>, Refused> {
        let Some(bytes) = body else {
            if self.required {
                faults.push(fault("body", "", "is required"));
            }
            return Ok(None);
        };
        let media_type = media_type(headers).filter(|value| {
            let text = value.to_str().unwrap_or_default();
            self.media_types.iter().any(|range| covers(range, text))
        });
        let Some(media_type) = media_type else {
            return Err(Refused::MediaType(self.media_types.join(" or ")));
        };
        if bytes.len() > self.max {
            return Err(Refused::TooLarge { max: self.max });
        }
        Ok(Some(ClientBody { media_type, bytes }))
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
