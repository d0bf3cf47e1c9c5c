//! The transport over sockets on loopback.
#![expect(clippy::unwrap_used, reason = "tests")]

mod certificates;
mod clients;
mod connections;
mod dpop;
mod encodings;
mod proxy;
mod secrets;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use http::{HeaderMap, Method, StatusCode};
use network::{ConnectionFault, Network, Networks};
use serde_json::json;
use testkit::{Handler, Reply, Server, Step};

use super::{Request, ReqwestTransport, Transport, TransportError, TransportSettings};

/// Answers every request alike.
struct Always(Reply);

#[async_trait]
impl Handler for Always {
    async fn handle(&self, _: testkit::Request) -> Reply {
        self.0.clone()
    }
}

fn server(reply: impl Into<Reply>) -> Server {
    Server::start(0, Arc::new(Always(reply.into()))).unwrap()
}

/// A server that sends these bytes, then closes.
fn raw(bytes: impl Into<Bytes>) -> Server {
    server(Reply::Script(vec![Step::Send(bytes.into()), Step::Close]))
}

fn fine() -> testkit::Response {
    testkit::Response::json(StatusCode::OK, &json!({}))
}

/// Whether it is the answer of [`fine`].
fn is_fine(answer: &Result<(u16, String), TransportError>) -> bool {
    matches!(answer, Ok((200, body)) if body == "{}")
}

/// What [`fetch`] says where there was no connection.
fn unconnected<T>(fault: ConnectionFault) -> Result<T, TransportError> {
    let error = TransportError::Connection(fault);
    // Not seen: a write, too, may be sent again.
    assert!(error.before_sending());
    Err(error)
}

fn transport() -> ReqwestTransport {
    over(None)
}

fn over(network: Option<Network>) -> ReqwestTransport {
    ReqwestTransport::new(TransportSettings {
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(5),
        network,
    })
}

fn open(settings: &network::Settings) -> Network {
    Networks::default().open(settings).unwrap()
}

fn get(url: &str) -> Request {
    Request {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: None,
    }
}

/// The status and the whole body, or what went wrong with either.
async fn fetch(request: Request) -> Result<(u16, String), TransportError> {
    fetch_over(&transport(), request).await
}

async fn fetch_over(
    transport: &ReqwestTransport,
    request: Request,
) -> Result<(u16, String), TransportError> {
    let response = transport.send(request).await?;
    let chunks: Vec<Bytes> = response.body.try_collect().await?;
    let body = String::from_utf8(chunks.concat()).unwrap();
    Ok((response.status.as_u16(), body))
}
