//! The transport over reqwest. Whatever the caller configures, redirects are not followed: a
//! followed one would carry the client's secret to another host.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use network::ConnectionFault;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use rustls::crypto::aws_lc_rs;
use secrecy::ExposeSecret;

use super::{
    BODY_LIMIT, MetadataRequest, TokenRequest, TokenResponse, TokenTransport, TransportError,
};

/// Sends token requests with a reqwest client of its own.
#[derive(Clone)]
pub struct ReqwestTransport(Arc<Inner>);

struct Inner {
    client: ArcSwap<Built>,
    reload: Option<Reload>,
}

struct Built {
    client: Client,
    generation: u64,
}

/// When to build another client, and how.
struct Reload {
    generation: Box<dyn Fn() -> u64 + Send + Sync>,
    configure: Box<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>,
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own shows what it was configured with, a proxy's password among it.
        formatter.write_str("ReqwestTransport")
    }
}

/// The HTTP client cannot be built: its certificates, identity or proxy cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for token requests cannot be built")]
pub struct TransportBuildError(#[source] reqwest::Error);

impl ReqwestTransport {
    /// A client that uses the platform's certificates and no proxy, whatever the environment says.
    ///
    /// Installs rustls' aws-lc-rs provider for the process when there is none yet.
    ///
    /// # Errors
    /// When the platform's certificates cannot be read.
    pub fn new() -> Result<Self, TransportBuildError> {
        Self::configured(|builder| builder)
    }

    /// As [`Self::new`], with a proxy, certificates, an identity or the like set by `configure`.
    /// Redirects and decompression stay off.
    ///
    /// # Errors
    /// When what `configure` set cannot be used.
    pub fn configured(
        configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, TransportBuildError> {
        let client = build(configure)?;
        Ok(Self::over(client, 0, None))
    }

    /// As [`Self::configured`], with a new client whenever `generation` answers another number than
    /// before: when the file of a certificate has changed, for instance. It is asked before each
    /// request and should cost next to nothing. Requests under way end over the client that they
    /// began with; when a new one cannot be built, the one before is used on.
    ///
    /// # Errors
    /// When what `configure` set cannot be used at first.
    pub fn reloading(
        generation: impl Fn() -> u64 + Send + Sync + 'static,
        configure: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, TransportBuildError> {
        let before = generation();
        let client = build(&configure)?;
        let reload = Reload {
            generation: Box::new(generation),
            configure: Box::new(configure),
        };
        Ok(Self::over(client, before, Some(reload)))
    }

    fn over(client: Client, generation: u64, reload: Option<Reload>) -> Self {
        let client = ArcSwap::from_pointee(Built { client, generation });
        Self(Arc::new(Inner { client, reload }))
    }

    fn client(&self) -> Client {
        let current = self.0.client.load();
        let Some(reload) = &self.0.reload else {
            return current.client.clone();
        };
        let generation = (reload.generation)();
        if current.generation == generation {
            return current.client.clone();
        }
        let client = build(&reload.configure).unwrap_or_else(|error| {
            tracing::error!(%error, "the HTTP client before is used on");
            current.client.clone()
        });
        self.0.client.store(Arc::new(Built {
            client: client.clone(),
            generation,
        }));
        client
    }
}

/// Proxies are cleared before `configure` and all else is set after it: it can add the one and cannot
/// undo the other.
fn build(
    configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, TransportBuildError> {
    // An error means that the process has chosen a provider already, which is as good.
    aws_lc_rs::default_provider().install_default().ok();
    configure(Client::builder().no_proxy())
        .redirect(Policy::none())
        .no_gzip()
        .referer(false)
        .build()
        .map_err(TransportBuildError)
}

#[async_trait]
impl TokenTransport for ReqwestTransport {
    async fn post(&self, request: TokenRequest) -> Result<TokenResponse, TransportError> {
        let builder = self
            .client()
            .post(request.url)
            .headers(request.headers)
            // The client frees the body it is given; the secret's own copy is wiped.
            .body(request.body.expose_secret().to_owned())
            .timeout(request.timeout);
        exchange(builder).await
    }

    async fn get(&self, request: MetadataRequest) -> Result<TokenResponse, TransportError> {
        let builder = self
            .client()
            .get(request.url)
            .headers(request.headers)
            .timeout(request.timeout);
        exchange(builder).await
    }
}

async fn exchange(request: RequestBuilder) -> Result<TokenResponse, TransportError> {
    let response = request.send().await.map_err(|error| classify(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    // A proxy's own words, which has passed nothing on; no server's (RFC 9110 §15.5.8).
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Err(TransportError::Connection(ConnectionFault::ProxyRefuses));
    }
    let body = read(response).await?;
    Ok(TokenResponse {
        status,
        headers,
        body,
    })
}

async fn read(mut response: Response) -> Result<Bytes, TransportError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(TransportError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What an error means, by its causes. Their text quotes the URL and is not kept.
fn classify(error: &reqwest::Error) -> TransportError {
    match ConnectionFault::of(error) {
        Some(fault) => TransportError::Connection(fault),
        None if error.is_timeout() => TransportError::Timeout,
        None => TransportError::Interrupted,
    }
}
