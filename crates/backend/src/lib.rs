//! Calls to backends: REST and FHIR dialects over HTTP, behind a [`Transport`].
//!
//! One call: (admitted, where the backend is spared) → authorize → send → token rejected? renew, send once more → read under a cap, checking
//! as it arrives → outcome. Knows no plan, no client of the service and no configuration format;
//! it implements the orchestration's port.

mod cache;
mod check;
mod classify;
mod credential;
mod exchange;
mod failure;
#[cfg(test)]
mod fake;
mod observer;
mod read;
mod resilience;
mod search;
mod settings;
mod transport;

pub use cache::CacheResult;
pub use check::{Check, CheckState};
pub use credential::Credential;
pub use exchange::{Backend, BackendSet, LastCall};
pub use observer::{CheckResult, NoObserver, Observer};
pub use resilience::{
    BreakerSettings, BreakerState, ConcurrencySettings, HedgeSettings, Rejection, Resilience,
    ResilienceSettings, ResilienceState, ResilienceStore, RetryResult, RetrySettings,
};
pub use settings::{Dialect, Settings};
pub use transport::{
    Body, Request, ReqwestTransport, Response, Transport, TransportError, TransportSettings,
    install_crypto_provider,
};
