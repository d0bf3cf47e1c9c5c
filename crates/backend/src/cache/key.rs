//! What makes two calls the same.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method};
use orchestration::{Caching, Exchange, Expect, Payload};

/// All that an answer depends on, but for the backend, its credential and its own headers, which a
/// cache has one of.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    whom: Whom,
    method: Method,
    path: String,
    query: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Box<Payload>>,
    /// How the answer is read.
    expect: Arc<Expect>,
}

#[derive(PartialEq, Eq, Hash)]
enum Whom {
    Everybody,
    /// `None`: whoever asks without saying who they are.
    Client(Option<Arc<str>>),
}

impl Key {
    pub(super) fn new(exchange: &Exchange, caching: Caching) -> Self {
        let request = &exchange.request;
        Self {
            whom: if caching.shared {
                Whom::Everybody
            } else {
                Whom::Client(exchange.principal.clone())
            },
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            expect: Arc::clone(&exchange.expect),
        }
    }

    /// About as many bytes as it takes.
    pub(super) fn len(&self) -> usize {
        let body = self.body.as_ref().map_or(0, |body| body.bytes.len());
        let headers = self.headers.iter();
        let headers: usize = headers
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        self.path.len() + self.query.len() + headers + body
    }
}
