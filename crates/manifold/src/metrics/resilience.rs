//! How backends are spared and their failures are bridged, in numbers.

use std::sync::Arc;

use backend::{BackendSet, BreakerState, CacheResult, Rejection, RetryResult};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::BackendLabels;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RetryLabels {
    backend: Arc<str>,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RejectionLabels {
    backend: Arc<str>,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    backend: Arc<str>,
    result: &'static str,
}

#[derive(Default)]
pub(crate) struct ResilienceMetrics {
    retries: Family<RetryLabels, Counter>,
    rejected: Family<RejectionLabels, Counter>,
    breakers: Family<BackendLabels, Gauge>,
    cached: Family<CacheLabels, Counter>,
    hedged: Family<BackendLabels, Counter>,
}

impl ResilienceMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "call_retries",
            "Calls that failed and were to be repeated: sent, or why not",
            self.retries.clone(),
        );
        registry.register(
            "calls_rejected",
            "Calls that were not let through to their backend",
            self.rejected.clone(),
        );
        registry.register(
            "cache_lookups",
            "Calls that wanted the cache: hit, miss, joined to another; stale besides, where the backend failed",
            self.cached.clone(),
        );
        registry.register(
            "calls_hedged",
            "Reads that took long and were asked a second time",
            self.hedged.clone(),
        );
        registry.register(
            "breaker_state",
            "Of a backend's circuit breaker: 0 closed, 1 half-open, 2 open",
            self.breakers.clone(),
        );
    }

    pub(super) fn cached(&self, backend: &Arc<str>, result: CacheResult) {
        let labels = CacheLabels {
            backend: Arc::clone(backend),
            result: result.as_str(),
        };
        self.cached.get_or_create(&labels).inc();
    }

    pub(super) fn hedged(&self, backend: &Arc<str>) {
        let labels = BackendLabels {
            backend: Arc::clone(backend),
        };
        self.hedged.get_or_create(&labels).inc();
    }

    pub(super) fn retried(&self, backend: &Arc<str>, result: RetryResult) {
        let labels = RetryLabels {
            backend: Arc::clone(backend),
            result: result.as_str(),
        };
        self.retries.get_or_create(&labels).inc();
    }

    pub(super) fn rejected(&self, backend: &Arc<str>, rejection: Rejection) {
        let labels = RejectionLabels {
            backend: Arc::clone(backend),
            reason: rejection.as_str(),
        };
        self.rejected.get_or_create(&labels).inc();
    }

    /// The circuit breakers as they are now.
    pub(crate) fn breakers_are(&self, backends: &BackendSet) {
        self.breakers.clear();
        for backend in backends.iter() {
            if let Some(state) = backend.resilience().and_then(|state| state.breaker) {
                let labels = BackendLabels {
                    backend: Arc::clone(backend.alias()),
                };
                self.breakers.get_or_create(&labels).set(match state {
                    BreakerState::Closed => 0,
                    BreakerState::HalfOpen => 1,
                    BreakerState::Open => 2,
                });
            }
        }
    }
}
