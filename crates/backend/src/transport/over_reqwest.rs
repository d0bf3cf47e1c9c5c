//! [`Transport`] over reqwest: one client per worker thread and per set of settings.

mod clients;
mod fault;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, StatusCode};
use network::{ConnectionFault, Network};
use tokio::time::timeout;

use clients::InUse;
use fault::classify;

use super::silence::Chunks;
use super::{Request, Response, Transport, TransportError};

/// What makes two connections different: a client, with its pool, is kept for each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TransportSettings {
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Longest silence while an answer is read.
    pub read_timeout: Duration,
    /// Authorities, client certificate and proxy; `None`: the system's authorities and nothing else.
    pub network: Option<Network>,
}

/// The default transport. No redirects, no proxy but the network's, gzip, HTTP/1.1.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    settings: Arc<InUse>,
}

impl ReqwestTransport {
    /// A transport with these settings; connections are shared, per thread, with every other
    /// transport of equal settings. They close once none is left: on each thread with its next
    /// request, or when they have been idle for long.
    #[must_use]
    pub fn new(settings: TransportSettings) -> Self {
        Self {
            settings: InUse::of(settings),
        }
    }
}

/// Makes rustls use one crypto provider for the whole process. Idempotent; called by the transport.
pub fn install_crypto_provider() {
    // An error says that one is installed already.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let client = match clients::client(&self.settings) {
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
        let network = self.settings.network.as_ref();
        let by_proxy = network.is_some_and(Network::has_proxy);
        Box::pin(async move {
            let mut response = timeout(patience, client.execute(sent))
                .await
                .map_err(|_| TransportError::Silent)?
                .map_err(|error| classify(&error))?;
            let status = response.status();
            if by_proxy && status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
                // The proxy's own words: it has passed nothing on (RFC 9110 §15.5.8).
                return Err(TransportError::Connection(ConnectionFault::ProxyRefuses));
            }
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
