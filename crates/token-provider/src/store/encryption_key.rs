//! The key under which replicas share tokens, as operators write it.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// A padding that was lost on the way is not worth a fault.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// 32 random bytes that all replicas know, and the store does not: entries are sealed under keys
/// derived from it. Replicas with another one share nothing with these.
pub struct EncryptionKey(pub(super) SecretBox<[u8; 32]>);

/// The text is no such key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionKeyError {
    /// Neither form gives 32 bytes.
    #[error("it is not 32 bytes in base64, nor 64 hexadecimal digits")]
    Form,
    /// All bytes are the same: a placeholder.
    #[error("it is not random: all its bytes are the same")]
    NotRandom,
}

impl EncryptionKey {
    /// Reads 32 bytes in base64 (either alphabet) or in hexadecimal; white space around them is
    /// left out. `openssl rand -base64 32` prints one.
    ///
    /// # Errors
    /// See [`EncryptionKeyError`]; it holds nothing of the text.
    pub fn parse(text: &SecretString) -> Result<Self, EncryptionKeyError> {
        let text = text.expose_secret().trim();
        let bytes = hexadecimal(text).or_else(|| {
            let decoded = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
            decoded.ok().map(Zeroizing::new)
        });
        let bytes = bytes.ok_or(EncryptionKeyError::Form)?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| EncryptionKeyError::Form)?;
        let first = key.first();
        if key.iter().all(|byte| Some(byte) == first) {
            return Err(EncryptionKeyError::NotRandom);
        }
        Ok(Self(SecretBox::new(Box::new(key))))
    }

    /// Whether both are the same bytes.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

fn hexadecimal(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect::<Option<Vec<_>>>()
        .map(Zeroizing::new)
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncryptionKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_in_hexadecimal_or_in_either_base64() {
        let hexadecimal = "00ff".repeat(16);
        for text in [
            hexadecimal.as_str(),
            &format!(" {hexadecimal}\n"),
            &hexadecimal.to_uppercase(),
            "AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=",
            "AP8A_wD_AP8A_wD_AP8A_wD_AP8A_wD_AP8A_wD_AP8",
        ] {
            let key = EncryptionKey::parse(&text.into());
            let bytes = key.map(|key| *key.0.expose_secret());
            assert_eq!(
                bytes.map(|bytes| [bytes[0], bytes[31]]),
                Ok([0, 255]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_key_is_the_same_in_either_form() {
        let parse = |text: &str| EncryptionKey::parse(&text.into()).ok();
        let key = parse(&"00ff".repeat(16));
        let base64 = parse("AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=");
        let other = parse(&"00fe".repeat(16));
        let is_same = |one: &Option<EncryptionKey>| {
            let both = key.as_ref().zip(one.as_ref());
            both.map(|(key, one)| key.is_same(one))
        };
        assert_eq!(
            (is_same(&base64), is_same(&other)),
            (Some(true), Some(false))
        );
    }

    #[test]
    fn anything_else_is_refused_without_being_shown() {
        let short = "00ff".repeat(15);
        let signed = "+f+e".repeat(16);
        for text in ["", "secret", &short, &signed, "AP8A/wD/AP8A/wD/"] {
            let result = EncryptionKey::parse(&text.into());
            assert_eq!(result.err(), Some(EncryptionKeyError::Form), "{text}");
        }
        let zeros = EncryptionKey::parse(&"0".repeat(64).into());
        assert_eq!(zeros.err(), Some(EncryptionKeyError::NotRandom));
    }
}
