//! A cache entry, of one definition or of one subject of it: its token, its one flight, its backoff.
//!
//! Callers that find a good token touch one atomic pointer and no lock. All else happens under a
//! mutex that is never held across an await, nor while foreign code (transport, observer, spawn) runs.

mod flight;
mod wait;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::backoff;
use crate::credential::Credential;
use crate::definition::{Definition, Grant};
use crate::dpop::ProofKey;
use crate::error::{SubjectFault, TokenError};
use crate::pause::Pause;
use crate::session::Session;
use crate::state::{BackingOff, State, TokenState};
use crate::store::StoreKey;
use crate::subject::{Subject, SubjectKey, Subjects};
use crate::token::{Issued, Phase, Token};

/// A token is "rejected again" when the one before it was rejected, no backend has said that it took
/// it, and it lived no longer than this.
const REJECTED_AGAIN_WITHIN: Duration = Duration::from_secs(10);

pub(crate) struct Slot {
    credential: Arc<Credential>,
    /// Whose tokens these are, where the grant exchanges somebody's.
    subject: Option<(SubjectKey, Subject)>,
    /// The entries of all subjects, in the entry that stands for the credential.
    subjects: Option<Subjects>,
    session: Session,
    /// The name of the entry in the store that is shared with other processes.
    shared_as: Option<StoreKey>,
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
    /// No fetch meanwhile; callers are refused.
    pause: Option<Pause>,
    failures: u32,
    last_error: Option<TokenError>,
}

impl Slot {
    /// The entry that stands for a credential: of its tokens, or of those of its subjects.
    pub(crate) fn root(credential: Arc<Credential>) -> Self {
        let subjects = match &credential.definition.grant {
            Grant::TokenExchange(exchange) => Some(Subjects::new(exchange.subjects)),
            _ => None,
        };
        Self {
            subjects,
            ..Self::new(credential, None)
        }
    }

    pub(crate) fn new(credential: Arc<Credential>, subject: Option<(SubjectKey, Subject)>) -> Self {
        // A key of this process cannot sign for others.
        let shared = credential.surroundings.shared.as_ref();
        let shared = shared.filter(|_| !credential.definition.dpop);
        let subject_itself = subject.as_ref().map(|(_, subject)| subject);
        let shared_as = shared.map(|store| store.name(&credential.definition, subject_itself));
        Self {
            credential,
            subject,
            shared_as,
            subjects: None,
            session: Session::default(),
            current: ArcSwapOption::empty(),
            progress: Mutex::default(),
        }
    }

    pub(crate) fn definition(&self) -> &Definition {
        &self.credential.definition
    }

    pub(crate) fn key_thumbprint(&self) -> Option<&str> {
        let key = self.credential.proof_key.as_deref();
        key.map(ProofKey::thumbprint)
    }

    /// The entry of `subject`.
    pub(crate) fn entry(&self, subject: Subject) -> Result<Arc<Self>, SubjectFault> {
        match &self.subjects {
            Some(subjects) => Ok(subjects.slot(subject, &self.credential)),
            None => Err(SubjectFault::Unexpected),
        }
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
        if let (Some(subjects), Some(subject)) = (&self.subjects, &token.0.subject) {
            match subjects.find(subject) {
                Some(slot) => slot.reject(token),
                // One that was displaced hands out nothing any more.
                None => self.reject_for_all(token),
            }
            return;
        }
        self.reject_for_all(token);
        let around = &self.credential.surroundings;
        let credential = self.definition().name.as_str();
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
            let age = around.clock.age(token.0.obtained);
            if token.0.replaces_rejected && !token.was_accepted() && age <= REJECTED_AGAIN_WITHIN {
                Pause::extend(
                    &mut progress.pause,
                    backoff::AFTER_SECOND_REJECTION,
                    TokenError::RejectedAgain { retry_after: None },
                );
            }
        }
        let generation = token.generation();
        if token.is_suspected() {
            tracing::warn!(
                credential,
                generation,
                "a backend answered the token with a login page, or one that looks like it"
            );
        } else {
            tracing::warn!(credential, generation, "a backend rejected the token");
        }
        around.observer.rejected(credential);
    }

    /// A late verdict counts too: other processes may still have the token.
    fn reject_for_all(&self, token: &Token) {
        let Some(shared) = token.0.shared else {
            return;
        };
        // An entry of subjects cannot know the names of those that were displaced.
        let is_ours = self.subjects.is_some() || self.shared_as == Some(shared.key);
        if let (true, Some(store)) = (is_ours, &self.credential.surroundings.shared) {
            store.reject(shared, token);
        }
    }

    pub(crate) fn state(&self) -> State {
        let progress = self.lock();
        let own = progress.pause.as_ref().and_then(Pause::refusal);
        let backing_off = own.or_else(|| self.credential.paused());
        State {
            name: self.definition().name.clone(),
            grant: self.definition().grant.as_str(),
            token: self.token_state(&progress),
            fetching: progress.flight.is_some(),
            backing_off: backing_off.map(|(error, retry_in)| BackingOff { error, retry_in }),
            last_error: progress
                .last_error
                .clone()
                .or_else(|| self.credential.last_error()),
            subjects: self.subjects.as_ref().map_or(0, Subjects::len),
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
        let age = self.credential.surroundings.clock.age(token.0.obtained);
        TokenState::Fresh {
            age,
            expires_in: token.0.times.life.saturating_sub(age),
        }
    }

    fn phase(&self, token: &Token) -> Phase {
        token.phase(self.credential.surroundings.clock.age(token.0.obtained))
    }

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
