//! An authorization server that answers from a script.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use token_provider::{
    ClientAuthentication, ConnectionFault, Definition, MetadataRequest, TokenProvider,
    TokenRequest, TokenResponse, TokenTransport,
};
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::Credential;

/// What the authorization server answers.
pub(crate) struct TokenAnswer {
    pub(crate) after: Duration,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// The token `t<number>`, which lives for an hour.
pub(crate) fn token(number: usize) -> TokenAnswer {
    refusal(
        200,
        &format!(r#"{{"access_token":"t{number}","expires_in":3600}}"#),
    )
}

pub(crate) fn refusal(status: u16, body: &str) -> TokenAnswer {
    TokenAnswer {
        after: Duration::ZERO,
        status,
        headers: HeaderMap::new(),
        body: body.to_owned(),
    }
}

type TokenScript = dyn Fn(usize) -> TokenAnswer + Send + Sync;

/// An authorization server that answers the n-th request, counted from 1, by its script.
#[derive(Clone)]
pub(crate) struct Tokens {
    script: Arc<TokenScript>,
    fetches: Arc<Mutex<usize>>,
}

impl Tokens {
    /// One that issues `t1`, `t2`, and so on.
    pub(crate) fn willing() -> Self {
        Self::new(token)
    }

    /// As [`Self::willing`], the tokens bound to the key of whoever asks.
    pub(crate) fn binding() -> Self {
        Self::new(|number| {
            let body =
                format!(r#"{{"access_token":"t{number}","token_type":"DPoP","expires_in":3600}}"#);
            refusal(200, &body)
        })
    }

    pub(crate) fn new(script: impl Fn(usize) -> TokenAnswer + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            fetches: Arc::default(),
        }
    }

    pub(crate) fn fetches(&self) -> usize {
        *self.fetches.lock().unwrap()
    }

    /// A provider over this server. Its credentials of one name share their tokens.
    pub(crate) fn provider(&self) -> TokenProvider {
        TokenProvider::new(
            Arc::new(self.clone()),
            Handle::current(),
            Arc::new(token_provider::NoObserver),
        )
    }

    /// A credential of its own over this server.
    pub(crate) fn credential(&self) -> Credential {
        credential(&self.provider())
    }
}

/// The credential `hospital` of `provider`.
pub(crate) fn credential(provider: &TokenProvider) -> Credential {
    Credential::oauth2(provider.source(definition("hospital")))
}

/// As [`Tokens::credential`], with tokens bound to a key.
pub(crate) fn bound(tokens: &Tokens) -> Credential {
    let mut definition = definition("hospital");
    definition.dpop = true;
    Credential::oauth2(tokens.provider().source(definition))
}

/// A credential at the scripted server.
pub(crate) fn definition(name: &str) -> Definition {
    let client = ClientAuthentication::SecretPost {
        client_id: "manifold".into(),
        client_secret: "MARKED-client-secret".into(),
    };
    Definition::new(name, "https://sso.example/token".parse().unwrap(), client)
}

#[async_trait]
impl TokenTransport for Tokens {
    async fn post(&self, _: TokenRequest) -> Result<TokenResponse, token_provider::TransportError> {
        let number = {
            let mut fetches = self.fetches.lock().unwrap();
            *fetches += 1;
            *fetches
        };
        let answer = (self.script)(number);
        sleep(answer.after).await;
        Ok(TokenResponse {
            status: StatusCode::from_u16(answer.status).unwrap(),
            headers: answer.headers,
            body: answer.body.into(),
        })
    }

    /// The scripted server publishes nothing of itself.
    async fn get(
        &self,
        _: MetadataRequest,
    ) -> Result<TokenResponse, token_provider::TransportError> {
        Err(token_provider::TransportError::Connection(
            ConnectionFault::Other,
        ))
    }
}
