//! A cached token costs no allocation.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use token_provider::{
    ClientAuthentication, ConnectionFault, Definition, EncryptionKey, Entry, Holder,
    MetadataRequest, NoObserver, StoreError, StoreKey, TokenProvider, TokenRequest, TokenResponse,
    TokenStore, TokenTransport, TransportError,
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
        Err(TransportError::Connection(ConnectionFault::Other))
    }
}

/// A store that nobody needs.
struct Nowhere;

#[async_trait]
impl TokenStore for Nowhere {
    async fn read(&self, _: &StoreKey) -> Result<Option<Bytes>, StoreError> {
        Ok(None)
    }

    async fn replace(
        &self,
        _: &StoreKey,
        _: Option<&Bytes>,
        _: Option<Entry>,
    ) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn lease(&self, _: &StoreKey, _: &Holder, _: Duration) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn release(&self, _: &StoreKey, _: &Holder) -> Result<(), StoreError> {
        Ok(())
    }
}

fn provider() -> TokenProvider {
    TokenProvider::new(Arc::new(Always), Handle::current(), Arc::new(NoObserver))
}

#[tokio::test]
async fn a07_a_hit_allocates_nothing() {
    allocates_nothing(&provider()).await;
}

#[tokio::test]
async fn a07_nor_does_a_hit_on_a_token_that_replicas_share() {
    let key = EncryptionKey::parse(&"0a1b".repeat(16).into()).unwrap();
    allocates_nothing(&provider().sharing(Arc::new(Nowhere), &key).unwrap()).await;
}

async fn allocates_nothing(provider: &TokenProvider) {
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
