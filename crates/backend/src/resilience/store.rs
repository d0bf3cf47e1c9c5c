//! All states of a process: equal definitions are one state, so that a change of configuration keeps
//! what it does not touch.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use url::Url;

use super::{Resilience, ResilienceSettings};
use crate::Observer;

/// Opens states and keeps those in use. Owned by the process.
#[derive(Default)]
pub struct ResilienceStore(Mutex<Vec<Known>>);

struct Known {
    alias: Arc<str>,
    url: Url,
    settings: ResilienceSettings,
    state: Weak<Resilience>,
}

impl ResilienceStore {
    /// The state of the backend `alias` at `url`: the one in use for an equal definition, or a new
    /// one; `None` when nothing is wanted. It is forgotten with the last backend that holds it.
    pub fn open(
        &self,
        alias: &Arc<str>,
        url: &Url,
        settings: &ResilienceSettings,
        observer: Arc<dyn Observer>,
    ) -> Option<Arc<Resilience>> {
        if settings.is_empty() {
            return None;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.state.strong_count() > 0);
        let same = |known: &&Known| {
            known.alias == *alias && known.url == *url && known.settings == *settings
        };
        if let Some(state) = all
            .iter()
            .find(same)
            .and_then(|known| known.state.upgrade())
        {
            return Some(state);
        }
        let state = Arc::new(Resilience::new(alias, settings, observer));
        all.push(Known {
            alias: Arc::clone(alias),
            url: url.clone(),
            settings: settings.clone(),
            state: Arc::downgrade(&state),
        });
        Some(state)
    }
}

impl fmt::Debug for ResilienceStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let in_use = all.iter().filter(|known| known.state.strong_count() > 0);
        formatter
            .debug_struct("ResilienceStore")
            .field("in_use", &in_use.count())
            .finish()
    }
}
