//! How entries are named and sealed. The store, and whoever reads or writes it, can neither read an
//! entry, nor make one, nor put one under another name.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use bytes::Bytes;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;

use super::{EncryptionKey, StoreKey};
use crate::definition::Definition;
use crate::fingerprint::Fingerprint;
use crate::subject::Subject;

/// Of the layout of an entry: version, key id, nonce, ciphertext with its tag.
const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 4;
const HEAD: usize = 1 + KEY_ID_LEN;

// Each use has a key of its own (BLAKE3 §2.3, `derive_key`).
const FOR_SEALING: &str = "token-provider 2026-11 shared store, AES-256-GCM of entries";
const FOR_NAMES: &str = "token-provider 2026-11 shared store, names of entries";
const FOR_ID: &str = "token-provider 2026-11 shared store, id of the key";

pub(super) struct Sealing {
    key: RandomizedNonceKey,
    key_id: [u8; KEY_ID_LEN],
    names: Zeroizing<[u8; 32]>,
}

/// An entry that cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    /// Of another key, or of another version of this crate.
    Foreign,
    /// Sealed under this key, but not as it is, or not for this name.
    Forged,
}

/// The cryptographic library refused: it has no random numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotSealed;

impl Sealing {
    pub(super) fn new(key: &EncryptionKey) -> Option<Self> {
        let secret = key.0.expose_secret();
        let sealing = Zeroizing::new(blake3::derive_key(FOR_SEALING, secret));
        let [a, b, c, d, ..] = blake3::derive_key(FOR_ID, secret);
        Some(Self {
            key: RandomizedNonceKey::new(&AES_256_GCM, sealing.as_slice()).ok()?,
            key_id: [a, b, c, d],
            names: Zeroizing::new(blake3::derive_key(FOR_NAMES, secret)),
        })
    }

    /// The name of what is fetched by `definition` for `subject`.
    pub(super) fn name(&self, definition: &Definition, subject: Option<&Subject>) -> StoreKey {
        let hash = definition.hash(&|| Fingerprint::keyed(&self.names));
        let Some(subject) = subject else {
            return StoreKey(hash);
        };
        let mut fields = Fingerprint::keyed(&self.names);
        fields.bytes(&hash);
        StoreKey(subject.hash(fields))
    }

    /// A name that no definition has, to see whether the store answers.
    pub(super) fn probe(&self) -> StoreKey {
        let mut fields = Fingerprint::keyed(&self.names);
        fields.text("probe");
        StoreKey(fields.finish())
    }

    pub(super) fn seal(
        &self,
        name: &StoreKey,
        mut text: Zeroizing<Vec<u8>>,
    ) -> Result<Bytes, NotSealed> {
        let head = self.head();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(bound(head, name)), &mut *text)
            .map_err(|_| NotSealed)?;
        Ok([&head[..], nonce.as_ref(), &text].concat().into())
    }

    pub(super) fn open(
        &self,
        name: &StoreKey,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let head = self.head();
        let rest = sealed
            .strip_prefix(head.as_slice())
            .ok_or(Unopened::Foreign)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(Unopened::Forged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened::Forged)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .key
            .open_in_place(nonce, Aad::from(bound(head, name)), &mut text)
            .map_err(|_| Unopened::Forged)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    fn head(&self) -> [u8; HEAD] {
        let [a, b, c, d] = self.key_id;
        [VERSION, a, b, c, d]
    }
}

/// What an entry is sealed together with: it opens under its own name only.
fn bound(head: [u8; HEAD], name: &StoreKey) -> [u8; HEAD + 32] {
    let mut bound = [0; HEAD + 32];
    let all = head.iter().chain(name.as_bytes());
    bound.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
    bound
}

#[cfg(test)]
mod tests;
