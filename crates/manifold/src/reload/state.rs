//! What operators see of the configuration that runs, and of the last one that could not.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// What runs and since when.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// Names the text that it was read from; `None`: it was not read from files.
    pub(crate) revision: Option<String>,
    pub(crate) loaded_at: Timestamp,
    /// The last one that was read after it and not taken up.
    pub(crate) refused: Option<Refused>,
}

/// A configuration that was not taken up.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) at: Timestamp,
    /// Its faults, drawn; without secrets.
    pub(crate) reason: String,
}

/// The state that outlives revisions.
pub(crate) struct ConfigurationState(Mutex<Running>);

impl ConfigurationState {
    /// Of the configuration that a service starts with.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Running {
            revision: None,
            loaded_at: Timestamp::now(),
            refused: None,
        }))
    }

    /// The one that runs is called so.
    pub(crate) fn is_called(&self, revision: String) {
        self.change(|running| running.revision = Some(revision));
    }

    /// Another one was taken up.
    pub(crate) fn taken_up(&self, revision: Option<String>) {
        self.change(|running| {
            *running = Running {
                revision,
                loaded_at: Timestamp::now(),
                refused: None,
            }
        });
    }

    /// Another one was not.
    pub(crate) fn refused(&self, reason: String) {
        let at = Timestamp::now();
        self.change(|running| running.refused = Some(Refused { at, reason }));
    }

    pub(crate) fn get(&self) -> Running {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.clone()
    }

    fn change(&self, change: impl FnOnce(&mut Running)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
