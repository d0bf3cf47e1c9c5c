//! The store as the cache uses it: every question with a limit, entries sealed, and none asked while
//! it is away. It must not know what a fetch is.

use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::health::Health;
use super::record::{Record, TokenId};
use super::rejected::Rejected;
use super::sealing::{Sealing, Unopened};
use super::{EncryptionKey, Entry, Holder, StoreError, StoreKey, StoreState, TokenStore};
use crate::clock::Clock;
use crate::definition::Definition;
use crate::observer::Observer;
use crate::subject::Subject;
use crate::token::Token;

/// A store that takes longer is slower than no store.
const TIMEOUT: Duration = Duration::from_millis(250);
/// Whoever looks for its return has more time: a connection has to be made first.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
const FIRST_PROBE: Duration = Duration::from_secs(1);
const LONGEST_BETWEEN_PROBES: Duration = Duration::from_secs(15);
/// How often an entry that others change at the same time is tried to be changed.
pub(super) const ROUNDS: usize = 3;

/// The store is away: each replica is on its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Away;

/// An entry as it was read: `raw` is what it is compared by.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) raw: Option<Bytes>,
    pub(super) record: Record,
}

/// Which entry a token is shared in, and as which.
#[derive(Clone, Copy)]
pub(crate) struct SharedId {
    pub(crate) key: StoreKey,
    pub(super) id: TokenId,
}

/// The right to fetch for all replicas. It ends by itself when it is not given back.
pub(crate) struct Lease {
    store: Arc<SharedStore>,
    key: StoreKey,
    holder: Holder,
}

impl Lease {
    /// Gives it back.
    ///
    /// # Cancel safety
    /// Dropped, the others wait until it ends by itself.
    pub(crate) async fn release(self) {
        let released = self.store.store.release(&self.key, &self.holder);
        // An answer says nothing that anybody needs: `ask` notes that the store is away.
        self.store.ask(released).await.ok();
    }
}

pub(crate) struct SharedStore {
    store: Arc<dyn TokenStore>,
    sealing: Sealing,
    health: Health,
    rejected: Rejected,
    runtime: Handle,
    observer: Arc<dyn Observer>,
    pub(super) clock: Clock,
}

impl SharedStore {
    /// `None` when the cryptographic library does not take the key.
    pub(crate) fn new(
        store: Arc<dyn TokenStore>,
        key: &EncryptionKey,
        runtime: Handle,
        observer: Arc<dyn Observer>,
        clock: Clock,
    ) -> Option<Arc<Self>> {
        let shared = Arc::new(Self {
            store,
            sealing: Sealing::new(key)?,
            health: Health::default(),
            rejected: Rejected::default(),
            runtime,
            observer,
            clock,
        });
        // Its operator learns at the start that it is away, and the first fetch finds a connection.
        let first = Arc::clone(&shared);
        shared.runtime.spawn(async move {
            if let Err(error) = first.probe().await {
                first.leaves(&error);
            }
        });
        Some(shared)
    }

    pub(crate) fn name(&self, definition: &Definition, subject: Option<&Subject>) -> StoreKey {
        self.sealing.name(definition, subject)
    }

    pub(crate) fn state(&self) -> StoreState {
        self.health.state()
    }

    /// A backend rejected `token`, which is shared as `shared`: nobody takes it from the store again.
    pub(crate) fn reject(self: &Arc<Self>, shared: SharedId, token: &Token) {
        let obtained = token.0.obtained.wall;
        let expires = obtained.checked_add(token.0.times.life).unwrap_or(obtained);
        let now = self.clock.now().wall;
        if self.rejected.add(shared.key, shared.id, expires, now) {
            self.forget(shared.key, shared.id);
        }
    }

    pub(super) fn is_rejected(&self, id: TokenId) -> bool {
        self.rejected.holds(id, self.clock.now().wall)
    }

    pub(super) async fn read(self: &Arc<Self>, key: &StoreKey) -> Result<Held, Away> {
        let raw = self.ask(self.store.read(key)).await?;
        let record = raw.as_ref().and_then(|raw| self.open(key, raw));
        Ok(Held {
            raw,
            record: record.unwrap_or_default(),
        })
    }

