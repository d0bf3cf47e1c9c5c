//! The limits of one revision.

use std::collections::HashMap;
use std::sync::Arc;

use config::{Configuration, Limits};

use super::{Limit, Owner};

/// The limits of one revision.
#[derive(Default)]
pub(crate) struct LimitSet {
    pub(crate) service: Option<Arc<Limit>>,
    clients: HashMap<Arc<str>, Arc<Limit>>,
    /// By the endpoints' indices.
    endpoints: Vec<Option<Arc<Limit>>>,
}

impl LimitSet {
    /// The limits of `configuration`; those that say what they said `before` go on as they are.
    pub(crate) fn new(configuration: &Configuration, before: Option<&Self>) -> Self {
        let open = |owner: Owner, settings: Option<Limits>| {
            let settings = settings?;
            let kept = before.and_then(|before| before.find(&owner, settings));
            Some(kept.unwrap_or_else(|| Arc::new(Limit::new(owner, settings))))
        };
        let clients = configuration.clients.iter().filter_map(|client| {
            let limit = open(Owner::Client(Arc::clone(&client.name)), client.limits)?;
            Some((Arc::clone(&client.name), limit))
        });
        let endpoints = configuration.endpoints.iter();
        Self {
            service: open(Owner::Service, configuration.limits),
            clients: clients.collect(),
            endpoints: endpoints
                .map(|endpoint| {
                    open(
                        Owner::Endpoint(Arc::clone(&endpoint.label)),
                        endpoint.limits,
                    )
                })
                .collect(),
        }
    }

    /// The limit of the endpoint of this index.
    pub(crate) fn endpoint(&self, index: usize) -> Option<&Arc<Limit>> {
        self.endpoints.get(index)?.as_ref()
    }

    /// The limit of the client of this name.
    pub(crate) fn client(&self, name: &str) -> Option<&Arc<Limit>> {
        // Most configurations have none, and hashing costs.
        if self.clients.is_empty() {
            return None;
        }
        self.clients.get(name)
    }

    fn find(&self, owner: &Owner, settings: Limits) -> Option<Arc<Limit>> {
        let all = self.service.iter().chain(self.clients.values());
        let mut all = all.chain(self.endpoints.iter().flatten());
        all.find(|limit| limit.owner == *owner && limit.settings == settings)
            .cloned()
    }
}
