//! Content encodings.
#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use orchestration::Effect;
use testkit::{Response, Server};

use super::{fetch, get, raw, server, transport};
use crate::transport::{Request, Transport, TransportError};

const BODY: &str = r#"{"a":1.00,"b":"Łódź"}"#;

fn gzipped() -> Response {
    Response::new(StatusCode::OK, "application/json", BODY).gzip()
}

fn with_body(body: impl Into<Bytes>) -> Server {
    server(Response {
        body: body.into(),
        ..gzipped()
    })
}

#[tokio::test]
async fn f4_gzip_is_asked_for_and_taken_off() {
    let server = server(gzipped());
    assert_eq!(fetch(get(&server.url())).await, Ok((200, BODY.to_owned())));
    let requests = server.requests();
    assert_eq!(
        requests.first().unwrap().header("accept-encoding"),
        Some("gzip")
    );
}

#[tokio::test]
async fn f4_gzip_is_taken_off_when_nobody_asked_for_it() {
    let server = server(gzipped());
    let identity = HeaderValue::from_static("identity");
    let request = Request {
        headers: HeaderMap::from_iter([(ACCEPT_ENCODING, identity)]),
        ..get(&server.url())
    };
    assert_eq!(fetch(request).await, Ok((200, BODY.to_owned())));
}

#[tokio::test]
async fn the_length_of_the_encoded_body_is_not_taken_for_the_body_s() {
    let server = server(gzipped());
    let response = transport().send(get(&server.url())).await.unwrap();
    assert_eq!(response.headers.get("content-length"), None);
    assert_eq!(response.headers.get("content-encoding"), None);
}

#[tokio::test]
async fn gzip_that_is_broken_or_ends_early_is_told_from_a_broken_connection() {
    let whole = gzipped().body;
    let mut spoilt = whole.to_vec();
    let checksum = spoilt.len() - 8;
    spoilt
        .iter_mut()
        .skip(checksum)
        .for_each(|byte| *byte ^= 0x55);
    for body in [
        Bytes::from_static(b"{\"a\":1}"),
        whole.slice(..whole.len() / 2),
        whole.slice(..whole.len() - 3),
        spoilt.into(),
    ] {
        let server = with_body(body);
        assert_eq!(
            fetch(get(&server.url())).await,
            Err(TransportError::Encoding)
        );
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 500\r\n\r\n";
    let server = raw([head.as_bytes(), &whole.slice(..10)].concat());
    assert_eq!(fetch(get(&server.url())).await, Err(TransportError::Reset));
}

#[tokio::test]
async fn an_empty_body_labelled_gzip_is_an_empty_body() {
    for status in [StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT] {
        let empty = Response::empty(status).with_header("Content-Encoding", "gzip");
        let server = server(empty);
        let request = Request {
            method: Method::POST,
            body: Some(Bytes::from_static(b"{}")),
            ..get(&server.url())
        };
        let response = transport().send(request).await.unwrap();
        let read = crate::read::read_json(response, Effect::Write, 100).await;
        assert_eq!(read.unwrap().bytes(), "null", "{status}");
    }
}

#[tokio::test]
async fn f4_the_cap_counts_decoded_bytes() {
    let bomb = format!("\"{}\"", "x".repeat(1024 * 1024));
    let server = server(Response::new(StatusCode::OK, "application/json", bomb).gzip());
    let response = transport().send(get(&server.url())).await.unwrap();
    let fault = crate::read::read_json(response, Effect::Read, 64 * 1024)
        .await
        .unwrap_err();
    assert_eq!(fault.failure.code.as_str(), "upstream_too_large");
}
