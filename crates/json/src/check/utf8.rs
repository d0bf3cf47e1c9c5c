//! UTF-8 over chunks: a character may be cut at any byte.
//!
//! Must not know JSON.

/// The longest UTF-8 sequence (RFC 3629 §3).
const LONGEST: usize = 4;

/// The bytes of a character whose end has not arrived yet.
#[derive(Default)]
pub(super) struct Utf8 {
    carried: [u8; LONGEST],
    length: usize,
}

impl Utf8 {
    /// Takes the next chunk, which begins `start` bytes into the body.
    ///
    /// # Errors
    /// The offset in the body of the first sequence that is not UTF-8. It may lie before `start`.
    pub(super) fn feed(&mut self, chunk: &[u8], start: usize) -> Result<(), usize> {
        let rest = self.complete(chunk, start)?;
        let rest_start = start + (chunk.len() - rest.len());
        let Err(error) = simdutf8::compat::from_utf8(rest) else {
            return Ok(());
        };
        if error.error_len().is_some() {
            return Err(rest_start + error.valid_up_to());
        }
        for byte in rest.iter().skip(error.valid_up_to()) {
            self.carry(*byte);
        }
        Ok(())
    }

    /// Finishes the carried character and returns what follows it.
    fn complete<'a>(&mut self, chunk: &'a [u8], start: usize) -> Result<&'a [u8], usize> {
        let mut rest = chunk;
        let first = start - self.length;
        while self.length > 0
            && let [byte, after @ ..] = rest
        {
            self.carry(*byte);
            rest = after;
            let carried = self.carried.get(..self.length).unwrap_or_default();
            match std::str::from_utf8(carried) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_some() => return Err(first),
                Err(_) => {}
            }
        }
        Ok(rest)
    }

    fn carry(&mut self, byte: u8) {
        if let Some(place) = self.carried.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &[u8]) -> Result<(), usize> {
        match std::str::from_utf8(text) {
            Err(error) if error.error_len().is_some() => Err(error.valid_up_to()),
            _ => Ok(()),
        }
    }

    fn chunked(text: &[u8], size: usize) -> Result<(), usize> {
        let mut utf8 = Utf8::default();
        let mut start = 0;
        for chunk in text.chunks(size) {
            utf8.feed(chunk, start)?;
            start += chunk.len();
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_first_bad_sequence_is_the_same_however_the_text_is_cut(
            parts in proptest::collection::vec(
                prop_oneof![
                    8 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
                    1 => any::<u8>().prop_map(|byte| vec![byte]),
                    1 => prop_oneof![
                        Just(vec![0xe0, 0x80, 0x80]), Just(vec![0xed, 0xa0, 0x80]),
                        Just(vec![0xf4, 0x90, 0x80, 0x80]), Just(vec![0xc0, 0xaf]),
                    ],
                ],
                0..20,
            ),
            size in 1_usize..9,
        ) {
            let text = parts.concat();
            prop_assert_eq!(chunked(&text, size), whole(&text));
        }
    }
}
