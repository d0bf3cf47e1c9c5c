//! One call to one backend.

mod fetch;
mod sending;
mod state;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use network::ConnectionFault;
use orchestration::{
    AttemptKind, Backends, Effect, Exchange, Failure, Outcome, Payload, Prepared, Reading, Success,
    Trace,
};
use problem::Code;
use tokio::time::timeout_at;
use url::Url;

use crate::cache::{self, Cache, Freshness};
use crate::check::Inspector;
use crate::failure::Fault;
use crate::{CheckState, Dialect, Observer, Settings, Transport, TransportError, search};

pub(crate) use fetch::{Ask, Fetched};
pub(crate) use sending::Sending;
pub use state::LastCall;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// One backend, ready for calls.
pub struct Backend {
    pub(crate) settings: Settings,
    transport: Arc<dyn Transport>,
    /// Sent with every call; `Accept` is added by dialect.
    headers: HeaderMap,
    /// A FHIR backend that answers 406 to the version parameter gets `Accept` without it.
    accepts_any_version: AtomicBool,
    pub(crate) inspector: Arc<Inspector>,
    state: state::State,
    cache: OnceLock<Cache>,
    observer: Arc<dyn Observer>,
}

impl Backend {
    /// A backend that sends over `transport`.
    #[must_use]
    pub fn new(
        settings: Settings,
        transport: Arc<dyn Transport>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(host) = host(&settings.url) {
            headers.insert(HOST, host);
        }
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("manifold/", env!("CARGO_PKG_VERSION"))),
        );
        for (name, value) in &settings.headers {
            headers.insert(name.clone(), value.clone());
        }
        if settings.dialect == Dialect::Rest && !headers.contains_key(ACCEPT) {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        let inspector = Inspector::new(Arc::clone(&settings.alias), Arc::clone(&observer));
        Self {
            settings,
            transport,
            headers,
            accepts_any_version: AtomicBool::new(false),
            inspector,
            state: state::State::default(),
            cache: OnceLock::new(),
            observer,
        }
    }

    /// The configured name.
    #[must_use]
    pub fn alias(&self) -> &Arc<str> {
        &self.settings.alias
    }

    /// How its latest calls ended: for the operator.
    #[must_use]
    pub fn last_call(&self) -> LastCall {
        self.state.last_call()
    }

    /// Why there is no connection to it; `None`: there was one for the latest request, or nobody has tried.
    /// For the operator.
    #[must_use]
    pub fn connection_fault(&self) -> Option<ConnectionFault> {
        self.state.connection_fault()
    }

    fn broken(&self, error: TransportError) -> Fault {
        if let TransportError::Connection(fault) = error
            && self.state.note_unconnected(fault)
        {
            let url = &self.settings.url;
            tracing::warn!(
                backend = %self.settings.alias,
                host = url.host_str(),
                port = url.port_or_known_default(),
                cause = %fault,
                "no connection to a backend"
            );
        }
        error.into()
    }

    /// An answer has begun to come.
    fn answers(&self) {
        if self.state.note_connected() {
            tracing::info!(backend = %self.settings.alias, "there is a connection to a backend again");
        }
    }

    /// How it is spared just now; `None` when it never is.
    #[must_use]
    pub fn resilience(&self) -> Option<crate::ResilienceState> {
        self.settings.resilience.as_ref().map(|state| state.state())
    }

    /// What the typed check has found; `None` when nothing is checked.
    #[must_use]
    pub fn check_state(&self) -> Option<CheckState> {
        match self.settings.dialect {
            Dialect::Rest
            | Dialect::FhirR4 {
                check: crate::Check::Off,
            } => None,
            Dialect::FhirR4 { .. } => Some(self.inspector.state()),
        }
    }

    /// The answers that are kept; made when the first call wants it.
    pub(crate) fn cache(&self) -> &Cache {
        self.cache
            .get_or_init(|| Cache::new(self.settings.max_cache))
    }

    /// What became of a call that wanted the cache.
    pub(crate) fn cached(&self, result: crate::CacheResult) {
        self.observer.cached(&self.settings.alias, result);
    }

    async fn call(self: Arc<Self>, exchange: Exchange) -> Outcome {
        match exchange.expect.cache {
            Some(caching) if exchange.effect == Effect::Read => {
                // Boxed: most calls keep nothing, and are not to carry its weight.
                Box::pin(cache::call(self, caching, exchange)).await
            }
            Some(_) | None => self.ask(exchange, None).await,
        }
    }

    /// Asks the backend itself, and tells `freshness` what it says of keeping.
    pub(crate) async fn ask(&self, exchange: Exchange, freshness: Option<&Freshness>) -> Outcome {
        let (deadline, effect) = (exchange.deadline, exchange.effect);
        // Whoever waits for the call gives up at the same instant and drops it: without a timer of
        // its own a backend that hangs would never be noted as failing.
        let outcome = timeout_at(deadline, self.perform(exchange, freshness))
            .await
            .unwrap_or_else(|_| Outcome::late(effect));
        self.state.note(&outcome);
        outcome
    }

    async fn perform(&self, exchange: Exchange, freshness: Option<&Freshness>) -> Outcome {
        let expect = Arc::clone(&exchange.expect);
        match self.url(&exchange.request) {
            Ok(url) => match &expect.reading {
                Reading::Json | Reading::Opaque { .. } => self.one(url, exchange, freshness).await,
                Reading::Pages {
                    searched,
                    pages,
                    entries,
                } => {
                    let limits = search::Limits {
                        pages: *pages as usize,
                        entries: *entries as usize,
                    };
                    // Boxed, as all that few calls need is: the rest is moved for each.
                    Box::pin(search::search(
                        self,
                        url,
                        (exchange, freshness),
                        searched,
                        limits,
                    ))
                    .await
                }
            },
            Err(fault) => fault.into_outcome(false),
        }
    }

    async fn one(&self, url: Url, exchange: Exchange, freshness: Option<&Freshness>) -> Outcome {
        let Exchange {
            request,
            effect,
            expect,
            deadline,
            full_time,
            trace,
            principal,
            attempts,
            ..
        } = exchange;
        let ask = Ask {
            elsewhere: false,
            method: &request.method,
            url,
            headers: &request.headers,
            trace: &trace,
            principal: principal.as_deref(),
            body: request.body.as_deref(),
            effect,
            expect: &expect,
            absent: &expect.absent,
            deadline,
            full_time,
            max_body: self.settings.max_body,
            freshness,
            sending: Sending::new(attempts.as_deref(), AttemptKind::First),
        };
        match self.fetch(&ask).await {
            Ok(Fetched::Success(success)) => self.accept(success, &request, &ask).await,
            Ok(Fetched::Absent(status)) => Outcome::Absent(Some(status)),
            Err(fault) => fault.into_outcome(effect == Effect::Write),
        }
    }

    /// A FHIR answer must be the resource that was asked for.
    async fn accept(&self, success: Success, request: &Prepared, ask: &Ask<'_>) -> Outcome {
        let Dialect::FhirR4 { check } = self.settings.dialect else {
            return Outcome::Ok(success);
        };
        if success.opaque().is_some() {
            return Outcome::Ok(success);
        }
        if ask.effect == Effect::Read
            && let Err(mismatch) = expected(&success, request, ask)
        {
            return Outcome::Failed(
                Failure::new(Code::UpstreamUnreadable, mismatch.to_string())
                    .with_status(success.status),
            );
        }
        // A write may be answered with nothing, and what it did is done, whatever it is answered with.
        if ask.effect == Effect::Write && success.body.kind() == json::Kind::Null {
            return Outcome::Ok(success);
        }
        match Box::pin(self.inspector.inspect(check, &success.body, false)).await {
            Ok(()) => Outcome::Ok(success),
            Err(failure) => Fault::unclear(failure.with_status(success.status))
                .into_outcome(ask.effect == Effect::Write),
        }
    }

    /// The backend's URL with the call's path and query below it.
    fn url(&self, request: &Prepared) -> Result<Url, Fault> {
        let base = self.settings.url.path().trim_end_matches('/');
        let below = base.len();
        // Only what is new is parsed: scheme and host are most of the work, and they were done at load.
        let mut url = self.settings.url.clone();
        url.set_path(&[base, &request.path].concat());
        url.set_query(Some(request.query.as_str()).filter(|query| !query.is_empty()));
        // The parser collapses dot segments and turns `\` into `/`: a path that is not kept byte for
        // byte is another place.
        let is_kept = |url: &Url| {
            request.path.starts_with('/')
                && url.path().get(below..) == Some(request.path.as_str())
                && url.query().unwrap_or_default() == request.query
                && url.fragment().is_none()
        };
        if is_kept(&url) {
            Ok(url)
        } else {
            Err(Fault::refused(Failure::new(
                Code::Mapping,
                "the path does not stay what the endpoint says",
            )))
        }
    }

    /// The headers of one request, but for `Authorization`.
    pub(crate) fn headers_of(
        &self,
        own: &[(HeaderName, HeaderValue)],
        body: Option<&Payload>,
        trace: &Trace,
    ) -> HeaderMap {
        // Room for what the credential and the transport add: growing moves every header.
        let mut headers = HeaderMap::with_capacity(self.headers.len() + own.len() + 8);
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, body.media_type.clone());
        }
        for (name, value) in own {
            headers.insert(name, value.clone());
        }
        headers.insert(REQUEST_ID, trace.request_id.clone());
        headers.insert(TRACEPARENT, trace.traceparent.clone());
        if let Some(tracestate) = &trace.tracestate {
            headers.insert(TRACESTATE, tracestate.clone());
        }
        headers
    }
}

