//! Tokens bound to a key over sockets: an authorization server and a backend that both check proofs
//! and both demand nonces (RFC 9449 §4.3, §8, §9).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{Method, StatusCode};
use orchestration::{Backends, Exchange, Outcome, Reading};
use serde_json::{Value, json};
use testkit::{Handler, Reply, Response, Server};
use token_provider::{NoObserver as NoTokenObserver, TokenProvider};
use tokio::runtime::Handle;

use super::transport;
use crate::fake::{FHIR, Proofs, definition, ended, exchange, expecting};
use crate::{Backend, BackendSet, Credential, NoObserver, Settings};

/// Gives tokens at `/token`, a resource or a Bundle below `/fhir`.
#[derive(Default)]
struct Strict {
    proofs: Proofs,
    /// What the latest token is bound to.
    key: Mutex<Value>,
}

#[async_trait]
impl Handler for Strict {
    async fn handle(&self, request: testkit::Request) -> Reply {
        let url = request.origin() + &request.path;
        let at_token = request.path == "/token";
        let nonce = if at_token { "as-1" } else { "rs-1" };
        let found = self
            .proofs
            .check(&request.method, &url, &request.headers, Some(nonce));
        let error = |status: StatusCode, error: &str| {
            Response::json(status, &json!({"error": error}))
                .with_header("WWW-Authenticate", format!(r#"DPoP error="{error}""#))
                .with_header("DPoP-Nonce", nonce)
        };
        let refusal = if at_token {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::UNAUTHORIZED
        };
        let key = match found {
            Ok(key) => key,
            Err("nonce") => return error(refusal, "use_dpop_nonce").into(),
            Err(fault) => return error(StatusCode::INTERNAL_SERVER_ERROR, fault).into(),
        };
        let body = if at_token {
            *self.key.lock().unwrap() = key;
            json!({"access_token": "MARKED-t", "token_type": "DPoP", "expires_in": 300})
        } else if *self.key.lock().unwrap() != key {
            return error(refusal, "invalid_token").into();
        } else if request.path.ends_with("/Patient/1") || request.method == Method::POST {
            json!({"resourceType": "Patient", "id": "1"})
        } else {
            let link = match request.query_value("page") {
                None => json!([{"relation": "next", "url": "?page=2"}]),
                Some(_) => json!([]),
            };
            json!({"resourceType": "Bundle", "type": "searchset", "link": link})
        };
        Response::json(StatusCode::OK, &body).into()
    }
}

fn backend(server: &Server, tokens: &TokenProvider) -> BackendSet {
    let mut definition = definition("hospital");
    definition.endpoint =
        token_provider::Endpoint::Token(format!("{}/token", server.url()).parse().unwrap());
    definition.dpop = true;
    let settings = Settings {
        credential: Credential::oauth2(tokens.source(definition)),
        url: format!("{}/fhir", server.url()).parse().unwrap(),
        ..crate::fake::settings(FHIR)
    };
    let backend = Backend::new(settings, Arc::new(transport()), Arc::new(NoObserver));
    BackendSet::new(vec![Arc::new(backend)])
}

fn call(method: Method, path: &str, reading: Reading) -> Exchange {
    let mut call = exchange(method, path);
    call.request.query = "a=b".to_owned();
    expecting(&mut call, |expect| expect.reading = reading);
    call
}

#[tokio::test]
async fn a_strict_server_takes_reads_writes_and_pages_and_sees_no_proof_twice() {
    let server = Server::start(0, Arc::new(Strict::default())).unwrap();
    let transport = Arc::new(token_provider::ReqwestTransport::new().unwrap());
    let tokens = TokenProvider::new(transport, Handle::current(), Arc::new(NoTokenObserver));
    let backends = backend(&server, &tokens);
    let pages = Reading::Pages {
        searched: "Observation".to_owned(),
        pages: 5,
        entries: 100,
    };
    for (method, path, reading) in [
        (Method::POST, "/Patient", Reading::Json),
        (Method::GET, "/Patient/1", Reading::Json),
        (Method::GET, "/Observation", pages),
        (Method::POST, "/Patient", Reading::Json),
    ] {
        let outcome: Outcome = backends.send(call(method, path, reading)).await;
        assert_eq!(ended(&outcome), ("ok", None, Some(200)), "{outcome:?}");
    }
    // Each server's nonce is asked for once: a request more at either.
    assert_eq!(server.count("/token"), 2);
    let calls = server.requests().len() - 2;
    assert_eq!(calls, 1 + 1 + 1 + 2 + 1);
}
