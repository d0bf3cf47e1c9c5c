//! The `Idempotency-Key` that a write carries (draft-ietf-httpapi-idempotency-key-header).

use http::HeaderValue;

use super::Values;
use crate::Call;

/// Names what the hash is for; another way to make keys is another name.
const CONTEXT: &str = "manifold 2026-11 Idempotency-Key of a write";

/// The key of one write, where the client sent one: 32 hexadecimal digits, the same for every
/// repetition, whichever process makes it.
///
/// A backend knows clients by the service's one credential and keys by no endpoint, so that the
/// client's own key would be taken for another client's, or for that of the next call. It goes out
/// as a hash of itself, the client, the endpoint, the call and the element of a list.
pub(super) fn key(call: &Call, values: Values<'_>) -> Option<HeaderValue> {
    let key = values.inputs.idempotency_key.as_ref()?;
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    let principal = values.inputs.principal.as_deref().unwrap_or_default();
    let names = [principal, &values.endpoint.label, &call.name];
    let index = values.item.map(|item| item.index.to_string());
    let texts = names.map(str::as_bytes).into_iter().chain([
        key.as_bytes(),
        index.as_deref().unwrap_or_default().as_bytes(),
    ]);
    for text in texts {
        // Told apart by their lengths.
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    let hash = hasher.finalize().to_hex();
    HeaderValue::from_str(hash.get(..32)?).ok()
}

#[cfg(test)]
mod tests;
