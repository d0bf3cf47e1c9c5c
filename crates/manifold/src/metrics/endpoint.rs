//! The counters that every request of one endpoint touches, each looked up once: to hash labels costs
//! more than to count.
//!
//! They belong to the families in [`super::Metrics`], which the operator reads. A series still begins
//! to exist with its first request, and not with its endpoint.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use orchestration::{Endpoint, Outcome, Report};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use super::{BackendLabels, CallLabels, EndpointLabels, Metrics, RequestLabels};

/// What most answers are: only these are remembered.
const USUAL: u16 = 200;

/// The counters of one endpoint.
pub(crate) struct EndpointMetrics {
    endpoint: Arc<Endpoint>,
    answers: OnceLock<Counter>,
    seconds: OnceLock<Histogram>,
    calls: Vec<CallMetrics>,
}

#[derive(Default)]
struct CallMetrics {
    succeeded: OnceLock<Counter>,
    seconds: OnceLock<Histogram>,
}

impl EndpointMetrics {
    pub(crate) fn new(endpoint: Arc<Endpoint>) -> Self {
        let calls = endpoint.plan.calls.iter();
        Self {
            answers: OnceLock::new(),
            seconds: OnceLock::new(),
            calls: calls.map(|_| CallMetrics::default()).collect(),
            endpoint,
        }
    }

    /// A request was answered.
    pub(crate) fn answered(&self, metrics: &Metrics, status: u16, took: Duration) {
        let label = &self.endpoint.label;
        let counter = || metrics.answers(label, status);
        if status == USUAL {
            self.answers.get_or_init(counter).inc();
        } else {
            counter().inc();
        }
        self.seconds
            .get_or_init(|| metrics.answer_seconds(label))
            .observe(took.as_secs_f64());
    }

    /// Its calls have ended.
    pub(crate) fn called(&self, metrics: &Metrics, reports: &[Report]) {
        let calls = self.endpoint.plan.calls.iter().zip(&self.calls);
        for ((call, counters), report) in calls.zip(reports) {
            let backend = &call.backend.alias;
            let counter = || metrics.calls(backend, &report.outcome);
            if matches!(report.outcome, Outcome::Ok(_)) {
                counters.succeeded.get_or_init(counter).inc();
            } else {
                counter().inc();
            }
            if let Some(latency) = report.latency {
                counters
                    .seconds
                    .get_or_init(|| metrics.call_seconds(backend))
                    .observe(latency.as_secs_f64());
            }
        }
    }
}

impl Metrics {
    pub(super) fn answers(&self, endpoint: &Arc<str>, status: u16) -> Counter {
        self.requests.get_or_create_owned(&RequestLabels {
            endpoint: Arc::clone(endpoint),
            status,
        })
    }

    pub(super) fn answer_seconds(&self, endpoint: &Arc<str>) -> Histogram {
        self.request_seconds.get_or_create_owned(&EndpointLabels {
            endpoint: Arc::clone(endpoint),
        })
    }

    fn calls(&self, backend: &Arc<str>, outcome: &Outcome) -> Counter {
        self.calls.get_or_create_owned(&CallLabels {
            backend: Arc::clone(backend),
            outcome: outcome.as_str(),
            code: outcome.code().map_or("", problem::Code::as_str),
        })
    }

    fn call_seconds(&self, backend: &Arc<str>) -> Histogram {
        self.call_seconds.get_or_create_owned(&BackendLabels {
            backend: Arc::clone(backend),
        })
    }
}
