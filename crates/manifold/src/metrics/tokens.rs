//! What is counted about tokens, by the name of their credential.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use token_provider::{FetchOutcome, State, TokenState};

use super::{Histograms, Metrics, seconds};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FetchLabels {
    credential: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CredentialLabels {
    credential: String,
}

impl From<&str> for CredentialLabels {
    fn from(name: &str) -> Self {
        Self {
            credential: name.to_owned(),
        }
    }
}

/// A part of [`Metrics`].
pub(super) struct TokenMetrics {
    fetches: Family<FetchLabels, Counter>,
    fetch_seconds: Histograms<CredentialLabels>,
    rejections: Family<CredentialLabels, Counter>,
    scopes_narrowed: Family<CredentialLabels, Counter>,
    endpoints_moved: Family<CredentialLabels, Counter>,
    age: Family<CredentialLabels, Gauge<f64, AtomicU64>>,
    left: Family<CredentialLabels, Gauge<f64, AtomicU64>>,
    store_away: Gauge,
}

impl Default for TokenMetrics {
    fn default() -> Self {
        Self {
            fetches: Family::default(),
            fetch_seconds: Family::new_with_constructor(seconds),
            rejections: Family::default(),
            scopes_narrowed: Family::default(),
            endpoints_moved: Family::default(),
            age: Family::default(),
            left: Family::default(),
            store_away: Gauge::default(),
        }
    }
}

impl TokenMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "token_fetches",
            "Requests to token endpoints, by how they ended",
            self.fetches.clone(),
        );
        registry.register_with_unit(
            "token_fetch_duration",
            "Time of a request to a token endpoint",
            Unit::Seconds,
            self.fetch_seconds.clone(),
        );
        registry.register(
            "token_rejections",
            "Tokens that a backend rejected",
            self.rejections.clone(),
        );
        registry.register(
            "token_scopes_narrowed",
            "Tokens with fewer scopes than asked for",
            self.scopes_narrowed.clone(),
        );
        registry.register(
            "token_endpoint_moves",
            "Metadata that name a token endpoint on another host, which gets no requests",
            self.endpoints_moved.clone(),
        );
        registry.register_with_unit(
            "token_age",
            "Time since the token in use was asked for",
            Unit::Seconds,
            self.age.clone(),
        );
        registry.register_with_unit(
            "token_expires_in",
            "Time until the token in use expires",
            Unit::Seconds,
            self.left.clone(),
        );
        registry.register(
            "token_store_away",
            "1 while the shared token store does not answer",
            self.store_away.clone(),
        );
    }
}

impl Metrics {
    /// The tokens as they are now, of all credentials: those that are gone are forgotten.
    pub(crate) fn tokens_are(&self, states: impl Iterator<Item = State>) {
        self.tokens.age.clear();
        self.tokens.left.clear();
        for state in states {
            if let TokenState::Fresh { age, expires_in } = state.token {
                let labels = CredentialLabels::from(state.name.as_str());
                let (held, left) = (age.as_secs_f64(), expires_in.as_secs_f64());
                self.tokens.age.get_or_create(&labels).set(held);
                self.tokens.left.get_or_create(&labels).set(left);
            }
        }
    }
}

impl token_provider::Observer for Metrics {
    fn fetched(&self, name: &str, outcome: FetchOutcome, elapsed: Duration) {
        let labels = FetchLabels {
            credential: name.to_owned(),
            outcome: outcome.as_str(),
        };
        self.tokens.fetches.get_or_create(&labels).inc();
        let taken = self.tokens.fetch_seconds.get_or_create(&name.into());
        taken.observe(elapsed.as_secs_f64());
    }

    fn rejected(&self, name: &str) {
        self.tokens.rejections.get_or_create(&name.into()).inc();
    }

    fn endpoint_moved(&self, name: &str) {
        self.tokens
            .endpoints_moved
            .get_or_create(&name.into())
            .inc();
    }

    fn store_answers(&self, answers: bool) {
        self.tokens.store_away.set(i64::from(!answers));
    }

    fn scope_narrowed(&self, name: &str, _missing: &[&str]) {
        self.tokens
            .scopes_narrowed
            .get_or_create(&name.into())
            .inc();
    }
}
