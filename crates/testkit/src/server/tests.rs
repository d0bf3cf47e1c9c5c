//! The server as a client sees it: keep-alive, bodies, caps, log, disconnects, doors.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Handler, Server};
use crate::fault::Fault;
use crate::reply::{Reply, Response, Step};
use crate::request::Request;
use crate::test_client::{exchange, get, send};

/// Answers with the body it got, or as the path says.
struct Parrot;

#[async_trait::async_trait]
impl Handler for Parrot {
    async fn handle(&self, request: Request) -> Reply {
        match request.path.as_str() {
            "/hang" => Reply::Script(vec![Step::Hang]),
            "/gzip" => Response::new(StatusCode::OK, "text/plain", "echo".repeat(50))
                .gzip()
                .into(),
            "/gone" => Response::empty(StatusCode::NO_CONTENT).into(),
            _ => Response::new(StatusCode::OK, "text/plain", request.body).into(),
        }
    }
}

fn parrot() -> Server {
    Server::start(0, Arc::new(Parrot)).unwrap()
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let server = parrot();
    let requests = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\none\
        POST /b HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntwo";
    let seen = exchange(server.address(), requests).await;
    let text = String::from_utf8(seen.bytes).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2);
    assert!(text.contains("\r\n\r\noneHTTP") && text.ends_with("\r\n\r\ntwo"));
    assert_eq!((server.connections(), server.disconnects()), (1, 0));
}

#[tokio::test]
async fn a_chunked_body_is_put_together_and_its_trailers_dropped() {
    let server = parrot();
    let request = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
        4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: t\r\n\r\n";
    let seen = exchange(server.address(), request).await;
    assert_eq!(seen.text(), "Wikipedia");
}

#[tokio::test]
async fn a_client_that_expects_100_continue_gets_it() {
    let server = parrot();
    let seen = send(&server, "POST /", &[("Expect", "100-continue")], "body").await;
    let text = String::from_utf8(seen.bytes).unwrap();
    assert!(text.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn requests_over_a_cap_are_refused_by_status() {
    let server = parrot();
    let large = b"POST / HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n";
    assert_eq!(exchange(server.address(), large).await.status(), 413);
    let chunk = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1000001\r\n";
    assert_eq!(exchange(server.address(), chunk).await.status(), 413);
    let words = b"this is not HTTP\r\n\r\n";
    assert_eq!(exchange(server.address(), words).await.status(), 400);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn the_log_keeps_the_whole_request_and_debug_shows_no_value() {
    let server = parrot();
    let headers = [("X-Secret", "one"), ("X-Secret", "two")];
    send(&server, "PUT /a%2Fb/c?q=%C5%81+x&q=2&e", &headers, "hidden").await;
    let requests = server.requests();
    let request = requests.first().unwrap();
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("PUT", "/a%2Fb/c")
    );
    assert_eq!(request.segments(), ["a/b", "c"]);
    assert_eq!(request.raw_query, "q=%C5%81+x&q=2&e");
    assert_eq!(request.query_value("q"), Some("Ł x"));
    assert_eq!(request.headers.get_all("x-secret").iter().count(), 2);
    assert_eq!(request.body, Bytes::from_static(b"hidden"));
    let shown = format!("{request:?}");
    assert!(shown.contains("x-secret") && !shown.contains("one") && !shown.contains("hidden"));
    assert_eq!(server.count("/a%2Fb/c"), 1);
    server.clear();
    assert_eq!(server.count("/a%2Fb/c"), 0);
}

#[tokio::test]
async fn a_gzip_answer_decodes_and_a_204_has_no_length() {
    let server = parrot();
    let seen = get(&server, "/gzip", "").await;
    assert_eq!(seen.header("content-encoding").as_deref(), Some("gzip"));
    let mut decoded = String::new();
    GzDecoder::new(seen.body())
        .read_to_string(&mut decoded)
        .unwrap();
    assert_eq!(decoded, "echo".repeat(50));
    assert_eq!(
        get(&server, "/gone", "").await.header("content-length"),
        None
    );
}

#[tokio::test]
async fn a_head_request_gets_the_head_only() {
    let server = parrot();
    let seen = send(&server, "HEAD /gzip", &[], "").await;
    assert_eq!((seen.status(), seen.body().len()), (200, 0));
}

#[tokio::test]
async fn a_client_that_leaves_before_its_answer_is_counted() {
    let server = parrot();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream
        .write_all(b"GET /hang HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    while server.count("/hang") == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    while server.disconnects() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.disconnects(), 1);
}

#[tokio::test]
async fn a_refused_port_closes_old_connections_and_opens_again_as_the_same() {
    let server = parrot();
    let mut kept = TcpStream::connect(server.address()).await.unwrap();
    kept.write_all(b"GET /first HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    assert!(kept.read_u8().await.is_ok());
    for _ in 0..2 {
        server.fault(Some(Fault::Refused)).await.unwrap();
        let refused = TcpStream::connect(server.address()).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    let mut rest = Vec::new();
    // Closed either way: what matters is that it ends.
    let _ = kept.read_to_end(&mut rest).await;
    server.fault(None).await.unwrap();
    assert_eq!(get(&server, "/", "").await.status(), 200);
}

#[tokio::test]
async fn a_stopped_server_has_closed_its_port_and_connections() {
    let server = parrot();
    let address = server.address();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /hang HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    while server.count("/hang") == 0 {
        tokio::task::yield_now().await;
    }
    server.shutdown().await;
    assert!(TcpStream::connect(address).await.is_err());
    assert!(matches!(stream.read(&mut [0; 8]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_it() {
    let server = parrot();
    let port = server.address().port();
    let error = Server::start(port, Arc::new(Parrot)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on 127.0.0.1:{port}")
    );
}
