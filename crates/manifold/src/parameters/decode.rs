//! Percent-decoding that refuses what it cannot decode.
//!
//! The usual decoders pass a broken escape through and replace invalid UTF-8; another value than
//! the client meant would then be looked up. Must not know parameters.

use std::borrow::Cow;

/// A path segment (RFC 3986 §3.3). A value that is empty, `.` or `..` is refused: a backend's URL
/// would collapse, and a read become a search.
pub(super) fn path(raw: &str) -> Result<String, String> {
    let text = percent(raw)?;
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text == "." || text == ".." {
        return Err("must not be `.` or `..`".to_owned());
    }
    Ok(visible(&text)?.to_owned())
}

/// A name or a value of a query (application/x-www-form-urlencoded): `+` is a space.
pub(super) fn query(raw: &str) -> Result<String, String> {
    let spaced = if raw.contains('+') {
        Cow::Owned(raw.replace('+', " "))
    } else {
        Cow::Borrowed(raw)
    };
    let text = percent(&spaced)?;
    // Lines and tabs are text that a client may search for; other control characters are not.
    let control =
        |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    if text.chars().any(control) {
        Err(CONTROL.to_owned())
    } else {
        Ok(text)
    }
}

/// Text without control characters.
pub(super) fn visible(text: &str) -> Result<&str, String> {
    if text.chars().any(char::is_control) {
        Err(CONTROL.to_owned())
    } else {
        Ok(text)
    }
}

const CONTROL: &str = "must not hold control characters";

fn percent(raw: &str) -> Result<String, String> {
    if !raw.contains('%') {
        return Ok(raw.to_owned());
    }
    let mut pieces = raw.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (byte, rest) = escape(piece.as_bytes()).ok_or("holds a broken percent escape")?;
        bytes.push(byte);
        bytes.extend_from_slice(rest);
    }
    String::from_utf8(bytes).map_err(|_| "must be UTF-8".to_owned())
}

/// The byte that two hexadecimal digits stand for, and what follows them.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], rest) = text.split_first_chunk()?;
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

#[cfg(test)]
mod tests {
    use super::{path, query};

    #[test]
    fn a38_a_path_value_is_decoded_strictly() {
        for (raw, expected) in [
            ("plain", "plain"),
            ("a%20b", "a b"),
            ("a+b", "a+b"),
            ("a%2Fb", "a/b"),
            ("%C5%81%c3%b3d%C5%BA", "Łódź"),
            ("...", "..."),
        ] {
            assert_eq!(path(raw).as_deref(), Ok(expected));
        }
        for raw in [
            "", "%", "%4", "%zz", "%+1", "a%", "%ff", "%C5", "%00", "a%0Ab", "%7f", ".", "..",
            "%2e%2E",
        ] {
            assert!(path(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn a38_a_query_value_is_decoded_strictly() {
        for (raw, expected) in [
            ("", ""),
            ("a+b%2Bc", "a b+c"),
            ("Z%C3%BCrich", "Zürich"),
            ("a%0Ab", "a\nb"),
        ] {
            assert_eq!(query(raw).as_deref(), Ok(expected));
        }
        for raw in ["%zz", "%ff", "a%00b", "%1b"] {
            assert!(query(raw).is_err(), "{raw}");
        }
    }
}
