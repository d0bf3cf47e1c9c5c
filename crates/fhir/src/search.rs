//! Values in the query of a search.
//!
//! Must not know parameters or their types: whether a value is escaped or raw is said by whoever
//! declares the call.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but RFC 3986 §2.3's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Appends one value so that it means itself: FHIR's escapes (R4, search.html#escaping, `\` before
/// `\ , | $`), then percent-encoding.
///
/// Without the escapes `a,b` means "a or b": another patient's data. A value for which
/// [`is_blank`] holds must not come here.
pub fn escape_value(value: &str, out: &mut String) {
    for part in value.split_inclusive(is_separator) {
        let mut characters = part.chars();
        match characters.next_back() {
            Some(last) if is_separator(last) => {
                encode_raw(characters.as_str(), out);
                encode_raw("\\", out);
                encode_raw(last.encode_utf8(&mut [0; 4]), out);
            }
            _ => encode_raw(part, out),
        }
    }
}

/// Appends a value that is meant as FHIR search syntax, such as a token `system|code` or a list
/// `a,b`: percent-encoding only.
pub fn encode_raw(value: &str, out: &mut String) {
    out.extend(utf8_percent_encode(value, RESERVED));
}

/// Whether a value says nothing: empty, or white space only.
///
/// Servers ignore a parameter without a value, and `Observation?patient=` becomes a search over
/// everybody. Refuse such a value before the request is built.
#[must_use]
pub fn is_blank(value: &str) -> bool {
    value.trim().is_empty()
}

/// Whether the query of a search asks for the number of matches only: `_summary=count` (FHIR R4,
/// search.html#summary) or `_count=0` (#count). `query` is percent-encoded, without the `?`.
#[must_use]
pub fn is_count_only(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
        matches!(
            (name.as_ref(), value.as_ref()),
            ("_summary", "count") | ("_count", "0")
        )
    })
}

fn is_separator(character: char) -> bool {
    matches!(character, '\\' | ',' | '|' | '$')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    fn escaped(value: &str) -> String {
        let mut out = String::new();
        escape_value(value, &mut out);
        out
    }

    #[test]
    fn values_are_escaped_for_fhir_and_then_for_the_query() {
        let table = [
            ("abc-._~1", "abc-._~1"),
            ("a,b", "a%5C%2Cb"),
            ("http://x|1", "http%3A%2F%2Fx%5C%7C1"),
            ("$\\", "%5C%24%5C%5C"),
            ("a b&c=d#e+f%", "a%20b%26c%3Dd%23e%2Bf%25"),
            ("Müller", "M%C3%BCller"),
            ("", ""),
        ];
        for (value, expected) in table {
            assert_eq!(escaped(value), expected, "{value}");
        }
    }

    #[test]
    fn raw_values_keep_their_search_syntax() {
        let mut out = "code=".to_owned();
        encode_raw("http://loinc.org|1-8,2-9", &mut out);
        assert_eq!(out, "code=http%3A%2F%2Floinc.org%7C1-8%2C2-9");
    }

    #[test]
    fn blank_values_are_told_apart() {
        assert!(is_blank("") && is_blank(" \t\u{a0}"));
        assert!(!is_blank("0"));
    }

    #[test]
    fn f21_searches_for_a_number_only_are_told_apart() {
        for query in ["_summary=count", "a=b&_count=0", "_summary=%63ount"] {
            assert!(is_count_only(query), "{query}");
        }
        for query in [
            "",
            "_summary=data",
            "_count=10",
            "summary=count",
            "a=_count=0",
        ] {
            assert!(!is_count_only(query), "{query}");
        }
    }

    proptest! {
        #[test]
        fn an_escaped_value_is_one_value_that_reads_back(value in any::<String>()) {
            let query = format!("p={}", escaped(&value));
            prop_assert!(query.is_ascii());
            let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
            prop_assert_eq!(pairs.len(), 1);
            let mut unescaped = String::new();
            let mut characters = pairs[0].1.chars();
            while let Some(character) = characters.next() {
                prop_assert!(!matches!(character, ',' | '|' | '$'));
                unescaped.extend(if character == '\\' { characters.next() } else { Some(character) });
            }
            prop_assert_eq!(unescaped, value);
        }
    }
}
