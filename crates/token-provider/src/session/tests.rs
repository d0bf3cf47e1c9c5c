//! A refresh token is shown once.
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
