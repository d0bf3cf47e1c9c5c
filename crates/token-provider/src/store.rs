//! A store that the replicas of a service share, so that one of them fetches a token and the others
//! read it. What is stored is opaque to it: sealed on this side, under names that say nothing.
//!
//! Without one, tokens live in memory alone. It is asked when a token has to be fetched, and never on
//! the way of a call that finds one.

mod encryption_key;
mod health;
mod obtain;
mod record;
mod rejected;
mod sealing;
mod shared;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub use encryption_key::{EncryptionKey, EncryptionKeyError};
pub use health::StoreState;
pub(crate) use obtain::{Fetching, Obtained, obtain};
pub(crate) use record::{StoredRenewal, TokenId};
pub(crate) use shared::{SharedId, SharedStore};

/// Where replicas keep what they share. Entries may get lost at any time, and with them nothing but
/// a token that has to be fetched again.
///
/// Implementations need no timeouts: each call is cut off, and after a failure the store is left
/// alone until it answers again.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The entry of `key`, or `None`.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn read(&self, key: &StoreKey) -> Result<Option<Bytes>, StoreError>;

    /// Puts `new` in the place of `old`, in one step: only while the entry is still `old` to the
    /// byte (`None`: there is none). `new` as `None` removes it. Answers whether it did.
    ///
    /// # Errors
    /// When the store cannot be asked, or nobody knows what it did.
    async fn replace(
        &self,
        key: &StoreKey,
        old: Option<&Bytes>,
        new: Option<Entry>,
    ) -> Result<bool, StoreError>;

    /// Takes the lease of `key` for `holder`, for `life` at most. Answers whether it was free.
    ///
    /// # Errors
    /// When the store cannot be asked, or nobody knows what it did.
    async fn lease(
        &self,
        key: &StoreKey,
        holder: &Holder,
        life: Duration,
    ) -> Result<bool, StoreError>;

    /// Gives the lease of `key` back, if it is still that of `holder`.
    ///
    /// # Errors
    /// When the store cannot be asked.
    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError>;
}

/// What is to be stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Sealed: worthless to whoever reads the store.
    pub sealed: Bytes,
    /// After this time it may be forgotten.
    pub life: Duration,
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Entry")
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

/// The name of an entry: a keyed hash, the same in all replicas with the same encryption key, over
/// everything that decides which token is fetched. It tells nothing about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// The name with this hash.
    #[must_use]
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for StoreKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Who holds a lease: a random text, so that no holder gives back the lease of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder(String);

impl Holder {
    /// The holder with this text, which nobody else has: visible ASCII.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a store could not be asked. Safe to log: no address, no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No connection, or one that broke.
    #[error("it cannot be reached")]
    Unreachable,
    /// The certificate is not trusted, or the two sides agree on no protocol.
    #[error("no TLS connection can be made")]
    Tls,
    /// No answer in time.
    #[error("it does not answer in time")]
    TimedOut,
    /// It refuses, with this code of its own.
    #[error("it refuses: {0}")]
    Refused(Arc<str>),
    /// What came back is no answer of such a store.
    #[error("its answers make no sense")]
    Malformed,
}
