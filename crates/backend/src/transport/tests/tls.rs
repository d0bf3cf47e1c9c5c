//! Secure connections that must not come about.
#![expect(clippy::unwrap_used, reason = "tests")]

use http::StatusCode;
use network::ConnectionFault;
use testkit::Response;
use testkit_network::{Authority, ClientCertificates, TlsFront};
use tokio::io::AsyncReadExt;

use super::{fetch, fetch_over, get, open, over, raw, server, unconnected};
use crate::transport::TransportError;

#[tokio::test]
async fn a_server_without_tls_behind_an_https_url_fails_before_anything_is_sent() {
    let plain = server(Response::empty(StatusCode::OK));
    let url = plain.url().replace("http:", "https:");
    assert_eq!(fetch(get(&url)).await, unconnected(ConnectionFault::NotTls));
    assert!(plain.requests().is_empty());
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_refused_and_why_is_told_apart() {
    let folder = tempfile::TempDir::new().unwrap();
    let (known, file) = (Authority::new(), folder.path().join("ca.pem"));
    std::fs::write(&file, known.pem()).unwrap();
    let transport = over(Some(open(&network::Settings {
        ca: Some(file),
        ..network::Settings::default()
    })));
    let plain = server(Response::empty(StatusCode::OK));
    for (certificate, fault) in [
        (
            Authority::new().issue(&["localhost"]),
            ConnectionFault::UnknownAuthority,
        ),
        (known.issue(&["other.example"]), ConnectionFault::OtherHost),
        (
            known.issue_expired(&["localhost"]),
            ConnectionFault::CertificateExpired,
        ),
    ] {
        let front = TlsFront::start(plain.address(), &certificate, ClientCertificates::None).await;
        let answer = fetch_over(&transport, get(&front.url())).await;
        assert_eq!(answer, unconnected(fault));
    }
    assert!(plain.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_leaves_in_the_handshake_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
        }
    });
    assert_eq!(fetch(get(&url)).await, unconnected(ConnectionFault::Broken));
}

#[tokio::test]
async fn tls_where_plain_http_is_expected_is_a_broken_connection() {
    // An alert record, which is what a TLS server says to a request in the clear.
    let server = raw(&b"\x15\x03\x01\x00\x02\x02\x46"[..]);
    assert_eq!(fetch(get(&server.url())).await, Err(TransportError::Reset));
}