    /// What the entry is now, or `None` when it is not `old` any more.
    pub(super) async fn replace(
        self: &Arc<Self>,
        key: &StoreKey,
        old: &Held,
        new: Record,
    ) -> Result<Option<Held>, Away> {
        let raw = match new.is_empty() {
            true if old.raw.is_none() => return Ok(Some(Held::default())),
            true => None,
            false => Some(self.seal(key, &new)?),
        };
        let entry = raw.clone().map(|sealed| Entry {
            sealed,
            life: new.life(self.clock.now().wall),
        });
        let replaced = self.ask(self.store.replace(key, old.raw.as_ref(), entry));
        Ok(replaced.await?.then_some(Held { raw, record: new }))
    }

    pub(super) async fn lease(
        self: &Arc<Self>,
        key: &StoreKey,
        life: Duration,
    ) -> Result<Option<Lease>, Away> {
        let id = random_id().ok_or(Away)?;
        let holder = Holder(BASE64_URL_SAFE_NO_PAD.encode(id.0));
        let taken = self.ask(self.store.lease(key, &holder, life)).await?;
        Ok(taken.then(|| Lease {
            store: Arc::clone(self),
            key: *key,
            holder,
        }))
    }

    /// Takes the token out of the store, if it is still the one in it. What renews it stays.
    fn forget(self: &Arc<Self>, key: StoreKey, id: TokenId) {
        if self.health.is_away() {
            return; // Done when it returns.
        }
        let this = Arc::clone(self);
        self.runtime.spawn(async move {
            for _ in 0..ROUNDS {
                let held = this.read(&key).await?;
                if held.record.token_id() != Some(id) {
                    break;
                }
                let mut record = held.record.clone();
                record.token = None;
                if this.replace(&key, &held, record).await?.is_some() {
                    break;
                }
            }
            Ok::<_, Away>(())
        });
    }

    async fn ask<T>(
        self: &Arc<Self>,
        question: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Away> {
        if self.health.is_away() {
            return Err(Away);
        }
        let answer = timeout(TIMEOUT, question).await;
        answer
            .unwrap_or(Err(StoreError::TimedOut))
            .map_err(|error| {
                self.leaves(&error);
                Away
            })
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let answer = timeout(PROBE_TIMEOUT, self.store.read(&self.sealing.probe())).await;
        answer.unwrap_or(Err(StoreError::TimedOut)).map(drop)
    }

    fn leaves(self: &Arc<Self>, error: &StoreError) {
        if !self.health.leaves(error) {
            return;
        }
        tracing::warn!(%error, "the shared token store is away: each replica fetches for itself");
        self.observer.store_answers(false);
        self.runtime.spawn(look_out(Arc::downgrade(self)));
    }

    fn returns(self: &Arc<Self>) {
        let Some(away) = self.health.returns() else {
            return;
        };
        let away_seconds = away.as_secs();
        tracing::info!(away_seconds, "the shared token store is back");
        self.observer.store_answers(true);
        for (key, id) in self.rejected.alive(self.clock.now().wall) {
            self.forget(key, id);
        }
    }

    fn seal(&self, key: &StoreKey, record: &Record) -> Result<Bytes, Away> {
        let text = record.write().ok_or(Away)?;
        self.sealing.seal(key, text).map_err(|_| Away)
    }

    /// What cannot be read is as good as not there, and will be overwritten.
    fn open(&self, key: &StoreKey, raw: &[u8]) -> Option<Record> {
        match self.sealing.open(key, raw) {
            Ok(text) => Record::read(&text),
            Err(Unopened::Foreign) => {
                tracing::debug!("an entry of the shared token store is of another key or version");
                None
            }
            Err(Unopened::Forged) => {
                tracing::warn!("an entry of the shared token store was tampered with: not used");
                None
            }
        }
    }
}

/// Asks now and then until the store answers, or the provider is gone.
async fn look_out(store: Weak<SharedStore>) {
    let mut pause = FIRST_PROBE;
    loop {
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_BETWEEN_PROBES);
        let Some(store) = store.upgrade() else {
            return;
        };
        if store.probe().await.is_ok() {
            return store.returns();
        }
    }
}

/// Unlike those of `fastrand`, different in two replicas that start alike.
pub(super) fn random_id() -> Option<TokenId> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).ok()?;
    Some(TokenId(bytes))
}
