//! Which shared tokens a backend rejected in this process: the store may still hold one, or hold it
//! again after it was away.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{StoreKey, TokenId};

/// More than this at once are a fault of the backend; nothing is then taken from the store until the
/// first of them have expired.
const MOST: usize = 4096;

#[derive(Default)]
pub(super) struct Rejected(Mutex<HashMap<TokenId, Rejection>>);

#[derive(Clone, Copy)]
struct Rejection {
    key: StoreKey,
    expires: SystemTime,
}

impl Rejected {
    /// Remembers a token until it `expires`.
    pub(super) fn add(&self, key: StoreKey, id: TokenId, expires: SystemTime, now: SystemTime) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, rejection| rejection.expires > now);
        }
        if all.len() < MOST {
            all.insert(id, Rejection { key, expires });
        }
    }

    /// Whether the token must not be handed out. When too many are remembered, none may.
    pub(super) fn holds(&self, id: TokenId, now: SystemTime) -> bool {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, rejection| rejection.expires > now);
        }
        all.len() >= MOST || all.contains_key(&id)
    }

    /// Those that have not expired.
    pub(super) fn alive(&self, now: SystemTime) -> Vec<(StoreKey, TokenId)> {
        let mut all = self.lock();
        all.retain(|_, rejection| rejection.expires > now);
        let alive = all.iter();
        alive.map(|(id, rejection)| (rejection.key, *id)).collect()
    }

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<TokenId, Rejection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
