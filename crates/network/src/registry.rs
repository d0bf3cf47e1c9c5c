//! All networks of a process: equal settings are one network, and the files of all are looked at.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::error::NetworkError;
use crate::handle::{Inner, Network};
use crate::settings::Settings;

/// How often [`Networks::watch`] reads the files again. They are few and small, and the contents are
/// compared: neither a clock nor the way in which a file was replaced can hide a change.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Opens networks and keeps an eye on their files. Cloning is cheap; clones share everything.
#[derive(Clone, Default)]
pub struct Networks(Arc<Mutex<Vec<Weak<Inner>>>>);

impl Networks {
    /// The network for `settings`: the one that is in use already for equal ones, after another look
    /// at its files, so that a reload of the configuration takes up new certificates at once.
    ///
    /// Blocks on the disk.
    ///
    /// # Errors
    /// When a file or a setting cannot be used; one that is in use already stays as it is instead.
    pub fn open(&self, settings: &Settings) -> Result<Network, NetworkError> {
        let fingerprint = settings.fingerprint();
        let known = self
            .all()
            .into_iter()
            .find(|known| known.fingerprint() == fingerprint);
        if let Some(known) = known {
            known.look();
            return Ok(known);
        }
        let network = Network::open(settings.clone())?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::downgrade(&network.0));
        Ok(network)
    }

    /// Looks at the files of all networks every [`LOOK_EVERY`], for ever. To be run in the background.
    ///
    /// # Cancel safety
    /// Cancel safe: a look that has begun ends on its own.
    pub async fn watch(self) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Each by itself: while the disk of one hangs, the others are looked at.
        let mut looks = JoinSet::new();
        loop {
            ticks.tick().await;
            while let Some(ended) = looks.try_join_next() {
                if ended.is_err() {
                    tracing::error!("certificates could not be looked at");
                }
            }
            for one in self.all() {
                looks.spawn_blocking(move || one.look_unless_looking());
            }
        }
    }

    /// Those in use; the others are forgotten.
    fn all(&self) -> Vec<Network> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one.strong_count() > 0);
        all.iter().filter_map(Weak::upgrade).map(Network).collect()
    }
}

impl fmt::Debug for Networks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Networks")
            .field("in_use", &self.all().len())
            .finish()
    }
}
