//! A cached token costs no allocation.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use token_provider::{
    ClientAuthentication, Definition, MetadataRequest, NoObserver, TokenProvider, TokenRequest,
    TokenResponse, TokenTransport, TransportError,
};
use tokio::runtime::Handle;
use tokio::time::Instant;

struct Always;

#[async_trait]
impl TokenTransport for Always {
    async fn post(&self, _: TokenRequest) -> Result<TokenResponse, TransportError> {
        let body = br#"{"access_token":"t","expires_in":3600}"#;
        Ok(TokenResponse {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: body[..].into(),
        })
    }

    async fn get(&self, _: MetadataRequest) -> Result<TokenResponse, TransportError> {
        Err(TransportError::Connect)
    }
}

#[tokio::test]
async fn a07_a_hit_allocates_nothing() {
    let provider = TokenProvider::new(Arc::new(Always), Handle::current(), Arc::new(NoObserver));
    let client = ClientAuthentication::None {
        client_id: "id".into(),
    };
    let source = provider.source(Definition::new(
        "ehr",
        "https://sso.example/token".parse().unwrap(),
        client,
    ));
    let deadline = Instant::now() + Duration::from_secs(20);
    source.token(deadline).await.unwrap();

    let cached = allocation_counter::measure(|| {
        for _ in 0..1000 {
            assert!(source.cached().is_some());
        }
    });
    assert_eq!(cached.count_total, 0);

    let mut context = Context::from_waker(Waker::noop());
    let awaited = allocation_counter::measure(|| {
        for _ in 0..1000 {
            let ready = matches!(
                pin!(source.token(deadline)).poll(&mut context),
                Poll::Ready(Ok(_))
            );
            assert!(ready);
        }
    });
    assert_eq!(awaited.count_total, 0);
}
