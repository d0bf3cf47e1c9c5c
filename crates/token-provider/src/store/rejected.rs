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
    /// Remembers a token until it `expires`. Answers whether it was not known yet.
    pub(super) fn add(
        &self,
        key: StoreKey,
        id: TokenId,
        expires: SystemTime,
        now: SystemTime,
    ) -> bool {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, rejection| rejection.expires > now);
        }
        if all.len() >= MOST {
            return true;
        }
        all.insert(id, Rejection { key, expires }).is_none()
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const KEY: StoreKey = StoreKey::new([7; 32]);

    fn id(number: usize) -> TokenId {
        let mut bytes = [0; 16];
        let number = number.to_le_bytes();
        bytes
            .iter_mut()
            .zip(number)
            .for_each(|(to, from)| *to = from);
        TokenId(bytes)
    }

    #[test]
    fn a_token_is_known_as_rejected_until_it_expires() {
        let rejected = Rejected::default();
        let now = SystemTime::UNIX_EPOCH;
        let later = now + Duration::from_mins(1);
        assert!(rejected.add(KEY, id(1), later, now));
        assert!(!rejected.add(KEY, id(1), later, now));
        assert!(rejected.holds(id(1), now));
        assert!(!rejected.holds(id(2), now));
        assert_eq!(rejected.alive(now), [(KEY, id(1))]);
        assert_eq!(rejected.alive(later), []);
    }

    #[test]
    fn when_too_many_are_rejected_none_is_taken_until_they_expire() {
        let rejected = Rejected::default();
        let now = SystemTime::UNIX_EPOCH;
        let later = now + Duration::from_mins(1);
        for number in 0..=MOST {
            rejected.add(KEY, id(number), later, now);
        }
        assert!(rejected.holds(id(MOST + 1), now));
        assert!(!rejected.holds(id(MOST + 1), later));
        assert!(!rejected.holds(id(0), later));
    }

    #[test]
    fn those_that_have_expired_make_room_for_another() {
        let rejected = Rejected::default();
        let now = SystemTime::UNIX_EPOCH;
        let later = now + Duration::from_mins(1);
        for number in 0..MOST {
            rejected.add(KEY, id(number), later, now);
        }
        rejected.add(KEY, id(MOST), later + Duration::from_mins(1), later);
        assert!(rejected.holds(id(MOST), later));
        assert!(!rejected.holds(id(0), later));
    }
}
