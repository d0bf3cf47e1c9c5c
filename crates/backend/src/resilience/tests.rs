//! A backend that fails by script, on paused time: counts and instants are exact.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod breaker;
mod cut;
mod hedge;
mod retry;
mod slots;
mod store;
mod throttled;
mod told;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Rejection, ResilienceSettings, ResilienceStore, RetryResult, RetrySettings};
use crate::fake::{House, Network, observed, settings};
use crate::{Dialect, Observer, Settings};

/// What was counted, as the metrics name it.
#[derive(Default)]
pub(super) struct Counted(Mutex<Vec<&'static str>>);

impl Counted {
    pub(super) fn of(&self, what: &str) -> usize {
        let all = self.0.lock().unwrap();
        all.iter().filter(|counted| **counted == what).count()
    }
}

impl Observer for Counted {
    fn retried(&self, backend: &Arc<str>, result: RetryResult) {
        assert_eq!(&**backend, "ehr");
        self.0.lock().unwrap().push(result.as_str());
    }

    fn hedged(&self, backend: &Arc<str>) {
        assert_eq!(&**backend, "ehr");
        self.0.lock().unwrap().push("hedged");
    }

    fn call_rejected(&self, backend: &Arc<str>, rejection: Rejection) {
        assert_eq!(&**backend, "ehr");
        self.0.lock().unwrap().push(rejection.as_str());
    }
}

/// A backend with these settings, and what it counts.
pub(super) fn spared(wanted: &ResilienceSettings, network: &Network) -> (House, Arc<Counted>) {
    spared_with(settings(Dialect::Rest), wanted, network)
}

pub(super) fn spared_with(
    own: Settings,
    wanted: &ResilienceSettings,
    network: &Network,
) -> (House, Arc<Counted>) {
    let counted = Arc::new(Counted::default());
    let observer: Arc<dyn Observer> = Arc::clone(&counted) as _;
    let store = ResilienceStore::default();
    let own = Settings {
        resilience: store.open(&own.alias, &own.url, wanted, Arc::clone(&observer)),
        ..own
    };
    (observed(own, network, observer), counted)
}

/// Three attempts, waits of at most 100 ms, 200 ms, …, and as many as anybody could want.
pub(super) fn retry() -> RetrySettings {
    RetrySettings {
        attempts: 3,
        base: Duration::from_millis(100),
        max: Duration::from_secs(1),
        budget_percent: 100,
        budget_per_second: 1000,
        statuses: vec![429, 502, 503, 504],
    }
}
