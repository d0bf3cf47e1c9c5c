//! Whose token is exchanged, and the cache entries of those whose was. It must not know how.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, UnitWeighter};
use secrecy::{ExposeSecret, SecretString};

use crate::credential::Credential;
use crate::definition::TokenType;
use crate::fingerprint::Fingerprint;
use crate::slot::Slot;

/// On whose behalf a token is asked for (RFC 8693 §2.1, `subject_token`).
#[derive(Clone)]
pub struct Subject {
    /// The subject's token.
    pub token: SecretString,
    /// What kind of token it is.
    pub token_type: TokenType,
    /// When it expires, if the caller knows: what is exchanged for it is not used beyond that.
    pub expires_at: Option<SystemTime>,
}

impl Subject {
    /// Whoever this access token was issued for, until it expires.
    #[must_use]
    pub fn new(token: SecretString, expires_at: Option<SystemTime>) -> Self {
        Self {
            token,
            token_type: TokenType::AccessToken,
            expires_at,
        }
    }

    pub(crate) fn key(&self) -> SubjectKey {
        SubjectKey(self.hash(Fingerprint::new()))
    }

    /// The hash of all fields after what `fields` holds already.
    pub(crate) fn hash(&self, mut fields: Fingerprint) -> [u8; 32] {
        fields.text(self.token.expose_secret());
        fields.text(self.token_type.as_str());
        let expires = self.expires_at.map(|instant| {
            let since = instant.duration_since(SystemTime::UNIX_EPOCH);
            since.unwrap_or_default().as_nanos()
        });
        fields.number(expires.is_some().into());
        fields.number(expires.unwrap_or_default());
        fields.finish()
    }

    /// How long the subject's token lives on after `now`; `None` when the caller does not know.
    pub(crate) fn life(&self, now: SystemTime) -> Option<Duration> {
        self.expires_at
            .map(|instant| instant.duration_since(now).unwrap_or_default())
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Subject")
            .field("token_type", &self.token_type)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The identity of a subject within one credential and this process: a keyed hash of its token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SubjectKey([u8; 32]);

/// The cache entries of one credential's subjects, bounded but for those in use. The policy resists scans: a flood of
/// subjects seen once does not displace those that come again.
pub(crate) struct Subjects(
    Cache<SubjectKey, Arc<Slot>, UnitWeighter, DefaultHashBuilder, KeepUsed>,
);

/// An entry that a caller or a fetch holds stays, so that nobody starts a second fetch for the same
/// subject.
#[derive(Clone)]
struct KeepUsed;

impl Lifecycle<SubjectKey, Arc<Slot>> for KeepUsed {
    type RequestState = ();

    fn is_pinned(&self, _: &SubjectKey, slot: &Arc<Slot>) -> bool {
        Arc::strong_count(slot) > 1
    }
}

impl Subjects {
    pub(crate) fn new(most: usize) -> Self {
        let weight = u64::try_from(most).unwrap_or(u64::MAX);
        let hasher = DefaultHashBuilder::default();
        Self(Cache::with(most, weight, UnitWeighter, hasher, KeepUsed))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The entry of `subject`, made when there is none.
    pub(crate) fn slot(&self, subject: Subject, credential: &Arc<Credential>) -> Arc<Slot> {
        let key = subject.key();
        let slot = || Arc::new(Slot::new(Arc::clone(credential), Some((key, subject))));
        let made = self
            .0
            .get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(slot()));
        made.unwrap_or_else(|never| match never {})
    }

    pub(crate) fn find(&self, key: &SubjectKey) -> Option<Arc<Slot>> {
        self.0.peek(key)
    }
}
