//! A backend and an authorization server that answer from a script, without sockets: time can be
//! paused. It must not know what a test asserts.
#![expect(clippy::unwrap_used, reason = "tests")]

mod log;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use orchestration::{Backends, Effect, Exchange, Failure, Outcome, Prepared, Reading, Trace};
use token_provider::{
    ClientAuthentication, Definition, TokenProvider, TokenRequest, TokenResponse, TokenTransport,
};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};
use url::Url;

use crate::{
    Backend, BackendSet, Check, Credential, Dialect, NoObserver, Observer, Request, Response,
    Settings, Transport, TransportError,
};

pub(crate) use log::Log;

/// Longest that a call takes, unless a test says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// A piece of a body.
#[derive(Clone)]
pub(crate) enum Piece {
    Bytes(Bytes),
    Wait(Duration),
    Broken(TransportError),
}

pub(crate) fn bytes(text: impl Into<Bytes>) -> Piece {
    Piece::Bytes(text.into())
}

/// What a backend answers.
#[derive(Clone)]
pub(crate) struct Answer {
    after: Duration,
    head: Result<StatusCode, TransportError>,
    headers: HeaderMap,
    body: Vec<Piece>,
}

/// An answer with a body and without a `Content-Type`.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    Answer {
        after: Duration::ZERO,
        head: Ok(StatusCode::from_u16(status).unwrap()),
        headers: HeaderMap::new(),
        body: vec![bytes(body)],
    }
}

pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Answer {
    answer(status, body).header("content-type", "application/json")
}

pub(crate) fn html(status: u16) -> Answer {
    answer(status, "<html>sign in</html>").header("content-type", "text/html; charset=utf-8")
}

pub(crate) fn broken(error: TransportError) -> Answer {
    Answer {
        head: Err(error),
        ..answer(200, "")
    }
}

impl Answer {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap();
        self.headers.append(name, value.parse().unwrap());
        self
    }

    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    pub(crate) fn body(self, body: impl IntoIterator<Item = Piece>) -> Self {
        Self {
            body: body.into_iter().collect(),
            ..self
        }
    }

    /// The same as what a transport returns.
    pub(crate) fn into_response(self) -> Result<Response, TransportError> {
        let body = stream::iter(self.body)
            .filter_map(|piece| async {
                match piece {
                    Piece::Bytes(bytes) => Some(Ok(bytes)),
                    Piece::Broken(error) => Some(Err(error)),
                    Piece::Wait(duration) => {
                        sleep(duration).await;
                        None
                    }
                }
            })
            .boxed();
        Ok(Response {
            status: self.head?,
            headers: self.headers,
            body,
        })
    }
}

/// A request as the backend saw it.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

impl Seen {
    /// All values of a header, in order.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
            .collect()
    }

    /// The token it came with.
    pub(crate) fn bearer(&self) -> Option<String> {
        let values = self.header("authorization");
        Some(values.first()?.strip_prefix("Bearer ")?.to_owned())
    }
}

type Script = dyn Fn(&Seen, usize) -> Answer + Send + Sync;

/// A transport that answers the n-th request, counted from 1, with what the script says.
#[derive(Clone)]
pub(crate) struct Network {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Network {
    pub(crate) fn new(script: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            seen: Arc::default(),
        }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The tokens that requests came with, in order.
    pub(crate) fn bearers(&self) -> Vec<String> {
        let seen = self.seen();
        seen.iter().map(|seen| seen.bearer().unwrap()).collect()
    }
}

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let seen = Seen {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
        };
        let number = {
            let mut all = self.seen.lock().unwrap();
            all.push(seen.clone());
            all.len()
        };
        let answer = (self.script)(&seen, number);
        async move {
            sleep(answer.after).await;
            answer.into_response()
        }
        .boxed()
    }
}

/// What the authorization server answers.
pub(crate) struct TokenAnswer {
    pub(crate) after: Duration,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// The token `t<number>`, which lives for an hour.
pub(crate) fn token(number: usize) -> TokenAnswer {
    refusal(
        200,
        &format!(r#"{{"access_token":"t{number}","expires_in":3600}}"#),
    )
}

pub(crate) fn refusal(status: u16, body: &str) -> TokenAnswer {
    TokenAnswer {
        after: Duration::ZERO,
        status,
        headers: HeaderMap::new(),
        body: body.to_owned(),
    }
}

type TokenScript = dyn Fn(usize) -> TokenAnswer + Send + Sync;

/// An authorization server that answers the n-th request, counted from 1, by its script.
#[derive(Clone)]
pub(crate) struct Tokens {
    script: Arc<TokenScript>,
    fetches: Arc<Mutex<usize>>,
}

impl Tokens {
    /// One that issues `t1`, `t2`, and so on.
    pub(crate) fn willing() -> Self {
        Self::new(token)
    }

    pub(crate) fn new(script: impl Fn(usize) -> TokenAnswer + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            fetches: Arc::default(),
        }
    }

    pub(crate) fn fetches(&self) -> usize {
        *self.fetches.lock().unwrap()
    }

    /// A provider over this server. Its credentials of one name share their tokens.
    pub(crate) fn provider(&self) -> TokenProvider {
        TokenProvider::new(
            Arc::new(self.clone()),
            Handle::current(),
            Arc::new(token_provider::NoObserver),
        )
    }

    /// A credential of its own over this server.
    pub(crate) fn credential(&self) -> Credential {
        credential(&self.provider())
    }
}

/// The credential `hospital` of `provider`.
pub(crate) fn credential(provider: &TokenProvider) -> Credential {
    let client = ClientAuthentication::SecretPost {
        client_id: "manifold".into(),
        client_secret: "MARKED-client-secret".into(),
    };
    let url = "https://sso.example/token".parse().unwrap();
    Credential::oauth2(provider.source(Definition::new("hospital", url, client)))
}

#[async_trait]
impl TokenTransport for Tokens {
    async fn post(&self, _: TokenRequest) -> Result<TokenResponse, token_provider::TransportError> {
        let number = {
            let mut fetches = self.fetches.lock().unwrap();
            *fetches += 1;
            *fetches
        };
        let answer = (self.script)(number);
        sleep(answer.after).await;
        Ok(TokenResponse {
            status: StatusCode::from_u16(answer.status).unwrap(),
            headers: answer.headers,
            body: answer.body.into(),
        })
    }
}

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
        token_rejected_statuses: Vec::new(),
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
        exchange.request.body = Some(Bytes::from_static(body.as_bytes()));
        self.send(exchange).await
    }
}

/// A call; a GET is a read, all else a write.
pub(crate) fn exchange(method: Method, path: &str) -> Exchange {
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
        },
        reading: Reading::One,
        absent: Arc::new([404, 410]),
        deadline: Instant::now() + PATIENCE,
        trace: Arc::new(Trace {
            request_id: HeaderValue::from_static("r-1"),
            traceparent: HeaderValue::from_static("00-1-2-01"),
            tracestate: None,
        }),
    }
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
        Outcome::Ok(_) | Outcome::Absent | Outcome::Skipped(_) => None,
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
