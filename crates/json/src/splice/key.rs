//! Names of members, escaped once.
//!
//! Must not know the object they end up in.

use bytes::Bytes;
use serde_json::Value;

/// A member's name as it stands in an object, `"name":`, prepared when the configuration is loaded.
/// A clone shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    token: Bytes,
}

impl Key {
    /// Escapes `name` (RFC 8259 §7).
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            token: Bytes::from(format!("{}:", Value::from(name))),
        }
    }

    pub(super) fn token(&self) -> &[u8] {
        &self.token
    }
}
