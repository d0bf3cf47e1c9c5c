//! What the service does with itself: the configurations that it reads, the requests that it does not
//! take.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Metrics;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    owner: &'static str,
    limit: &'static str,
}

#[derive(Default)]
pub(super) struct ServiceMetrics {
    configurations: Family<ReadLabels, Counter>,
    configuration_refused: Gauge,
    limited: Family<LimitLabels, Counter>,
}

impl ServiceMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "configurations",
            "Configurations read, by whether they were taken up",
            self.configurations.clone(),
        );
        registry.register(
            "configuration_refused",
            "1 while the configuration on disk is not the one that runs, for its faults",
            self.configuration_refused.clone(),
        );
        registry.register(
            "limited_requests",
            "Requests that a limit refused, by whose and which",
            self.limited.clone(),
        );
    }
}

impl Metrics {
    /// A configuration was read, and taken up or not.
    pub(crate) fn configuration_read(&self, taken_up: bool) {
        let outcome = if taken_up { "taken_up" } else { "refused" };
        let labels = ReadLabels { outcome };
        self.service.configurations.get_or_create(&labels).inc();
        self.service.configuration_refused.set(i64::from(!taken_up));
    }

    /// A limit refused a request.
    pub(crate) fn limited(&self, owner: &'static str, limit: &'static str) {
        let labels = LimitLabels { owner, limit };
        self.service.limited.get_or_create(&labels).inc();
    }
}