/// Whether an answer is the resource that the request names, or a resource at all.
fn expected(
    success: &Success,
    request: &Prepared,
    ask: &Ask<'_>,
) -> Result<(), fhir::resource::Mismatch> {
    let body = success.body.bytes();
    let (Some(resource), Some(id)) = (&ask.expect.resource, request.id()) else {
        return fhir::resource::expect_any(&body);
    };
    fhir::resource::expect(&body, &resource.kind, id)?;
    match request.version() {
        Some(version) => fhir::resource::expect_version(&body, version),
        None => Ok(()),
    }
}

/// What `Host` says for every request (RFC 9110 §7.2) but those to other origins: the client library would
/// write it anew for each.
fn host(url: &Url) -> Option<HeaderValue> {
    let host = url.host_str()?;
    let value = match url.port() {
        Some(port) => HeaderValue::from_str(&format!("{host}:{port}")),
        None => HeaderValue::from_str(host),
    };
    value.ok()
}

/// The backends of one revision, in its order.
pub struct BackendSet(Vec<Arc<Backend>>);

impl BackendSet {
    /// Calls name backends by their index in `backends`.
    #[must_use]
    pub const fn new(backends: Vec<Arc<Backend>>) -> Self {
        Self(backends)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Backend>> {
        self.0.iter()
    }
}

impl Backends for BackendSet {
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome> {
        match self.0.get(exchange.backend) {
            Some(backend) => Arc::clone(backend).call(exchange).boxed(),
            None => futures::future::ready(Outcome::Failed(Failure::new(
                Code::Internal,
                "the plan names a backend that is not there",
            )))
            .boxed(),
        }
    }
}

#[cfg(test)]
mod tests;
