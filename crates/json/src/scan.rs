//! The two inner loops, eight bytes at a time: the rest of a string and a run of whitespace.
//!
//! Must not know where in a document it is. Safe code only: a block is loaded by
//! [`slice::first_chunk`], which compiles to one bounds check and one load.

const BLOCK: usize = size_of::<u64>();
const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

const fn repeated(byte: u8) -> u64 {
    LOW_BITS * byte as u64
}

/// The high bit of each byte of `block` that is zero. Only the lowest set bit is exact: the borrow
/// of a true match may mark bytes above it.
const fn zero_bytes(block: u64) -> u64 {
    block.wrapping_sub(LOW_BITS) & !block & HIGH_BITS
}

/// The high bit of each byte below 0x20, exact for the lowest one as in [`zero_bytes`].
const fn control_bytes(block: u64) -> u64 {
    block.wrapping_sub(repeated(0x20)) & !block & HIGH_BITS
}

fn first_marked(marks: u64) -> usize {
    // At most 8, so that the conversion cannot lose anything.
    (marks.trailing_zeros() / u8::BITS) as usize
}

/// Whether `byte` cannot stand for itself inside a string (RFC 8259 §7).
pub(crate) const fn is_special_in_text(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// Skips the bytes that stand for themselves inside a string. What is returned is empty or begins
/// with `"`, `\` or a control character.
#[inline]
pub(crate) fn skip_text(mut rest: &[u8]) -> &[u8] {
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        let block = u64::from_le_bytes(*block);
        let marks = zero_bytes(block ^ repeated(b'"'))
            | zero_bytes(block ^ repeated(b'\\'))
            | control_bytes(block);
        if marks != 0 {
            return rest.get(first_marked(marks)..).unwrap_or_default();
        }
        rest = after;
    }
    while let [byte, after @ ..] = rest {
        if is_special_in_text(*byte) {
            break;
        }
        rest = after;
    }
    rest
}

/// Whether `byte` is JSON whitespace (RFC 8259 §2).
pub(crate) const fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Skips JSON whitespace. What is returned is empty or begins with something else.
#[inline]
pub(crate) fn skip_whitespace(mut rest: &[u8]) -> &[u8] {
    while let [byte, after @ ..] = rest {
        if !is_whitespace(*byte) {
            break;
        }
        rest = skip_spaces(after);
    }
    rest
}

/// Skips spaces: the indentation of printed JSON is long runs of nothing else.
#[inline]
fn skip_spaces(mut rest: &[u8]) -> &[u8] {
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        let others = u64::from_le_bytes(*block) ^ repeated(b' ');
        if others != 0 {
            return rest.get(first_marked(others)..).unwrap_or_default();
        }
        rest = after;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow_text(text: &[u8]) -> usize {
        let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        text.iter().position(special).unwrap_or(text.len())
    }

    #[test]
    fn every_byte_value_is_told_apart_at_every_place_of_a_block() {
        for byte in 0..=u8::MAX {
            for place in 0..20 {
                for filler in [b'a', 0xff, 0x80, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f] {
                    let mut text = vec![filler; 20];
                    text.splice(place..=place, [byte]);
                    let skipped = text.len() - skip_text(&text).len();
                    assert_eq!(skipped, slow_text(&text), "{byte} {place} {filler}");
                    let mut blank = vec![b' '; 20];
                    blank.splice(place..=place, [byte]);
                    let expected = if matches!(byte, 0x20 | 0x0a | 0x0d | 0x09) {
                        20
                    } else {
                        place
                    };
                    assert_eq!(20 - skip_whitespace(&blank).len(), expected, "{byte}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_fast_loops_agree_with_the_plain_ones(
            text in proptest::collection::vec(
                prop_oneof![Just(b' '), Just(b'\n'), Just(b'"'), Just(b'\\'), Just(b'a'), any::<u8>()],
                0..64,
            ),
        ) {
            prop_assert_eq!(text.len() - skip_text(&text).len(), slow_text(&text));
            let blank = text.iter().take_while(|byte| b" \n\r\t".contains(byte)).count();
            prop_assert_eq!(text.len() - skip_whitespace(&text).len(), blank);
        }
    }
}
