//! Unguessable names: tokens, secrets, page ids. Knows nothing about what they are for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;

const RANDOM_BYTES: usize = 24;

/// Returns 32 characters of the URL-safe base64 alphabet, 192 random bits.
///
/// # Errors
/// [`Error::Random`] when the operating system has none to give.
pub(crate) fn text() -> Result<String, Error> {
    let mut bytes = [0_u8; RANDOM_BYTES];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
