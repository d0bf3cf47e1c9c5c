//! What a JSON string says: escapes undone (RFC 8259 §7).
//!
//! Must not know whether the string is a name or a value.

use std::borrow::Cow;

use super::skip;
use crate::scan::skip_whitespace;

/// What a string says, and whether it can be said in Unicode.
pub(super) struct Decoded<'a> {
    /// U+FFFD stands for what cannot.
    pub(super) text: Cow<'a, str>,
    pub(super) is_exact: bool,
}

/// The text of a string value, escapes undone; borrowed when there are none.
///
/// `None` for other kinds, and for half of a surrogate pair (RFC 8259 §8.2): it is no character,
/// though it may be passed on as bytes.
#[must_use]
pub fn string(value: &[u8]) -> Option<Cow<'_, str>> {
    let [b'"', inside @ ..] = skip_whitespace(value) else {
        return None;
    };
    let (raw, after) = skip::text(inside)?;
    let decoded = decode(raw);
    (decoded.is_exact && skip_whitespace(after).is_empty()).then_some(decoded.text)
}

/// Whether `raw`, the inside of a string, says `name`.
pub(super) fn is_name(raw: &[u8], name: &str) -> bool {
    if !raw.contains(&b'\\') {
        return raw == name.as_bytes();
    }
    let decoded = decode(raw);
    decoded.is_exact && decoded.text == name
}

/// Undoes the escapes of `raw`, the inside of a string.
pub(super) fn decode(raw: &[u8]) -> Decoded<'_> {
    let lossy = String::from_utf8_lossy(raw);
    // It borrows exactly when it had nothing to replace.
    let mut is_exact = matches!(lossy, Cow::Borrowed(_));
    if !raw.contains(&b'\\') {
        return Decoded {
            text: lossy,
            is_exact,
        };
    }
    let mut text = String::with_capacity(lossy.len());
    let mut rest = lossy.as_ref();
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let (character, after) = unescape(escaped);
        is_exact &= character.is_some();
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = after;
    }
    text.push_str(rest);
    Decoded {
        text: Cow::Owned(text),
        is_exact,
    }
}

/// The character that `escaped`, which follows a backslash, begins with, and the rest.
fn unescape(escaped: &str) -> (Option<char>, &str) {
    let mut characters = escaped.chars();
    let character = match characters.next() {
        Some(same @ ('"' | '\\' | '/')) => Some(same),
        Some('b') => Some('\u{8}'),
        Some('f') => Some('\u{c}'),
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        Some('u') => return unescape_unit(characters.as_str()),
        _ => None,
    };
    (character, characters.as_str())
}

/// As [`unescape`], after `\u`: one UTF-16 unit, or two that form a pair.
fn unescape_unit(digits: &str) -> (Option<char>, &str) {
    let Some((unit, after)) = unit(digits) else {
        return (None, digits);
    };
    if let Some(character) = char::from_u32(u32::from(unit)) {
        return (Some(character), after);
    }
    let pair = after.strip_prefix("\\u").and_then(self::unit);
    if let Some((second, after_pair)) = pair
        && let Some(Ok(character)) = char::decode_utf16([unit, second]).next()
    {
        return (Some(character), after_pair);
    }
    (None, after)
}

fn unit(digits: &str) -> Option<(u16, &str)> {
    let (unit, after) = digits.split_at_checked(4)?;
    if !unit.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(unit, 16).ok()?, after))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn strings_say_what_their_escapes_mean() {
        let table: &[(&str, Option<&str>)] = &[
            (r#""""#, Some("")),
            (r#" "plain" "#, Some("plain")),
            (r#""\"\\\/\b\f\n\r\t""#, Some("\"\\/\u{8}\u{c}\n\r\t")),
            (r#""\u00e9\u00E9""#, Some("éé")),
            (r#""\ud83d\ude00!""#, Some("😀!")),
            (r#""\ud83d""#, None),
            (r#""\ud83d\u0041""#, None),
            (r#""\ud83dx""#, None),
            (r#""\ude00\ud83d""#, None),
            (r#""\u+123""#, None),
            (r#""\u12""#, None),
            (r#""\x""#, None),
            (r#""\"#, None),
            (r#""a"#, None),
            (r#""a" 1"#, None),
            ("1", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(string(text.as_bytes()).as_deref(), *expected, "{text}");
        }
        assert_eq!(string(b"\"\xff\""), None);
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        assert!(matches!(string(b"\"a\""), Some(Cow::Borrowed("a"))));
    }

    #[test]
    fn half_a_surrogate_pair_becomes_one_replacement_character() {
        let decoded = decode(br"a\ud83d\u0041b");
        assert_eq!(decoded.text, "a\u{fffd}Ab");
        assert!(!is_name(br"a\ud83d", "a\u{fffd}"));
    }

    proptest! {
        #[test]
        fn strings_say_what_serde_json_reads(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(string(written.as_bytes()).unwrap(), text.as_str());
            let units: Vec<_> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            let escaped = format!("\"{}\"", units.concat());
            prop_assert_eq!(string(escaped.as_bytes()).unwrap(), text.as_str());
            let bare = written.as_bytes().get(1..written.len() - 1).unwrap();
            prop_assert!(is_name(bare, &text));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(text in any::<Vec<u8>>()) {
            let quoted = [b"\"", text.as_slice(), b"\""].concat();
            let ours = string(&quoted);
            if let Ok(theirs) = serde_json::from_slice::<String>(&quoted) {
                prop_assert_eq!(ours.as_deref(), Some(theirs.as_str()));
            }
        }
    }
}
