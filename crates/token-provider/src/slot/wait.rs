//! How a caller that finds no good token waits for the flight, each within its own deadline.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::{Progress, Slot, Verdict};
use crate::error::{SubjectFault, TokenError, Unavailability};
use crate::pause::Pause;
use crate::token::{Phase, Token};

/// How long a caller waits for a better token while the old one still works.
const LONGEST_GRACE: Duration = Duration::from_secs(1);

enum Next {
    Ready(Token),
    Wait {
        flight: watch::Receiver<Verdict>,
        fallback: Option<Token>,
    },
}

impl Slot {
    /// A token, waited for until `deadline`.
    ///
    /// # Cancel safety
    /// Cancel safe: the flight goes on without the caller.
    pub(crate) async fn token(self: &Arc<Self>, deadline: Instant) -> Result<Token, TokenError> {
        loop {
            if let Some(token) = self.cached() {
                return Ok(token);
            }
            let token = match self.next()? {
                Next::Ready(token) => token,
                Next::Wait {
                    flight,
                    fallback: None,
                } => timeout_at(deadline, verdict(flight))
                    .await
                    .unwrap_or(Err(TokenError::Deadline))?,
                Next::Wait {
                    flight,
                    fallback: Some(old),
                } => self.prefer_new(flight, old, deadline).await?,
            };
            // Another waiter of the same flight may have used it already, and been refused.
            if !token.is_rejected() {
                return Ok(token);
            }
            if Instant::now() >= deadline {
                return Err(TokenError::Deadline);
            }
        }
    }

    /// The new token if it comes soon, else the old one for as long as it lives.
    async fn prefer_new(
        &self,
        flight: watch::Receiver<Verdict>,
        old: Token,
        deadline: Instant,
    ) -> Result<Token, TokenError> {
        let now = Instant::now();
        let grace = (deadline.saturating_duration_since(now) / 2).min(LONGEST_GRACE);
        let result = match timeout_at(now + grace, verdict(flight.clone())).await {
            Ok(result) => result,
            Err(_) if self.phase(&old) != Phase::Dead => {
                // The callers after this one need not wait as well.
                old.stretch();
                return Ok(old);
            }
            Err(_) => timeout_at(deadline, verdict(flight))
                .await
                .unwrap_or(Err(TokenError::Deadline)),
        };
        result.or_else(|error| {
            if self.phase(&old) == Phase::Dead {
                Err(error)
            } else {
                Ok(old)
            }
        })
    }

    /// Joins the flight, or starts it, or answers at once.
    fn next(self: &Arc<Self>) -> Result<Next, TokenError> {
        self.check()?;
        let (prepared, flight, fallback) = {
            let mut progress = self.lock();
            // A flight may have landed between the look at the cache and the lock.
            let current = self
                .current
                .load_full()
                .map(Token)
                .map(|token| (self.phase(&token), token));
            let fallback = match current {
                Some((Phase::Fresh | Phase::Ageing, token)) => return Ok(Next::Ready(token)),
                Some((Phase::Reserve, token)) => Some(token),
                Some((Phase::Dead, _)) | None => None,
            };
            if let Some(flight) = &progress.flight {
                return Ok(Next::Wait {
                    flight: flight.clone(),
                    fallback,
                });
            }
            match (self.refusal(&progress), fallback) {
                (Some(_), Some(token)) => return Ok(Next::Ready(token)),
                (Some(error), None) => return Err(error),
                (None, fallback) => {
                    let (prepared, flight) = self.prepare(&mut progress);
                    (prepared, flight, fallback)
                }
            }
        };
        prepared.launch();
        Ok(Next::Wait { flight, fallback })
    }

    /// Whether there is anything to wait for.
    fn check(&self) -> Result<(), TokenError> {
        if let Some(fault) = &self.credential.fault {
            return Err(fault.clone());
        }
        if self.subjects.is_some() {
            return Err(SubjectFault::Missing.into());
        }
        let now = self.credential.surroundings.clock.now().wall;
        if self.subject_life(now).is_some_and(|life| life.is_zero()) {
            return Err(SubjectFault::Expired.into());
        }
        Ok(())
    }

    /// How long the subject's own token lives on after `now`, where that is known.
    pub(super) fn subject_life(&self, now: SystemTime) -> Option<Duration> {
        let (_, subject) = self.subject.as_ref()?;
        subject.life(now)
    }

    /// Why no fetch is made now: for this entry's own failures, or for those of its client.
    pub(super) fn refusal(&self, progress: &Progress) -> Option<TokenError> {
        let own = progress.pause.as_ref().and_then(Pause::refusal);
        let (error, _) = own.or_else(|| self.credential.paused())?;
        Some(error)
    }
}

async fn verdict(mut flight: watch::Receiver<Verdict>) -> Result<Token, TokenError> {
    let settled = flight
        .wait_for(Option::is_some)
        .await
        .ok()
        .and_then(|verdict| verdict.clone());
    // The settler always speaks before it goes: nothing is the same as an abandoned flight.
    settled.unwrap_or(Err(TokenError::Unavailable {
        cause: Unavailability::Abandoned,
        retry_after: None,
    }))
}
