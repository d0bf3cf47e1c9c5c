//! The cache of all credentials of a service. It must not know when definitions change or why.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use dashmap::DashMap;
use tokio::runtime::Handle;

use crate::clock::{Clock, SystemClock, WallClock};
use crate::credential::{Credential, Surroundings};
use crate::definition::{Definition, Key};
use crate::observer::Observer;
use crate::signing::SigningError;
use crate::slot::Slot;
use crate::source::TokenSource;
use crate::state::State;
use crate::store::{EncryptionKey, SharedStore, StoreState, TokenStore};
use crate::transport::TokenTransport;

/// All credentials of a service. Cloning is cheap; clones share one cache.
#[derive(Clone)]
pub struct TokenProvider {
    slots: Arc<DashMap<Key, Arc<Slot>>>,
    transport: Arc<dyn TokenTransport>,
    surroundings: Arc<Surroundings>,
}

impl TokenProvider {
    /// A provider that sends requests through `transport`, in tasks on `runtime`.
    #[must_use]
    pub fn new(
        transport: Arc<dyn TokenTransport>,
        runtime: Handle,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self::with_wall_clock(transport, runtime, observer, Arc::new(SystemClock))
    }

    /// As [`Self::new`], with another time of day than the operating system's.
    #[must_use]
    pub fn with_wall_clock(
        transport: Arc<dyn TokenTransport>,
        runtime: Handle,
        observer: Arc<dyn Observer>,
        wall_clock: Arc<dyn WallClock>,
    ) -> Self {
        let clock = Clock::new(wall_clock);
        let surroundings = Arc::new(Surroundings {
            runtime,
            observer,
            clock,
            shared: None,
        });
        Self {
            slots: Arc::default(),
            transport,
            surroundings,
        }
    }

    /// The same provider with an empty cache, which shares its tokens with the providers of other
    /// processes that have the same `store` and `key`: one of them fetches, and the others take it
    /// from there. Not shared are tokens bound to a key ([`Definition::dpop`]), which this process
    /// alone has.
    ///
    /// While the store is away each provider fetches for itself, but for [`Grant::RefreshToken`]: a
    /// refresh token that two show ends the session behind it, so that such a credential then
    /// lives on the token that it has, unless its server is known to take one more than once.
    ///
    /// # Errors
    /// When the cryptographic library does not take the key.
    ///
    /// [`Grant::RefreshToken`]: crate::Grant::RefreshToken
    pub fn sharing(
        self,
        store: Arc<dyn TokenStore>,
        key: &EncryptionKey,
    ) -> Result<Self, SigningError> {
        let around = &*self.surroundings;
        let (runtime, observer) = (around.runtime.clone(), Arc::clone(&around.observer));
        let shared = SharedStore::new(store, key, runtime, observer, around.clock.clone());
        let surroundings = Surroundings {
            shared: Some(shared.ok_or(SigningError)?),
            ..around.clone()
        };
        Ok(Self {
            slots: Arc::default(),
            surroundings: Arc::new(surroundings),
            ..self
        })
    }

    /// The state of the store that is shared with other processes, for operators; `None` without one.
    #[must_use]
    pub fn store_state(&self) -> Option<StoreState> {
        self.surroundings.shared.as_ref().map(|store| store.state())
    }

    /// The source for `definition`: the one that exists when its key is known, so that a reload
    /// keeps the tokens of what did not change. Fetches nothing.
    ///
    /// A definition that fails [`Definition::validate`] yields a source that answers with the fault.
    #[must_use]
    pub fn source(&self, definition: Definition) -> TokenSource {
        self.source_over(definition, Arc::clone(&self.transport))
    }

    /// As [`Self::source`], but requests go out through `transport`: a proxy, or a client certificate.
    /// Of two sources that must not go the same way, the definitions have another
    /// [`route`](Definition::route); with an equal one the transport that came first is used.
    #[must_use]
    pub fn source_over(
        &self,
        definition: Definition,
        transport: Arc<dyn TokenTransport>,
    ) -> TokenSource {
        let slot = self.slots.entry(definition.key());
        let slot = slot.or_insert_with(|| {
            let surroundings = Arc::clone(&self.surroundings);
            Arc::new(Slot::root(Arc::new(Credential::new(
                definition,
                transport,
                surroundings,
            ))))
        });
        TokenSource(Arc::clone(&slot))
    }

    /// Forgets all credentials but those of `keys`. Sources that are held work on until dropped.
    pub fn retain(&self, keys: &[Key]) {
        let keys: HashSet<_> = keys.iter().collect();
        self.slots.retain(|key, _| keys.contains(key));
    }

    /// The states of all credentials, sorted by name, for operators.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        let mut states: Vec<_> = self.slots.iter().map(|slot| slot.state()).collect();
        states.sort_by(|one, other| one.name.cmp(&other.name));
        states
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenProvider")
            .field("credentials", &self.slots.len())
            .finish_non_exhaustive()
    }
}
