//! Keyed hashes of things that hold secrets, for use as keys of maps. The key is a random of this
//! process, or one that replicas share: a leaked hash cannot be used to guess the secret offline.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Seeded by the operating system through the standard library, which cannot fail halfway.
static PROCESS_KEY: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for round in 0_u8..8 {
        hasher.update(&RandomState::new().hash_one(round).to_le_bytes());
    }
    hasher.finalize().into()
});

/// A list of fields on its way to being one hash.
pub(crate) struct Fingerprint(blake3::Hasher);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self::keyed(&PROCESS_KEY)
    }

    /// Equal in all processes that know `key`.
    pub(crate) fn keyed(key: &[u8; 32]) -> Self {
        Self(blake3::Hasher::new_keyed(key))
    }

    /// The length goes first, so that no two lists of fields run together into the same bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u128);
        self.0.update(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u128) {
        self.0.update(&number.to_le_bytes());
    }

    pub(crate) fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.number(texts.len() as u128);
        texts.for_each(|text| self.text(text));
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
