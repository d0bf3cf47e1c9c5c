//! A backend that answers from a script, and what it saw.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use tokio::time::sleep;
use url::Url;

use crate::{Request, Response, Transport, TransportError};

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
