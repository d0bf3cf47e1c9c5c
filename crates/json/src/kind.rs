//! The six kinds of JSON value (RFC 8259 §3), told from a value's first byte.
//!
//! Must not know anything beyond that byte.

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// `-1.5e3`
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

impl Kind {
    /// The kind of value that begins with `byte`; `None` if no value does.
    pub(crate) fn of_first_byte(byte: u8) -> Option<Self> {
        match byte {
            b'{' => Some(Self::Object),
            b'[' => Some(Self::Array),
            b'"' => Some(Self::String),
            b'-' | b'0'..=b'9' => Some(Self::Number),
            b't' | b'f' => Some(Self::Boolean),
            b'n' => Some(Self::Null),
            _ => None,
        }
    }
}

/// The kind of a checked value, whitespace before it skipped; `None` if no JSON value begins so.
#[must_use]
pub fn kind(value: &[u8]) -> Option<Kind> {
    crate::scan::skip_whitespace(value)
        .first()
        .and_then(|byte| Kind::of_first_byte(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_tells_the_kind() {
        let table = [
            ("{}", Some(Kind::Object)),
            (" \n[1]", Some(Kind::Array)),
            ("\"a\"", Some(Kind::String)),
            ("-1", Some(Kind::Number)),
            ("0", Some(Kind::Number)),
            ("9", Some(Kind::Number)),
            ("true", Some(Kind::Boolean)),
            ("false", Some(Kind::Boolean)),
            ("null", Some(Kind::Null)),
            ("", None),
            ("  ", None),
            ("+1", None),
            ("}", None),
        ];
        for (text, expected) in table {
            assert_eq!(kind(text.as_bytes()), expected, "{text}");
        }
    }
}
