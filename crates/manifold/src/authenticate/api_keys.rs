//! API keys, known by their SHA-256 only.
//!
//! Must not know requests: it is asked for a key in a header that somebody else found.

use std::collections::BTreeMap;

use actix_web::http::header::HeaderName;
use aws_lc_rs::digest::{SHA256, digest};
use config::Client;
use subtle::ConstantTimeEq as _;

use super::principal::Principal;

type Prefix = u64;

/// The keys of all clients, by header.
pub(super) struct ApiKeys(Vec<KeyHeader>);

/// The keys that are sent in one header.
pub(super) struct KeyHeader {
    name: HeaderName,
    /// By the digest's first bytes, so that a thousand clients cost no more than one. How long that
    /// takes tells nothing: a digest cannot be approached key by key. The verdict itself is reached
    /// in constant time.
    keys: BTreeMap<Prefix, Vec<([u8; 32], Principal)>>,
}

impl ApiKeys {
    /// The keys of `clients`.
    pub(super) fn new(clients: &[Client]) -> Self {
        let mut headers: Vec<KeyHeader> = Vec::new();
        for client in clients {
            let principal = Principal::new(client);
            for key in &client.api_keys {
                // Two releases of one crate share one grammar: the conversion does not fail.
                let Ok(name) = HeaderName::from_bytes(key.header.as_str().as_bytes()) else {
                    continue;
                };
                let entry = (key.sha256, principal.clone());
                let keys = match headers.iter_mut().find(|header| header.name == name) {
                    Some(header) => &mut header.keys,
                    None => {
                        &mut headers
                            .push_mut(KeyHeader {
                                name,
                                keys: BTreeMap::new(),
                            })
                            .keys
                    }
                };
                keys.entry(prefix(&key.sha256)).or_default().push(entry);
            }
        }
        Self(headers)
    }

    /// The headers to look into.
    pub(super) fn headers(&self) -> &[KeyHeader] {
        &self.0
    }
}

impl KeyHeader {
    /// The header's name.
    pub(super) fn name(&self) -> &HeaderName {
        &self.name
    }

    /// Whose key this is.
    pub(super) fn find(&self, key: &[u8]) -> Option<&Principal> {
        let digest = digest(&SHA256, key);
        let candidates = self.keys.get(&prefix(digest.as_ref()))?;
        candidates
            .iter()
            .find(|(known, _)| known.ct_eq(digest.as_ref()).into())
            .map(|(_, principal)| principal)
    }
}

fn prefix(digest: &[u8]) -> Prefix {
    digest.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::ApiKeys;
    use crate::authenticate::tests::with_key;

    #[test]
    fn a28_a_key_is_found_in_its_own_header_only() {
        let keys = ApiKeys::new(&[
            with_key("robot", "x-api-key", "one", &[]),
            with_key("lab", "x-lab-key", "two", &[]),
            with_key("robot", "x-api-key", "three", &[]),
        ]);
        let find = |header: &str, key: &str| {
            let header = keys.headers().iter().find(|known| known.name() == header)?;
            header
                .find(key.as_bytes())
                .map(|principal| principal.name().to_string())
        };
        assert_eq!(keys.headers().len(), 2);
        assert_eq!(find("x-api-key", "one").as_deref(), Some("robot"));
        assert_eq!(find("x-api-key", "three").as_deref(), Some("robot"));
        assert_eq!(find("x-lab-key", "two").as_deref(), Some("lab"));
        assert_eq!(find("x-lab-key", "one"), None);
        assert_eq!(find("x-api-key", "One"), None);
        assert_eq!(find("x-api-key", ""), None);
    }
}
