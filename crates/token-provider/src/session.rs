//! The refresh token of one cache entry: used by one request at a time, replaced only by the answer
//! to that request. It must not know how requests are made.
//!
//! A server that rotates refresh tokens takes one that comes twice for stolen, and ends the session
//! with all its tokens (RFC 9700 §4.14.2). A request whose answer got lost may have rotated it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

use crate::clock::{Clock, Moment};
use crate::definition::Grant;

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
}

struct Held {
    number: u64,
    token: SecretString,
    obtained: Moment,
    life: Option<Duration>,
    /// It is on its way, or was and nobody knows what became of it.
    shown: bool,
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
            (Fate::Used, Some(successor)) => inner.hold(successor.token, successor.life, now),
            (Fate::Used, None) | (Fate::Untouched, _) => held.shown = false,
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

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn hold(&mut self, token: SecretString, life: Option<Duration>, obtained: Moment) {
        self.count += 1;
        self.held = Some(Held {
            number: self.count,
            token,
            obtained,
            life,
            shown: false,
        });
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::sync::Arc;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::clock::SystemClock;

    struct Sessions {
        session: Session,
        clock: Clock,
        grant: Grant,
    }

    fn password() -> Sessions {
        Sessions {
            session: Session::default(),
            clock: Clock::new(Arc::new(SystemClock)),
            grant: Grant::Password {
                username: "anna".into(),
                password: "secret".into(),
            },
        }
    }

    fn renewal(token: &str) -> Renewal {
        Renewal {
            token: token.into(),
            life: None,
        }
    }

    impl Sessions {
        fn start(self, token: &str) -> Self {
            self.session.start(Some(renewal(token)), self.clock.now());
            self
        }

        fn begin(&self) -> Option<Ticket> {
            self.session.begin(&self.grant, &self.clock)
        }

        fn conclude(&self, ticket: &Ticket, fate: Fate, successor: Option<Renewal>) {
            let now = self.clock.now();
            self.session
                .conclude(ticket, &self.grant, fate, successor, now);
        }

        fn next(&self) -> Option<String> {
            Some(self.begin()?.token.expose_secret().to_owned())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b06_an_answer_replaces_only_the_token_that_was_shown_for_it() {
        let sessions = password().start("r1");
        let ticket = sessions.begin().unwrap();
        sessions.conclude(&ticket, Fate::Used, Some(renewal("r2")));
        // The same answer once more, or a later one to the same token, changes nothing.
        for fate in [Fate::Used, Fate::Spent, Fate::Untouched] {
            sessions.conclude(&ticket, fate, Some(renewal("r3")));
        }
        assert_eq!(sessions.next().as_deref(), Some("r2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_on_its_way_is_not_shown_a_second_time() {
        let sessions = password().start("r1");
        assert_eq!(sessions.next().as_deref(), Some("r1"));
        assert_eq!(sessions.next(), None);
        assert_eq!(sessions.next(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_became_of_a_token_decides_whether_it_is_shown_again() {
        for (fate, again) in [
            (Fate::Used, true),
            (Fate::Untouched, true),
            (Fate::Spent, false),
            (Fate::Unclear, false),
        ] {
            let sessions = password().start("r1");
            let ticket = sessions.begin().unwrap();
            sessions.conclude(&ticket, fate, None);
            assert_eq!(sessions.next().is_some(), again, "{fate:?}");
        }
    }
}
