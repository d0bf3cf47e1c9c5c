//! [`Transport`] over reqwest: one client per worker thread and per set of settings.

use std::cell::RefCell;
use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use tokio::time::{Instant, timeout};

use super::silence::Chunks;
use super::{Request, Response, Transport, TransportError};

/// What makes two connections different: a client, with its pool, is kept for each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TransportSettings {
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Longest silence while an answer is read.
    pub read_timeout: Duration,
}

thread_local! {
    // A client shared between threads hands half its calls to another thread's connection.
    // A list: there are as few kinds of settings as a file names, and comparing beats hashing.
    static CLIENTS: RefCell<Vec<(TransportSettings, reqwest::Client)>> = RefCell::default();
    // When the log last told of a host that cannot be reached: as many as configuration names.
    static TOLD: RefCell<Vec<(String, Instant)>> = RefCell::default();
}

/// The default transport. No redirects, no proxy, gzip, HTTP/1.1.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    settings: TransportSettings,
}

impl ReqwestTransport {
    /// A transport with these settings; connections are shared, per thread, with every other
    /// transport of equal settings.
    #[must_use]
    pub const fn new(settings: TransportSettings) -> Self {
        Self { settings }
    }

    fn client(&self) -> Result<reqwest::Client, TransportError> {
        CLIENTS.with_borrow_mut(|clients| {
            if let Some((_, client)) = clients.iter().find(|(known, _)| *known == self.settings) {
                return Ok(client.clone());
            }
            let client = build(&self.settings)?;
            clients.push((self.settings.clone(), client.clone()));
            Ok(client)
        })
    }
}

/// Makes rustls use one crypto provider for the whole process. Idempotent; called by the transport.
pub fn install_crypto_provider() {
    // An error says that one is installed already.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
}

fn build(settings: &TransportSettings) -> Result<reqwest::Client, TransportError> {
    install_crypto_provider();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // Without the zero every request is copied in case it is to be repeated.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .connect_timeout(settings.connect_timeout)
        .build()
        .map_err(|error| {
            tracing::error!(reason = %error, "an HTTP client cannot be built");
            TransportError::Tls
        })
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let client = match self.client() {
            Ok(client) => client,
            Err(error) => return futures::future::err(error).boxed(),
        };
        let mut sent = reqwest::Request::new(request.method, request.url);
        *sent.headers_mut() = request.headers;
        if request.body.as_ref().is_some_and(Bytes::is_empty) {
            // The client says nothing of a body that is empty.
            let zero = HeaderValue::from_static("0");
            sent.headers_mut().insert(CONTENT_LENGTH, zero);
        }
        *sent.body_mut() = request.body.map(Into::into);
        let patience = self.settings.read_timeout;
        Box::pin(async move {
            let mut response = timeout(patience, client.execute(sent))
                .await
                .map_err(|_| TransportError::Silent)?
                .map_err(|error| classify(&error))?;
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            let chunks = response.bytes_stream().map_err(|error| classify(&error));
            let body = Chunks::new(chunks, patience).boxed();
            Ok(Response {
                status,
                headers,
                body,
            })
        })
    }
}

/// The class of an error; its text is not used, since it quotes the URL.
fn classify(error: &reqwest::Error) -> TransportError {
    // Once there is a connection, TLS can still break; by then the request may have been seen.
    if error.is_connect() {
        tell(error);
        return if has_source::<rustls::Error>(error) {
            TransportError::Tls
        } else {
            TransportError::Connect
        };
    }
    if error.is_timeout() {
        return TransportError::Silent;
    }
    if error.is_decode() && !has_source::<hyper::Error>(error) {
        return TransportError::Encoding;
    }
    TransportError::Reset
}

/// How often the log tells of one host that cannot be reached.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Tells the operator why a connection failed: refused, not resolved, not trusted. The innermost
/// cause is a word of the system's or of TLS; the outer ones quote the URL.
fn tell(error: &reqwest::Error) {
    let host = error.url().and_then(url::Url::host_str).unwrap_or_default();
    let now = Instant::now();
    let is_news = TOLD.with_borrow_mut(|told| {
        let known = told.iter().position(|(known, _)| known == host);
        match known.and_then(|place| told.get_mut(place)) {
            Some((_, last)) if now < *last + TOLD_EVERY => false,
            Some((_, last)) => {
                *last = now;
                true
            }
            None => {
                told.push((host.to_owned(), now));
                true
            }
        }
    });
    if !is_news {
        return;
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    tracing::warn!(host, %cause, "no connection to a backend");
}

fn has_source<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<E>() {
            return true;
        }
        // rustls errors travel inside `io::Error`, whose source is the error's own source.
        if let Some(inner) = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            && has_source::<E>(inner)
        {
            return true;
        }
        next = error.source();
    }
    false
}
