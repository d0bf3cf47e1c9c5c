//! [`Transport`] over reqwest: one client per worker thread and per set of settings.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, StatusCode};
use network::Network;
use rustls::AlertDescription;
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
    /// Authorities, client certificate and proxy; `None`: the system's authorities and nothing else.
    pub network: Option<Network>,
}

/// A client that is kept, and what it was built for.
struct Kept {
    connect_timeout: Duration,
    read_timeout: Duration,
    /// Of the network, which is not kept alive by its clients: its id and generation.
    network: Option<(u64, u64)>,
    client: reqwest::Client,
}

impl Kept {
    fn is_for(&self, settings: &TransportSettings) -> bool {
        self.connect_timeout == settings.connect_timeout
            && self.read_timeout == settings.read_timeout
            && self.network.map(|(id, _)| id) == settings.network.as_ref().map(Network::id)
    }

    /// Whether the network's files are still those that it was built with.
    fn is_current(&self, settings: &TransportSettings) -> bool {
        self.network.map(|(_, generation)| generation)
            == settings.network.as_ref().map(Network::generation)
    }
}

thread_local! {
    // A client shared between threads hands half its calls to another thread's connection.
    // A list: there are as few kinds of settings as a file names, and comparing beats hashing.
    static CLIENTS: RefCell<Vec<Kept>> = RefCell::default();
    // When the log last told of a host that cannot be reached: as many as configuration names.
    static TOLD: RefCell<Vec<(String, Instant)>> = RefCell::default();
}

/// The default transport. No redirects, no proxy but the network's, gzip, HTTP/1.1.
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
        let settings = &self.settings;
        CLIENTS.with_borrow_mut(|clients| {
            let place = clients.iter().position(|kept| kept.is_for(settings));
            let kept = place.and_then(|place| clients.get_mut(place));
            if let Some(kept) = &kept
                && kept.is_current(settings)
            {
                return Ok(kept.client.clone());
            }
            // Read first: should the files change meanwhile, another client is built next time.
            let network = settings.network.as_ref();
            let network = network.map(|network| (network.id(), network.generation()));
            let client = match (build(settings), &kept) {
                (Ok(client), _) => client,
                // Not for want of a new client is the old one worse.
                (Err(_), Some(kept)) => kept.client.clone(),
                (Err(error), None) => return Err(error),
            };
            let new = Kept {
                connect_timeout: settings.connect_timeout,
                read_timeout: settings.read_timeout,
                network,
                client: client.clone(),
            };
            match kept {
                // Requests under way end over the one before, whose idle connections close.
                Some(kept) => *kept = new,
                None => clients.push(new),
            }
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
    let mut builder = reqwest::Client::builder().no_proxy();
    if let Some(network) = &settings.network {
        builder = network.configure(builder);
    }
    builder
        .redirect(reqwest::redirect::Policy::none())
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
                tell(response.url(), &"the proxy refuses our name or password");
                return Err(TransportError::Connect);
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

/// The class of an error; its text is not used, since it quotes the URL.
fn classify(error: &reqwest::Error) -> TransportError {
    // Once there is a connection, TLS can still break; by then the request may have been seen.
    if error.is_connect() {
        tell_of(error);
        return if has_source::<rustls::Error>(error) {
            TransportError::Tls
        } else {
            TransportError::Connect
        };
    }
    if error.is_timeout() {
        return TransportError::Silent;
    }
    if refuses_certificate(error) {
        tell_of(error);
        return TransportError::Tls;
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
fn tell_of(error: &reqwest::Error) {
    let mut cause: &dyn Error = error;
    while let Some(inner) = inner_of(cause) {
        cause = inner;
    }
    if let Some(url) = error.url() {
        tell(url, &cause);
    }
}

fn tell(url: &url::Url, cause: &dyn Display) {
    let host = url.host_str().unwrap_or_default();
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
    if is_news {
        tracing::warn!(host, %cause, "no connection to a backend");
    }
}

/// Whether the other side ended the handshake because of our certificate, or for want of one. In TLS
/// 1.3 that comes after we could begin to send, and before it reads what we sent (RFC 8446 §4.4.2.4,
/// §6.2).
fn refuses_certificate(error: &reqwest::Error) -> bool {
    use AlertDescription as Alert;
    matches!(
        find_source(error),
        Some(rustls::Error::AlertReceived(
            Alert::CertificateRequired
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::DecryptError
                | Alert::AccessDenied
        ))
    )
}

fn has_source<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    find_source::<E>(error).is_some()
}

fn find_source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = inner_of(error);
    }
    None
}

/// What an error wraps. An `io::Error` passes over that when it is asked for its source, and rustls's
/// errors travel inside one.
fn inner_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    wrapped
        .map(|wrapped| -> &(dyn Error + 'static) { wrapped })
        .or_else(|| error.source())
}
