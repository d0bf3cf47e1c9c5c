//! The members of a token endpoint's answer, from JSON or from a form.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::error::Malformation;

#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a form when the media type says so, else JSON: servers label it in many ways.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Malformation> {
        let visible = body.trim_ascii();
        if visible.is_empty() {
            return Err(Malformation::Empty);
        }
        let media_type = media_type(headers);
        if media_type == "application/x-www-form-urlencoded" {
            let pair = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
                (name.into_owned(), Value::String(value.into_owned()))
            };
            return Ok(Self(form_urlencoded::parse(body).map(pair).collect()));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ if media_type == "text/html" || visible.starts_with(b"<") => Err(Malformation::Html),
            _ => Err(Malformation::NotAnObject),
        }
    }

    /// The member, unless it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_media_type_is_optional_and_may_be_unreadable() {
        let mut headers = HeaderMap::new();
        let body = br#"{"access_token":"t","scope":null}"#;
        for value in [None, Some(HeaderValue::from_bytes(b"\xff").unwrap())] {
            headers.extend(value.map(|value| (CONTENT_TYPE, value)));
            let fields = Fields::read(&headers, body).unwrap();
            assert!(fields.get("access_token").is_some());
            assert!(fields.get("scope").is_none());
        }
    }
}
