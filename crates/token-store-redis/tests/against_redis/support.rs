//! Stores with names of their own, a token server without sockets, and a line that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use token_provider::{
    ConnectionFault, EncryptionKey, Entry, Holder, MetadataRequest, StoreKey, TokenRequest,
    TokenResponse, TokenTransport, TransportError,
};
use token_store_redis::{RedisStore, Settings};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

pub(crate) fn url() -> Url {
    let url = std::env::var("REDIS_URL")
        .expect("set REDIS_URL to a Redis server, for example redis://127.0.0.1:6379");
    url.parse().unwrap()
}

pub(crate) fn prefix(test: &str) -> String {
    format!("test-{}-{test}", std::process::id())
}

pub(crate) fn name(test: &str, kind: &str, key: &StoreKey) -> String {
    format!("{}:{kind}:{key}", prefix(test))
}

pub(crate) fn settings(test: &str) -> Settings {
    let mut settings = Settings::new(url());
    settings.prefix = prefix(test);
    settings
}

pub(crate) fn store(test: &str) -> RedisStore {
    RedisStore::new(&settings(test)).unwrap()
}

pub(crate) fn store_as(test: &str, username: &str, password: &str) -> RedisStore {
    let mut settings = settings(test);
    settings.username = Some(username.to_owned());
    settings.password = Some(password.into());
    RedisStore::new(&settings).unwrap()
}

/// A command of the operator's.
pub(crate) async fn admin(command: &[&str]) {
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut sent = redis::Cmd::new();
    sent.arg(command);
    let _: redis::Value = sent.query_async(&mut connection).await.unwrap();
}

pub(crate) fn holder(name: &str) -> Holder {
    Holder::new(name.to_owned())
}

pub(crate) fn entry(text: &str) -> Entry {
    Entry {
        sealed: Bytes::copy_from_slice(text.as_bytes()),
        life: Duration::from_mins(1),
    }
}

pub(crate) fn key() -> EncryptionKey {
    EncryptionKey::parse(&"0a1b".repeat(16).into()).unwrap()
}

/// Gives the n-th caller, over all processes, the token `t<n>` for an hour, after a while.
#[derive(Default)]
pub(crate) struct Server {
    calls: AtomicUsize,
}

impl Server {
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenTransport for Server {
    async fn post(&self, _: TokenRequest) -> Result<TokenResponse, TransportError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let body = format!(r#"{{"access_token":"t{number}","expires_in":3600}}"#);
        Ok(TokenResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: body.into(),
        })
    }

    async fn get(&self, _: MetadataRequest) -> Result<TokenResponse, TransportError> {
        Err(TransportError::Connection(ConnectionFault::Other))
    }
}

/// What a line to the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Whole,
    /// Connections end and no new one is taken up.
    Cut,
    /// Connections stay, and nothing gets through.
    Silent,
}

/// A line to the server that can be cut; also its address.
pub(crate) async fn line() -> (Arc<watch::Sender<Line>>, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut near = url();
    let far = (
        near.host_str().unwrap().to_owned(),
        near.port().unwrap_or(6379),
    );
    near.set_host(Some("127.0.0.1")).unwrap();
    near.set_port(Some(listener.local_addr().unwrap().port()))
        .unwrap();
    let state = Arc::new(watch::Sender::new(Line::Whole));
    let watched = Arc::clone(&state);
    tokio::spawn(async move {
        loop {
            let (inner, _) = listener.accept().await.unwrap();
            tokio::spawn(forward(inner, far.clone(), watched.subscribe()));
        }
    });
    (state, near)
}

async fn forward(mut inner: TcpStream, far: (String, u16), mut state: watch::Receiver<Line>) {
    while *state.borrow_and_update() == Line::Silent {
        state.changed().await.unwrap();
    }
    if *state.borrow() == Line::Cut {
        return;
    }
    let mut outer = TcpStream::connect(far).await.unwrap();
    loop {
        tokio::select! {
            _ = copy_bidirectional(&mut inner, &mut outer) => return,
            changed = state.changed() => changed.unwrap(),
        }
        let now = *state.borrow_and_update();
        match now {
            Line::Whole => {}
            Line::Cut => return,
            Line::Silent => {
                state.changed().await.unwrap();
                return;
            }
        }
    }
}
