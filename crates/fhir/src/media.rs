//! Media types of FHIR's JSON.
//!
//! Must not know HTTP's header types: values come and go as text.

/// `Accept` for a request to an R4 backend (FHIR R4, http.html#version-parameter).
pub const ACCEPT_R4: &str = "application/fhir+json; fhirVersion=4.0";

/// `Accept` without the version, for the one retry after a 406: some servers match parameters
/// literally.
pub const ACCEPT_ANY_VERSION: &str = "application/fhir+json";

/// Whether a `Content-Type` is FHIR's JSON: `application/fhir+json`, or DSTU2's
/// `application/json+fhir`. Parameters are ignored.
#[must_use]
pub fn is_fhir_json(content_type: &str) -> bool {
    matches_any(
        content_type,
        &["application/fhir+json", "application/json+fhir"],
    )
}

/// Whether a `Content-Type` is JSON of any kind: FHIR's, `application/json`, `text/json`, or any
/// type with the suffix `+json` (RFC 6839 §3.1). Parameters are ignored.
#[must_use]
pub fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    let suffix = essence.rsplit_once('+').map_or("", |(_, suffix)| suffix);
    suffix.eq_ignore_ascii_case("json")
        || is_fhir_json(essence)
        || matches_any(essence, &["application/json", "text/json"])
}

/// Whether a `Content-Type` is HTML: a login or error page where JSON belongs. Parameters are
/// ignored.
#[must_use]
pub fn is_html(content_type: &str) -> bool {
    matches_any(content_type, &["text/html", "application/xhtml+xml"])
}

fn matches_any(content_type: &str, types: &[&str]) -> bool {
    let essence = essence(content_type);
    types.iter().any(|name| essence.eq_ignore_ascii_case(name))
}

/// Type and subtype, without parameters (RFC 9110 §8.3.1).
fn essence(content_type: &str) -> &str {
    let is_end = |byte: u8| matches!(byte, b';' | b',');
    let end = content_type.bytes().position(is_end);
    let end = end.unwrap_or(content_type.len());
    content_type.get(..end).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f4_the_accept_header_names_the_version_and_has_a_fallback_without() {
        assert_eq!(ACCEPT_R4, format!("{ACCEPT_ANY_VERSION}; fhirVersion=4.0"));
        assert!(is_fhir_json(ACCEPT_R4));
    }

    #[test]
    fn content_types_are_told_apart_without_their_parameters() {
        // Content type, FHIR's JSON, any JSON, HTML.
        let table = [
            ("application/fhir+json", true, true, false),
            (" Application/FHIR+JSON ;charset=utf-8", true, true, false),
            ("application/json+fhir", true, true, false),
            ("application/json; charset=UTF-8", false, true, false),
            ("text/json", false, true, false),
            ("application/problem+json", false, true, false),
            ("application/fhir+xml", false, false, false),
            ("application/jsonp", false, false, false),
            ("json", false, false, false),
            ("text/html; charset=utf-8", false, false, true),
            ("application/xhtml+xml", false, false, true),
            ("text/plain", false, false, false),
            ("", false, false, false),
            (";application/json", false, false, false),
        ];
        for (content_type, fhir, json, html) in table {
            let said = (
                is_fhir_json(content_type),
                is_json(content_type),
                is_html(content_type),
            );
            assert_eq!(said, (fhir, json, html), "{content_type}");
        }
    }
}
