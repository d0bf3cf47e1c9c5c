//! A backend and an authorization server that answer from a script, without sockets: time can be
//! paused. It must not know what a test asserts.
#![expect(clippy::unwrap_used, reason = "tests")]

mod log;
mod network;
mod proofs;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use orchestration::{
    Backends, Effect, Exchange, Expect, Failure, Outcome, Payload, Prepared, Reading, Resource,
    Trace,
};
use tokio::time::Instant;

use crate::{Backend, BackendSet, Check, Credential, Dialect, NoObserver, Observer, Settings};

pub(crate) use log::Log;
pub(crate) use network::{Answer, Network, Piece, Seen, answer, broken, bytes, html, json};
pub(crate) use proofs::Proofs;
pub(crate) use tokens::{TokenAnswer, Tokens, bound, credential, definition, refusal, token};

/// Longest that a call takes, unless a test says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const FHIR: Dialect = Dialect::FhirR4 { check: Check::Off };

/// A backend at `https://ehr.example/base` without a credential.
pub(crate) fn settings(dialect: Dialect) -> Settings {
    Settings {
        alias: "ehr".into(),
        dialect,
        url: "https://ehr.example/base".parse().unwrap(),
        credential: Credential::none(),
        headers: HeaderMap::new(),
        max_body: 1024 * 1024,
        max_cache: 1024 * 1024,
        page_origins: Vec::new(),
        token_rejected_statuses: Vec::new(),
        resilience: None,
    }
}

/// A backend and the way into it that orchestration takes.
pub(crate) struct House {
    pub(crate) backend: Arc<Backend>,
    pub(crate) set: BackendSet,
}

pub(crate) fn house(settings: Settings, network: &Network) -> House {
    observed(settings, network, Arc::new(NoObserver))
}

pub(crate) fn observed(
    settings: Settings,
    network: &Network,
    observer: Arc<dyn Observer>,
) -> House {
    let backend = Arc::new(Backend::new(settings, Arc::new(network.clone()), observer));
    House {
        set: BackendSet::new(vec![Arc::clone(&backend)]),
        backend,
    }
}

impl House {
    pub(crate) async fn send(&self, exchange: Exchange) -> Outcome {
        self.set.send(exchange).await
    }

    pub(crate) async fn get(&self, path: &str) -> Outcome {
        self.send(exchange(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, body: &'static str) -> Outcome {
        let mut exchange = exchange(Method::POST, "/orders");
        exchange.request.body = Some(payload(body).into());
        self.send(exchange).await
    }
}

/// A call; a GET is a read, all else a write. `/Type/id` is that resource to a FHIR backend.
pub(crate) fn exchange(method: Method, path: &str) -> Exchange {
    let resource = path.trim_start_matches('/').split_once('/');
    let length = u32::try_from(path.len()).unwrap();
    let id = resource.map_or(0, |(_, id)| u32::try_from(id.len()).unwrap());
    let id = length - id..length;
    Exchange {
        backend: 0,
        effect: if method == Method::GET {
            Effect::Read
        } else {
            Effect::Write
        },
        request: Prepared {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: None,
            id,
            version: 0..0,
        },
        expect: Arc::new(Expect {
            resource: resource.map(|(kind, _)| Resource {
                kind: kind.to_owned(),
                id: 1,
                version: None,
            }),
            absent: vec![404, 410],
            ..Expect::default()
        }),
        deadline: Instant::now() + PATIENCE,
        full_time: PATIENCE,
        trace: Arc::new(Trace {
            request_id: HeaderValue::from_static("r-1"),
            traceparent: HeaderValue::from_static("00-1-2-01"),
            tracestate: None,
        }),
        principal: None,
        attempts: None,
    }
}

/// A JSON body.
pub(crate) fn payload(body: &'static str) -> Payload {
    Payload {
        media_type: HeaderValue::from_static("application/json"),
        bytes: Bytes::from_static(body.as_bytes()),
    }
}

/// A search of `kind`, up to both caps.
pub(crate) fn paged(kind: &str, pages: u32, entries: u32) -> Exchange {
    let mut search = exchange(Method::GET, &format!("/{kind}"));
    expecting(&mut search, |expect| {
        expect.reading = Reading::Pages {
            searched: kind.to_owned(),
            pages,
            entries,
        };
        expect.absent = Vec::new();
    });
    search
}

/// Changes what `exchange` expects of its answer.
pub(crate) fn expecting(exchange: &mut Exchange, change: impl FnOnce(&mut Expect)) {
    change(Arc::make_mut(&mut exchange.expect));
}

/// The text of a success.
#[track_caller]
pub(crate) fn text(outcome: &Outcome) -> String {
    let body = outcome.success().map(|success| success.body.bytes());
    String::from_utf8(body.unwrap().to_vec()).unwrap()
}

/// Why a call failed; `None` when it did not. It says whether a write may have been applied.
pub(crate) fn failed(outcome: &Outcome) -> Option<(&'static str, Failure)> {
    match outcome {
        Outcome::Failed(failure) | Outcome::Unknown(failure) => {
            Some((outcome.as_str(), failure.clone()))
        }
        Outcome::Incomplete { cause, .. } => Some((outcome.as_str(), cause.clone()?)),
        Outcome::Ok(_) | Outcome::Absent(_) | Outcome::Skipped(_) => None,
    }
}

/// How a call ended, its code, and the backend's status.
pub(crate) fn ended(outcome: &Outcome) -> (&'static str, Option<&'static str>, Option<u16>) {
    let failure = failed(outcome).map(|(_, failure)| failure);
    let status = failure.as_ref().and_then(|failure| failure.status);
    (
        outcome.as_str(),
        failure.map(|failure| failure.code.as_str()),
        status.or(outcome.success().map(|success| success.status)),
    )
}
