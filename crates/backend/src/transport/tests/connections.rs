//! Connections: made, kept, refused, broken.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::{Method, StatusCode};
use network::ConnectionFault;
use testkit::{Fault, Reply, Response, Step};
use tokio::net::TcpSocket;

use super::{fetch, fetch_over, fine, get, raw, server, transport, unconnected};
use crate::transport::{Request, ReqwestTransport, Transport, TransportError, TransportSettings};

#[tokio::test]
async fn one_connection_serves_one_request_after_another() {
    let (server, transport) = (server(fine()), transport());
    for _ in 0..5 {
        let answer = fetch_over(&transport, get(&server.url())).await;
        assert_eq!(answer, Ok((200, "{}".to_owned())));
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 5));
}

#[tokio::test]
async fn a_connection_that_is_not_to_be_had_is_told_apart() {
    // Bound, so that nobody else takes the port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let refusing = format!("http://{}/", socket.local_addr().unwrap());
    for (url, fault) in [
        (refusing.as_str(), ConnectionFault::Refused),
        ("http://host.invalid/", ConnectionFault::Unresolved),
    ] {
        assert_eq!(fetch(get(url)).await, unconnected(fault), "{url}");
    }
}

#[tokio::test]
async fn a_connection_that_the_backend_closes_after_an_answer_is_not_used_again() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let (server, transport) = (raw(head), transport());
    for _ in 0..200 {
        let answer = fetch_over(&transport, get(&server.url())).await;
        assert_eq!(answer, Ok((200, "{}".to_owned())));
    }
}

#[tokio::test]
async fn a_reset_before_or_within_the_answer_is_a_reset() {
    for fault in [Fault::Reset, Fault::ResetBody, Fault::Truncated] {
        let server = server(fine());
        server.fault(Some(fault)).await.unwrap();
        let answer = fetch(get(&server.url())).await;
        assert_eq!(answer, Err(TransportError::Reset), "{fault:?}");
        // The request may have been seen, and is not repeated.
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_reset() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: twelve\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
    ] {
        let server = raw(bytes);
        let answer = fetch(get(&server.url())).await;
        assert_eq!(answer, Err(TransportError::Reset), "{bytes}");
    }
}

#[tokio::test]
async fn silence_is_cut_by_the_read_timeout_and_counts_as_seen() {
    let transport = ReqwestTransport::new(TransportSettings {
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_millis(50),
        network: None,
    });
    let server = server(Reply::Script(vec![Step::Hang]));
    let error = transport.send(get(&server.url())).await.err();
    assert_eq!(error, Some(TransportError::Silent));
    assert!(!TransportError::Silent.before_sending());

    let begun = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
    let server = super::server(Reply::Script(vec![Step::Send(begun.into()), Step::Hang]));
    let response = transport.send(get(&server.url())).await.unwrap();
    // Bounded: a body that never ends must fail the test, not fill the memory.
    let chunks: Vec<_> = response.body.take(5).collect().await;
    let brace = Ok(Bytes::from_static(b"{"));
    assert_eq!(chunks, [brace, Err(TransportError::Silent)]);
}

#[tokio::test]
async fn b11_a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = server(fine());
    for status in [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::TEMPORARY_REDIRECT,
    ] {
        let server = server(Response::empty(status).with_header("Location", elsewhere.url()));
        assert_eq!(
            fetch(get(&server.url())).await,
            Ok((status.as_u16(), String::new()))
        );
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn b18_an_empty_body_has_a_length_on_the_wire_and_no_body_has_none() {
    for (method, body, length) in [
        (Method::POST, Some(Bytes::new()), Some("0")),
        (Method::PUT, Some(Bytes::new()), Some("0")),
        (Method::PATCH, Some(Bytes::new()), Some("0")),
        (Method::POST, Some(Bytes::from_static(b"{}")), Some("2")),
        (Method::GET, None, None),
        (Method::DELETE, None, None),
    ] {
        let server = server(fine());
        let request = Request {
            method: method.clone(),
            body,
            ..get(&server.url())
        };
        fetch(request).await.unwrap();
        let requests = server.requests();
        let seen = requests.first().unwrap();
        assert_eq!(seen.header("content-length"), length, "{method}");
        assert_eq!(seen.header("transfer-encoding"), None);
        let lengths = seen.headers.get_all("content-length").iter().count();
        assert_eq!(lengths, usize::from(length.is_some()));
    }
}

#[tokio::test]
async fn a30_the_client_adds_nothing_that_tells_who_asks() {
    let server = server(fine());
    fetch(get(&server.url())).await.unwrap();
    let requests = server.requests();
    let mut names: Vec<_> = requests.first().unwrap().headers.keys().collect();
    names.sort_by_key(|name| name.as_str());
    assert_eq!(names, ["accept", "accept-encoding", "host"]);
}

#[tokio::test]
async fn a38_path_and_query_go_out_as_they_are() {
    let server = server(fine());
    let path = "/a%2Fb/%C5%81;x=1/~!$&'()*+,=:@";
    fetch(get(&format!("{}{path}?q=%7C&a=b%2Bc", server.url())))
        .await
        .unwrap();
    let requests = server.requests();
    let seen = requests.first().unwrap();
    assert_eq!(
        (seen.path.as_str(), seen.raw_query.as_str()),
        (path, "q=%7C&a=b%2Bc")
    );
}

/// Proxies are read from the environment of a process, so that this takes another one: the test that
/// it runs fails if a single request goes to the proxy, which is not there.
#[test]
fn a_proxy_in_the_environment_is_ignored() {
    const TEST: &str =
        "transport::tests::connections::one_connection_serves_one_request_after_another";
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", TEST]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        process.env(name, "http://127.0.0.1:1");
        process.env(name.to_lowercase(), "http://127.0.0.1:1");
    }
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        process.env_remove(name);
    }
    let output = process.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}
