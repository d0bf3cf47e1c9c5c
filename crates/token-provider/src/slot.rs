//! The cache entry of one definition: its token, its one flight, its backoff.
//!
//! Callers that find a good token touch one atomic pointer and no lock. All else happens under a
//! mutex that is never held across an await, nor while foreign code (transport, observer, spawn) runs.

mod flight;
mod wait;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::backoff;
use crate::clock::Clock;
use crate::definition::{Definition, DefinitionError};
use crate::error::TokenError;
use crate::observer::Observer;
use crate::state::{BackingOff, State, TokenState};
use crate::token::{Issued, Phase, Token};
use crate::transport::TokenTransport;

/// A token is "rejected again" when the one before it was rejected, no backend has said that it took
/// it, and it lived no longer than this.
const REJECTED_AGAIN_WITHIN: Duration = Duration::from_secs(10);

/// What all slots of one provider share.
pub(crate) struct Surroundings {
    pub(crate) transport: Arc<dyn TokenTransport>,
    pub(crate) runtime: Handle,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) clock: Clock,
}

pub(crate) struct Slot {
    definition: Definition,
    fault: Option<DefinitionError>,
    surroundings: Arc<Surroundings>,
    current: ArcSwapOption<Issued>,
    progress: Mutex<Progress>,
}

/// How a flight ended; `None` while it is in the air.
type Verdict = Option<Result<Token, TokenError>>;

#[derive(Default)]
struct Progress {
    flight: Option<watch::Receiver<Verdict>>,
    /// The token fetched last, cached or not.
    latest: Option<Token>,
    /// No fetch before then; callers wait (for tokens that are not worth keeping).
    not_before: Option<Instant>,
    /// No fetch before then; callers are refused.
    backoff: Option<Backoff>,
    failures: u32,
    last_error: Option<TokenError>,
}

struct Backoff {
    until: Instant,
    error: TokenError,
}

impl Backoff {
    fn left(&self) -> Option<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

impl Slot {
    pub(crate) fn new(definition: Definition, surroundings: Arc<Surroundings>) -> Self {
        Self {
            fault: definition.validate().err(),
            definition,
            surroundings,
            current: ArcSwapOption::empty(),
            progress: Mutex::default(),
        }
    }

    pub(crate) fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The token, if it may be handed out without waiting; starts a refresh when it is ageing.
    pub(crate) fn cached(self: &Arc<Self>) -> Option<Token> {
        let token = Token(self.current.load_full()?);
        match self.phase(&token) {
            Phase::Fresh => Some(token),
            Phase::Ageing => {
                self.refresh();
                Some(token)
            }
            Phase::Reserve | Phase::Dead => None,
        }
    }

    /// A backend does not accept `token`: if it is the latest, it is not handed out again.
    pub(crate) fn reject(&self, token: &Token) {
        let credential = self.definition.name.as_str();
        {
            let mut progress = self.lock();
            let current = self.current.load_full().map(Token);
            let is = |known: &Token| known.generation() == token.generation();
            let is_current = current.as_ref().is_some_and(is);
            // The latest need not be the current one: it may not have been worth keeping.
            let is_known = is_current || progress.latest.as_ref().is_some_and(is);
            if !is_known || !token.mark_rejected() {
                return;
            }
            if is_current {
                self.current.store(None);
            }
            let age = self.surroundings.clock.age(token.0.obtained);
            if token.0.replaces_rejected && !token.was_accepted() && age <= REJECTED_AGAIN_WITHIN {
                progress.back_off(
                    backoff::AFTER_SECOND_REJECTION,
                    TokenError::RejectedAgain { retry_after: None },
                );
            }
        }
        tracing::warn!(
            credential,
            generation = token.generation(),
            "a backend rejected the token"
        );
        self.surroundings.observer.rejected(credential);
    }

    pub(crate) fn state(&self) -> State {
        let progress = self.lock();
        let backing_off = progress.backoff.as_ref().and_then(|backoff| {
            let retry_in = backoff.left()?;
            Some(BackingOff {
                error: backoff.error.clone().with_retry_after(retry_in),
                retry_in,
            })
        });
        State {
            name: self.definition.name.clone(),
            token: self.token_state(&progress),
            fetching: progress.flight.is_some(),
            backing_off,
            last_error: progress.last_error.clone(),
        }
    }

    fn token_state(&self, progress: &Progress) -> TokenState {
        let Some(latest) = &progress.latest else {
            return TokenState::Never;
        };
        let kept = self.current.load_full().map(Token);
        let Some(token) = kept.filter(|token| self.phase(token) != Phase::Dead) else {
            return if latest.is_rejected() {
                TokenState::Rejected
            } else {
                TokenState::Expired
            };
        };
        let age = self.surroundings.clock.age(token.0.obtained);
        TokenState::Fresh {
            age,
            expires_in: token.0.times.life.saturating_sub(age),
        }
    }

    fn phase(&self, token: &Token) -> Phase {
        token.phase(self.surroundings.clock.age(token.0.obtained))
    }

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    /// Refuses callers for `pause`; a longer pause that is running already stays.
    fn back_off(&mut self, pause: Duration, error: TokenError) {
        let until = Instant::now() + pause;
        if self
            .backoff
            .as_ref()
            .is_none_or(|running| running.until < until)
        {
            self.backoff = Some(Backoff { until, error });
        }
    }
}
