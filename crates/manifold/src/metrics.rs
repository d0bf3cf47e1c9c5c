//! Counters for the operator (Prometheus). Every label comes from a closed set: configuration's
//! names, the registry of codes, HTTP statuses.

mod endpoint;
mod resilience;
mod service;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use backend::{CacheResult, CheckResult, Rejection, RetryResult};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

pub(crate) use endpoint::EndpointMetrics;
use resilience::ResilienceMetrics;
use service::ServiceMetrics;
use tokens::TokenMetrics;

/// The label of paths that lead nowhere.
pub(crate) const NOWHERE: &str = "-";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    endpoint: Arc<str>,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    backend: Arc<str>,
    outcome: &'static str,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BackendLabels {
    backend: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CheckLabels {
    backend: Arc<str>,
    result: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// All metrics of the process.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histograms<EndpointLabels>,
    incomplete: Family<EndpointLabels, Counter>,
    aborted: Family<EndpointLabels, Counter>,
    calls: Family<CallLabels, Counter>,
    call_seconds: Histograms<BackendLabels>,
    checks: Family<CheckLabels, Counter>,
    pub(crate) resilience: ResilienceMetrics,
    tokens: TokenMetrics,
    in_flight: Gauge,
    service: ServiceMetrics,
}

/// 1 ms to 32 s.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 16))
}

impl Metrics {
    pub(crate) fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("manifold");
        let metrics = Self {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            incomplete: Family::default(),
            aborted: Family::default(),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(seconds),
            checks: Family::default(),
            resilience: ResilienceMetrics::default(),
            tokens: TokenMetrics::default(),
            in_flight: Gauge::default(),
            service: ServiceMetrics::default(),
            registry: Registry::default(),
        };
        metrics.register(&mut registry);
        Arc::new(Self {
            registry,
            ..metrics
        })
    }

    /// Gives each its name and its help.
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "requests",
            "Answers, by endpoint and status (499: the client left)",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "Time to the end of an answer",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        registry.register(
            "incomplete_answers",
            "Answers with Manifold-Complete: false",
            self.incomplete.clone(),
        );
        registry.register(
            "aborted_answers",
            "Answers whose connection ended before their body did",
            self.aborted.clone(),
        );
        registry.register(
            "calls",
            "Calls to backends, by how they ended",
            self.calls.clone(),
        );
        registry.register_with_unit(
            "call_duration",
            "Time of a call",
            Unit::Seconds,
            self.call_seconds.clone(),
        );
        registry.register(
            "fhir_checks",
            "Typed checks of FHIR answers",
            self.checks.clone(),
        );
        self.resilience.register(registry);
        self.tokens.register(registry);
        registry.register(
            "requests_in_flight",
            "Requests being answered",
            self.in_flight.clone(),
        );
        self.service.register(registry);
    }

    /// The Prometheus text format (`OpenMetrics` 1.0).
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    pub(crate) fn begun(&self) {
        self.in_flight.inc();
    }

    /// A request was answered that found no endpoint. Such paths share one label: clients must not be
    /// able to invent labels.
    pub(crate) fn answered_nowhere(&self, status: u16, took: Duration) {
        let nowhere = Arc::from(NOWHERE);
        self.answers(&nowhere, status).inc();
        self.answer_seconds(&nowhere).observe(took.as_secs_f64());
    }

    /// A request was answered or left.
    pub(crate) fn ended(&self) {
        self.in_flight.dec();
    }

    /// An answer broke off: the client left, or took nothing for too long. `None`: no endpoint's.
    pub(crate) fn aborted(&self, endpoint: Option<&Arc<str>>) {
        let endpoint = endpoint.map_or_else(|| Arc::from(NOWHERE), Arc::clone);
        self.aborted
            .get_or_create(&EndpointLabels { endpoint })
            .inc();
    }

    pub(crate) fn incomplete(&self, endpoint: &Arc<str>) {
        self.incomplete
            .get_or_create(&EndpointLabels {
                endpoint: Arc::clone(endpoint),
            })
            .inc();
    }
}

impl backend::Observer for Metrics {
    fn checked(&self, backend: &Arc<str>, result: CheckResult) {
        self.checks
            .get_or_create(&CheckLabels {
                backend: Arc::clone(backend),
                result: result.as_str(),
            })
            .inc();
    }

    fn retried(&self, backend: &Arc<str>, result: RetryResult) {
        self.resilience.retried(backend, result);
    }

    fn cached(&self, backend: &Arc<str>, result: CacheResult) {
        self.resilience.cached(backend, result);
    }

    fn hedged(&self, backend: &Arc<str>) {
        self.resilience.hedged(backend);
    }

    fn call_rejected(&self, backend: &Arc<str>, rejection: Rejection) {
        self.resilience.rejected(backend, rejection);
    }
}
