//! How long a cached token takes: `cargo run --release -p token-provider --example hit`.

use std::error::Error;
use std::hint::black_box;
use std::io::{Write, stdout};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use token_provider::{
    ClientAuthentication, Definition, MetadataRequest, NoObserver, TokenProvider, TokenRequest,
    TokenResponse, TokenTransport, TransportError,
};
use tokio::runtime::{Builder, Handle};
use tokio::time::Instant;

struct Always;

#[async_trait]
impl TokenTransport for Always {
    async fn post(&self, _: TokenRequest) -> Result<TokenResponse, TransportError> {
        let body = br#"{"access_token":"t","expires_in":3600}"#.as_slice();
        Ok(TokenResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: body.into(),
        })
    }

    async fn get(&self, _: MetadataRequest) -> Result<TokenResponse, TransportError> {
        Err(TransportError::Connect)
    }
}

const HITS: u32 = 5_000_000;

async fn measure() -> Result<(), Box<dyn Error>> {
    let provider = TokenProvider::new(Arc::new(Always), Handle::current(), Arc::new(NoObserver));
    let client = ClientAuthentication::None {
        client_id: "id".into(),
    };
    let source = provider.source(Definition::new(
        "example",
        "https://sso.example/token".parse()?,
        client,
    ));
    let deadline = Instant::now() + Duration::from_mins(1);
    source.token(deadline).await?;

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
    writeln!(
        stdout(),
        "cached(): {cached:?} a hit; token(): {awaited:?} a hit"
    )?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure())
}
