//! What a token costs: `cargo run --release -p token-provider --example hit`.
//!
//! Fails when a hit allocates, or when those who wait for an expired token make more than one request.

use std::error::Error;
use std::hint::black_box;
use std::io::{Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use token_provider::{
    ClientAuthentication, ConnectionFault, Definition, MetadataRequest, NoObserver, TokenProvider,
    TokenRequest, TokenResponse, TokenSource, TokenTransport, TransportError,
};
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, sleep};

const HITS: u32 = 5_000_000;
const WAITERS: usize = 1_000;
/// How long the token server takes.
const LATENCY: Duration = Duration::from_millis(50);

/// Tokens of two seconds, which is about the shortest life that is cached.
#[derive(Default)]
struct Short(AtomicUsize);

#[async_trait]
impl TokenTransport for Short {
    async fn post(&self, _: TokenRequest) -> Result<TokenResponse, TransportError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        sleep(LATENCY).await;
        Ok(answer(2))
    }

    async fn get(&self, _: MetadataRequest) -> Result<TokenResponse, TransportError> {
        Err(TransportError::Connection(ConnectionFault::Other))
    }
}

struct Long;

#[async_trait]
impl TokenTransport for Long {
    async fn post(&self, _: TokenRequest) -> Result<TokenResponse, TransportError> {
        Ok(answer(3600))
    }

    async fn get(&self, _: MetadataRequest) -> Result<TokenResponse, TransportError> {
        Err(TransportError::Connection(ConnectionFault::Other))
    }
}

fn answer(life: u64) -> TokenResponse {
    TokenResponse {
        status: http::StatusCode::OK,
        headers: http::HeaderMap::new(),
        body: format!(r#"{{"access_token":"t","expires_in":{life}}}"#).into(),
    }
}

fn source(transport: Arc<dyn TokenTransport>) -> Result<TokenSource, Box<dyn Error>> {
    let provider = TokenProvider::new(transport, Handle::current(), Arc::new(NoObserver));
    let client = ClientAuthentication::None {
        client_id: "id".into(),
    };
    let url = "https://sso.example/token".parse()?;
    Ok(provider.source(Definition::new("example", url, client)))
}

/// Hits on a fresh token.
async fn hits() -> Result<(), Box<dyn Error>> {
    let source = source(Arc::new(Long))?;
    let deadline = Instant::now() + Duration::from_mins(1);
    source.token(deadline).await?;

    let counted = allocation_counter::measure(|| drop(black_box(source.cached())));
    let start = Instant::now();
    for _ in 0..HITS {
        black_box(source.cached());
    }
    let cached = start.elapsed() / HITS;
    let start = Instant::now();
    for _ in 0..HITS {
        black_box(source.token(deadline).await?);
    }
    let awaited = start.elapsed() / HITS;
    let allocations = counted.count_total;
    writeln!(
        stdout(),
        "a hit: cached() {cached:?}, token() {awaited:?}, {allocations} allocations"
    )?;
    if allocations == 0 {
        Ok(())
    } else {
        Err("a hit allocates".into())
    }
}

/// Many callers at once on a token that has expired.
async fn waiters() -> Result<(), Box<dyn Error>> {
    let transport = Arc::new(Short::default());
    let source = source(Arc::clone(&transport) as _)?;
    let deadline = Instant::now() + Duration::from_mins(1);
    source.token(deadline).await?;
    sleep(Duration::from_millis(2100)).await;
    let before = transport.0.load(Ordering::SeqCst);
    let start = Instant::now();
    for token in join_all((0..WAITERS).map(|_| source.token(deadline))).await {
        token?;
    }
    let (took, requests) = (start.elapsed(), transport.0.load(Ordering::SeqCst) - before);
    writeln!(
        stdout(),
        "{WAITERS} callers on an expired token: {requests} token request, all served in {took:?} of which {LATENCY:?} is the server's"
    )?;
    if requests == 1 {
        Ok(())
    } else {
        Err("more than one request".into())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(hits())?;
    runtime.block_on(waiters())
}
