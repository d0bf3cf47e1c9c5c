//! The challenges of a 401 (RFC 9110 §11.6.1, RFC 7617 §2).
//!
//! Must not know clients: it writes what the scheme and the realm say.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::scheme::Scheme;

const FETCH_DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// Whether a page's own script asks. A browser answers a Basic challenge with its login box even
/// then, and the page's fetch hangs until somebody closes it.
///
/// Browsers send `Sec-Fetch-Dest` (Fetch Metadata §2.1) to https and localhost only; the page of
/// our documents therefore sends `X-Requested-With` too.
pub(crate) fn from_script(headers: &HeaderMap) -> bool {
    headers.contains_key(REQUESTED_WITH)
        || headers
            .get(FETCH_DESTINATION)
            .is_some_and(|destination| destination.as_bytes() == b"empty")
}

/// The challenge for one scheme. `realm` has gone through [`quotable`].
pub(super) fn challenge(scheme: &Scheme, realm: &str, from_script: bool) -> Option<HeaderValue> {
    let text = match scheme {
        // `xBasic` is no registered scheme: a browser does not know it and opens nothing.
        Scheme::Basic if from_script => format!("xBasic realm=\"{realm}\", charset=\"UTF-8\""),
        Scheme::Basic => format!("Basic realm=\"{realm}\", charset=\"UTF-8\""),
        Scheme::ApiKey(header) => format!("ApiKey realm=\"{realm}\", header=\"{header}\""),
    };
    HeaderValue::from_str(&text).ok()
}

/// `text` as the inside of a quoted-string (RFC 9110 §5.6.4) of visible ASCII: quotes and
/// backslashes are escaped, anything a header cannot carry becomes `_`.
pub(super) fn quotable(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => quoted.push('_'),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a27_the_challenges_are_those_of_the_contract() {
        let show = |scheme: &Scheme, script| {
            challenge(scheme, &quotable("My \"ward\" Ä"), script)
                .and_then(|value| value.to_str().map(str::to_owned).ok())
                .unwrap_or_default()
        };
        assert_eq!(
            show(&Scheme::Basic, false),
            r#"Basic realm="My \"ward\" _", charset="UTF-8""#
        );
        assert_eq!(
            show(&Scheme::Basic, true),
            r#"xBasic realm="My \"ward\" _", charset="UTF-8""#
        );
        let key = Scheme::ApiKey(http::HeaderName::from_static("x-api-key"));
        assert_eq!(
            show(&key, true),
            r#"ApiKey realm="My \"ward\" _", header="x-api-key""#
        );
    }

    #[test]
    fn a27_a_pages_own_script_is_told_from_a_navigation() {
        let request = |name: HeaderName, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            from_script(&headers)
        };
        assert!(request(FETCH_DESTINATION, "empty"));
        assert!(request(REQUESTED_WITH, "swagger-ui"));
        assert!(!request(FETCH_DESTINATION, "document"));
        assert!(!from_script(&HeaderMap::new()));
    }
}
