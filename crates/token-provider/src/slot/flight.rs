//! The one flight of a slot: a task of its own that fetches, settles the slot and tells all who
//! wait. It belongs to no waiter, so that none can cancel it for the others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Progress, Slot, Verdict};
use crate::answer::Failure;
use crate::backoff::{after_account_failure, after_failure};
use crate::error::{TokenError, Unavailability};
use crate::pause::Pause;
use crate::store::{Fetching, Obtained, obtain};
use crate::token::{Phase, Provenance, Token};

/// The least time between two fetches of tokens that are not worth keeping.
const SPACING: Duration = Duration::from_secs(1);

/// A flight that is entered in its slot and not yet in the air. The slot's lock must be free when
/// it is launched: a runtime that is shut down drops the task, and so settles it, on the spot.
pub(super) struct Prepared {
    not_before: Option<Instant>,
    settler: Settler,
}

impl Prepared {
    pub(super) fn launch(self) {
        let Self {
            not_before,
            settler,
        } = self;
        let runtime = settler.slot.credential.surroundings.runtime.clone();
        runtime.spawn(async move {
            if let Some(instant) = not_before {
                sleep_until(instant).await;
            }
            let slot = &settler.slot;
            let subject = slot.subject.as_ref().map(|(_, subject)| subject);
            let wanted = Fetching {
                credential: &slot.credential,
                session: &slot.session,
                subject,
                key: slot.shared_as,
                current: slot.current.load_full().map(Token),
            };
            let (result, lease) = obtain(&wanted).await;
            settler.settle(result);
            if let Some(lease) = lease {
                lease.release().await;
            }
        });
    }
}

impl Slot {
    /// Enters a flight; the caller launches it once it has let go of the lock.
    pub(super) fn prepare(
        self: &Arc<Self>,
        progress: &mut Progress,
    ) -> (Prepared, watch::Receiver<Verdict>) {
        let (sender, receiver) = watch::channel(None);
        progress.flight = Some(receiver.clone());
        let settler = Settler {
            slot: Arc::clone(self),
            sender,
            settled: false,
        };
        (
            Prepared {
                not_before: progress.not_before.take(),
                settler,
            },
            receiver,
        )
    }

    /// Starts a flight that nobody waits for, unless there is one or it is too early.
    pub(super) fn refresh(self: &Arc<Self>) {
        let prepared = {
            let mut progress = self.lock();
            let too_early = self.refusal(&progress).is_some();
            // A flight may have landed since the caller looked: its token needs no refresh.
            let renewed = self
                .current
                .load_full()
                .map(Token)
                .is_none_or(|token| self.phase(&token) == Phase::Fresh);
            if progress.flight.is_some() || too_early || renewed {
                return;
            }
            self.prepare(&mut progress).0
        };
        prepared.launch();
    }

    fn land(&self, result: Result<Obtained, Failure>) -> Result<Token, TokenError> {
        let mut progress = self.lock();
        progress.flight = None;
        let failure = match result {
            Ok(obtained) => return Ok(self.keep(&mut progress, obtained)),
            Err(failure) => failure,
        };
        progress.failures = progress.failures.saturating_add(1);
        let pause = if failure.account_at_risk {
            after_account_failure(progress.failures)
        } else {
            after_failure(&failure.error, failure.retry_after, progress.failures)
        };
        let error = failure.error.with_retry_after(pause);
        progress.last_error = Some(error.clone());
        Pause::extend(&mut progress.pause, pause, error.clone());
        if self.subject.is_some() {
            self.credential.failed(&error, pause);
        }
        if let Some(current) = self.current.load_full() {
            Token(current).stretch();
        }
        Err(error)
    }

    fn keep(&self, progress: &mut Progress, obtained: Obtained) -> Token {
        let Obtained {
            mut granted,
            sent,
            shared,
        } = obtained;
        if let Some(life) = self.subject_life(sent.wall) {
            granted.life = granted.life.min(life);
        }
        if self.subject.is_some() {
            self.credential.succeeded();
        }
        let refused = |latest: &Token| latest.is_rejected() && !latest.is_suspected();
        let from = Provenance {
            subject: self.subject.as_ref().map(|(key, _)| *key),
            shared,
            proof_key: self.credential.proof_key.clone(),
            replaces_rejected: progress.latest.as_ref().is_some_and(refused),
        };
        let token = Token::new(granted, sent, from);
        let age = self.credential.surroundings.clock.age(sent);
        if token.0.times.is_cacheable(age) {
            self.current.store(Some(Arc::clone(&token.0)));
        } else {
            progress.not_before = Some(sent.monotonic + SPACING);
        }
        progress.latest = Some(token.clone());
        progress.failures = 0;
        progress.pause = None;
        progress.last_error = None;
        token
    }
}

/// Settles its flight exactly once, also when the task panics or its runtime goes away.
struct Settler {
    slot: Arc<Slot>,
    sender: watch::Sender<Verdict>,
    settled: bool,
}

impl Settler {
    fn settle(mut self, result: Result<Obtained, Failure>) {
        self.finish(result);
    }

    fn finish(&mut self, result: Result<Obtained, Failure>) {
        self.settled = true;
        // The slot first: a waiter that wakes must find it settled.
        let verdict = self.slot.land(result);
        self.sender.send_replace(Some(verdict));
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        if !self.settled {
            let error = TokenError::Unavailable {
                cause: Unavailability::Abandoned,
                retry_after: None,
            };
            self.finish(Err(error.into()));
        }
    }
}
