//! How a value is written into its place. FHIR's own rules live in `fhir`; these are HTTP's.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 §2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A value that must not stand in its place, and the rule it breaks (never the value).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);

/// A named way to write a value into its place. Two encoders of one name are the same.
#[derive(Clone, Copy)]
pub struct Encoder {
    /// For `Debug` and comparison.
    pub name: &'static str,
    /// Appends the encoded value, or says which rule it breaks.
    pub encode: fn(&str, &mut String) -> Result<(), Refused>,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for Encoder {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// One path segment, percent-encoded (RFC 3986 §3.3). A value that is empty, or in which a
/// slash-separated part is `.` or `..`, is refused: URL libraries and servers collapse it, and
/// another thing would be read.
pub const SEGMENT: Encoder = Encoder {
    name: "segment",
    encode: encode_segment,
};

/// A query value, percent-encoded; `+`, `&` and `=` lose their meaning.
pub const QUERY: Encoder = Encoder {
    name: "query",
    encode: encode_query,
};

/// A header value: visible characters, spaces and UTF-8; control characters are refused
/// (RFC 9110 §5.5), so that no value can add a header.
pub const HEADER: Encoder = Encoder {
    name: "header",
    encode: encode_header,
};

/// As it is; for text that is escaped as a whole afterwards, such as a JSON string.
pub const PLAIN: Encoder = Encoder {
    name: "plain",
    encode: encode_plain,
};

fn encode_segment(value: &str, out: &mut String) -> Result<(), Refused> {
    if value.is_empty() {
        return Err(Refused("must not be empty in a path"));
    }
    if value
        .split(['/', '\\'])
        .any(|part| part == "." || part == "..")
    {
        return Err(Refused("must not hold the path segments `.` or `..`"));
    }
    percent_encode(value, out);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "the encoders share one signature")]
fn encode_query(value: &str, out: &mut String) -> Result<(), Refused> {
    percent_encode(value, out);
    Ok(())
}

fn percent_encode(value: &str, out: &mut String) {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    // Nearly every value is a plain id, and goes in as it is.
    if value.bytes().all(is_unreserved) {
        out.push_str(value);
    } else {
        out.extend(utf8_percent_encode(value, RESERVED));
    }
}

fn encode_header(value: &str, out: &mut String) -> Result<(), Refused> {
    if value.chars().any(char::is_control) {
        return Err(Refused("must not hold control characters in a header"));
    }
    out.push_str(value);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "the encoders share one signature")]
fn encode_plain(value: &str, out: &mut String) -> Result<(), Refused> {
    out.push_str(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Encoder, HEADER, QUERY, Refused, SEGMENT};

    fn write(encoder: Encoder, value: &str) -> Result<String, Refused> {
        let mut out = String::new();
        (encoder.encode)(value, &mut out).map(|()| out)
    }

    #[test]
    fn b17_a_value_is_percent_encoded_per_segment() {
        for (value, expected) in [
            ("plain-id_1.2~", "plain-id_1.2~"),
            ("a b", "a%20b"),
            ("a/b.txt", "a%2Fb.txt"),
            ("50%", "50%25"),
            ("?x=1#y", "%3Fx%3D1%23y"),
            ("Łódź", "%C5%81%C3%B3d%C5%BA"),
            ("...", "..."),
            (";v=1", "%3Bv%3D1"),
        ] {
            assert_eq!(write(SEGMENT, value).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn b17_dots_and_slashes_cannot_escape_a_segment() {
        for value in [".", "..", "../x", "x/..", "x/./y", "..\\x", ""] {
            assert!(write(SEGMENT, value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn a38_a_query_value_keeps_utf_8_and_loses_separators() {
        assert_eq!(
            write(QUERY, "a+b&c=Zürich").as_deref(),
            Ok("a%2Bb%26c%3DZ%C3%BCrich")
        );
        assert_eq!(write(QUERY, "").as_deref(), Ok(""));
    }

    #[test]
    fn an_encoder_is_known_by_its_name() {
        assert_eq!(format!("{SEGMENT:?}"), "segment");
        assert_eq!(SEGMENT, SEGMENT);
        assert_ne!(SEGMENT, QUERY);
    }

    #[test]
    fn a_header_value_cannot_add_a_header() {
        assert!(write(HEADER, "x\r\nevil: 1").is_err());
        assert!(write(HEADER, "x\u{7f}").is_err());
        assert_eq!(write(HEADER, "ä b").as_deref(), Ok("ä b"));
    }
}
