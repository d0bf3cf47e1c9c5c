//! Signed JSON web tokens in compact form. It must not know what the claims mean.

use std::time::SystemTime;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value};

use super::{SigningError, SigningKey, base64url};

/// The claims of a token, by name (RFC 7519 §4).
pub(crate) type Claims = Map<String, Value>;

/// The signed token in compact form (RFC 7515 §7.1): `typ`, `alg`, the key's `kid` and what
/// `header` adds, over `claims`.
pub(crate) fn compact(
    key: &SigningKey,
    kind: &str,
    header: impl IntoIterator<Item = (String, Value)>,
    claims: Claims,
) -> Result<SecretString, SigningError> {
    let mut members = Map::new();
    members.insert("typ".into(), kind.into());
    members.insert("alg".into(), key.algorithm().as_str().into());
    if let Some(key_id) = key.key_id() {
        members.insert("kid".into(), key_id.into());
    }
    members.extend(header);
    let part = |members| base64url(Value::Object(members).to_string().as_bytes());
    let mut token = Zeroizing::new(format!("{}.{}", part(members), part(claims)));
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&base64url(&signature));
    Ok(SecretString::from(token.as_str()))
}

/// Whole seconds since 1970, as RFC 7519 §2 writes instants.
pub(crate) fn unix_seconds(instant: SystemTime) -> u64 {
    instant
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
