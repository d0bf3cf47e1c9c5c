//! Walking over one value without looking at what it says.
//!
//! Relies on the check: brackets are counted, not matched. Must not know names or paths.

use crate::scan::{is_whitespace, skip_text, skip_whitespace};

/// A value and what follows it; `None` if none begins here or it has no end.
pub(super) fn value(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let after = match rest {
        [b'"', after @ ..] => text(after)?.1,
        [b'{' | b'[', ..] => container(rest)?,
        _ => scalar(rest)?,
    };
    rest.split_at_checked(rest.len() - after.len())
}

/// The inside of a string whose opening quote is behind us, and what follows its closing quote.
pub(super) fn text(inside: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = inside;
    loop {
        rest = match skip_text(rest) {
            [b'"', after @ ..] => {
                let length = inside.len() - after.len() - 1;
                return Some((inside.get(..length)?, after));
            }
            [b'\\'] | [] => return None,
            // An escape, or a control character, which the check does not let pass.
            [b'\\', _, after @ ..] | [_, after @ ..] => after,
        };
    }
}

/// What follows a comma, whitespace around it skipped; nothing if no comma comes.
pub(super) fn comma(rest: &[u8]) -> &[u8] {
    match skip_whitespace(rest) {
        [b',', after @ ..] => skip_whitespace(after),
        _ => &[],
    }
}

fn container(mut rest: &[u8]) -> Option<&[u8]> {
    let mut open = 0_usize;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'"' => rest = text(after)?.1,
            b'{' | b'[' => open += 1,
            b'}' | b']' if open == 1 => return Some(rest),
            b'}' | b']' => open -= 1,
            b'\n' | b' ' => rest = skip_whitespace(rest),
            _ => {}
        }
    }
    None
}

fn scalar(rest: &[u8]) -> Option<&[u8]> {
    let ends = |byte: &u8| {
        matches!(byte, b',' | b':' | b'"' | b'{' | b'}' | b'[' | b']') || is_whitespace(*byte)
    };
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    if length == 0 {
        return None;
    }
    rest.get(length..)
}
