//! What all cache entries of one definition share: the definition, its proof key, its endpoint, and
//! the faults that concern the client rather than one subject. It must not know the entries.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::clock::Clock;
use crate::definition::Definition;
use crate::discovery::Discovery;
use crate::dpop::ProofKey;
use crate::error::{TokenError, Unavailability};
use crate::observer::Observer;
use crate::pause::Pause;
use crate::store::SharedStore;
use crate::transport::TokenTransport;

/// What all credentials of one provider share.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) runtime: Handle,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) clock: Clock,
    /// What they share with the providers of other processes.
    pub(crate) shared: Option<Arc<SharedStore>>,
}

pub(crate) struct Credential {
    pub(crate) definition: Definition,
    /// Why no request may be made at all.
    pub(crate) fault: Option<TokenError>,
    pub(crate) proof_key: Option<Arc<ProofKey>>,
    pub(crate) discovery: Discovery,
    pub(crate) transport: Arc<dyn TokenTransport>,
    pub(crate) surroundings: Arc<Surroundings>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    pause: Option<Pause>,
    last_error: Option<TokenError>,
}

impl Credential {
    pub(crate) fn new(
        definition: Definition,
        transport: Arc<dyn TokenTransport>,
        surroundings: Arc<Surroundings>,
    ) -> Self {
        let mut fault = definition.validate().err().map(TokenError::from);
        let mut proof_key = None;
        if definition.dpop {
            match ProofKey::generate(surroundings.clock.clone()) {
                Ok(key) => proof_key = Some(Arc::new(key)),
                Err(_) => fault = fault.or(Some(TokenError::Signing)),
            }
        }
        Self {
            definition,
            fault,
            proof_key,
            discovery: Discovery::default(),
            transport,
            surroundings,
            shared: Mutex::default(),
        }
    }

    /// A subject's entry failed to fetch: when that is not the subject's fault, the others do not
    /// try for `pause` either.
    pub(crate) fn failed(&self, error: &TokenError, pause: Duration) {
        if concerns_all(error) {
            let mut shared = self.lock();
            Pause::extend(&mut shared.pause, pause, error.clone());
            shared.last_error = Some(error.clone());
        }
    }

    /// A subject's entry got a token: the client is in order.
    pub(crate) fn succeeded(&self) {
        *self.lock() = Shared::default();
    }

    /// Why no entry fetches now, with the time left.
    pub(crate) fn paused(&self) -> Option<(TokenError, Duration)> {
        self.lock().pause.as_ref().and_then(Pause::refusal)
    }

    pub(crate) fn last_error(&self) -> Option<TokenError> {
        self.lock().last_error.clone()
    }

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a failure says something about the client or its server, and not about a subject. In
/// doubt not: one subject must not take the credential away from the others.
fn concerns_all(error: &TokenError) -> bool {
    match error {
        TokenError::Rejected { .. } => error.server_code().is_some_and(|code| {
            matches!(
                code.as_str(),
                "invalid_client" | "unauthorized_client" | "unsupported_grant_type"
            )
        }),
        TokenError::Redirected { .. } | TokenError::Discovery { .. } | TokenError::Signing => true,
        TokenError::Unavailable { cause, .. } => {
            matches!(cause, Unavailability::Transport(error) if error.is_before_sending())
        }
        TokenError::Malformed { .. }
        | TokenError::RejectedAgain { .. }
        | TokenError::Subject(_)
        | TokenError::Deadline
        | TokenError::Definition(_) => false,
    }
}
