//! The refresh token of one cache entry: used by one request at a time, replaced only by the answer
//! to that request. It must not know how requests are made.
//!
//! A server that rotates refresh tokens takes one that comes twice for stolen, and ends the session
//! with all its tokens (RFC 9700 §4.14.2). A request whose answer got lost may have rotated it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};

use crate::clock::{Clock, Moment};
use crate::definition::Grant;
use crate::store::StoredRenewal;

/// Left unused at the end of a refresh token's life: it must still be valid when it arrives.
const LONGEST_MARGIN: Duration = Duration::from_secs(10);

/// A refresh token as a server gave it.
pub(crate) struct Renewal {
    pub(crate) token: SecretString,
    /// How long it lives, where the server says.
    pub(crate) life: Option<Duration>,
}

/// The refresh token of one cache entry, if it has one.
#[derive(Default)]
pub(crate) struct Session(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    held: Option<Held>,
    /// How many tokens there were: a token's number tells it from its successors.
    count: u64,
    /// What the shared store held when the token could not be put there.
    unsaved_over: Option<Bytes>,
}

struct Held {
    number: u64,
    token: SecretString,
    obtained: Moment,
    life: Option<Duration>,
    /// It is on its way, or was and nobody knows what became of it.
    shown: bool,
    /// The server gave no other in its place when it was shown.
    steady: bool,
}

/// A refresh token to be shown once.
pub(crate) struct Ticket {
    number: u64,
    pub(crate) token: SecretString,
}

/// What became of a refresh token that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The server accepted it.
    Used,
    /// The server will not accept it any more.
    Spent,
    /// The server did not get it, or said that it did nothing.
    Untouched,
    /// Nobody knows.
    Unclear,
}

impl Session {
    /// The refresh token to show, or `None` when the grant itself must be used.
    pub(crate) fn begin(&self, grant: &Grant, clock: &Clock) -> Option<Ticket> {
        let mut inner = self.lock();
        if let Grant::RefreshToken { token } = grant {
            // There is no other grant to fall back on: it is shown whatever is known of it.
            if inner.held.is_none() {
                inner.hold(token.clone(), None, clock.now());
            }
        } else if inner.held.as_ref().is_some_and(|held| !held.usable(clock)) {
            inner.held = None;
        }
        let held = inner.held.as_mut()?;
        held.shown = true;
        Some(Ticket {
            number: held.number,
            token: held.token.clone(),
        })
    }

    /// Says what became of `ticket`, and what the server gave in its place. Changes nothing when
    /// another token has taken its place since.
    pub(crate) fn conclude(
        &self,
        ticket: &Ticket,
        grant: &Grant,
        fate: Fate,
        successor: Option<Renewal>,
        now: Moment,
    ) {
        let mut inner = self.lock();
        let current = inner.held.as_mut();
        let Some(held) = current.filter(|held| held.number == ticket.number) else {
            return;
        };
        match (fate, successor) {
            (Fate::Used, Some(successor)) => {
                let same = held.token.expose_secret() == successor.token.expose_secret();
                inner.hold(successor.token, successor.life, now).steady = same;
            }
            (Fate::Used, None) => {
                held.shown = false;
                held.steady = true;
            }
            (Fate::Untouched, _) => held.shown = false,
            (Fate::Spent, _) if matches!(grant, Grant::RefreshToken { .. }) => held.shown = false,
            (Fate::Spent, _) => inner.held = None,
            (Fate::Unclear, _) => {}
        }
    }

    /// Begins anew with what the grant itself yielded.
    pub(crate) fn start(&self, first: Option<Renewal>, now: Moment) {
        let mut inner = self.lock();
        inner.held = None;
        if let Some(first) = first {
            inner.hold(first.token, first.life, now);
        }
    }

    /// Takes over what the shared store holds.
    pub(crate) fn load(&self, stored: &StoredRenewal, clock: &Clock) {
        let mut inner = self.lock();
        let obtained = clock.told(stored.obtained, Duration::ZERO);
        let obtained = obtained.unwrap_or_else(|| clock.now());
        let held = inner.hold(stored.token.clone(), stored.life, obtained);
        held.shown = false;
        held.steady = stored.steady;
        inner.unsaved_over = None;
    }

    /// What the shared store is to hold.
    pub(crate) fn save(&self) -> Option<StoredRenewal> {
        let inner = self.lock();
        inner.held.as_ref().map(|held| StoredRenewal {
            token: held.token.clone(),
            obtained: held.obtained.wall,
            life: held.life,
            shown: held.shown,
            steady: held.steady,
        })
    }

    /// The store could not be told, and nobody knows whether it heard: it held `base` before.
    pub(crate) fn unsaved_over(&self, base: Option<Bytes>) {
        self.lock().unsaved_over = base;
    }

    /// Whether the token held is newer than what the store holds: that is `raw`, still what it was
    /// when the token could not be put there.
    pub(crate) fn is_unsaved_over(&self, raw: Option<&Bytes>) -> bool {
        let inner = self.lock();
        let base = inner.unsaved_over.as_ref();
        base.is_some_and(|base| raw == Some(base))
    }

    /// Holds nothing any more.
    pub(crate) fn forget(&self) {
        self.lock().held = None;
    }

    /// Whether the token held may be shown by several.
    pub(crate) fn is_steady(&self) -> bool {
        self.lock().held.as_ref().is_some_and(|held| held.steady)
    }

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn hold(&mut self, token: SecretString, life: Option<Duration>, obtained: Moment) -> &mut Held {
        self.count += 1;
        self.held.insert(Held {
            number: self.count,
            token,
            obtained,
            life,
            shown: false,
            steady: false,
        })
    }
}

impl Held {
    fn usable(&self, clock: &Clock) -> bool {
        let lives = self.life.is_none_or(|life| {
            let margin = LONGEST_MARGIN.min(life / 10);
            clock.age(self.obtained) < life.saturating_sub(margin)
        });
        lives && !self.shown
    }
}

#[cfg(test)]
mod tests;
