//! Secure connections that must not come about.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::sync::Arc;

use http::StatusCode;
use rcgen::CertifiedKey;
use rustls::pki_types::PrivateKeyDer;
use testkit::Response;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{fetch, get, raw, server};
use crate::transport::{TransportError, install_crypto_provider};

/// A server with a certificate for `name` that no authority has signed. It gives up every handshake
/// that the other side does not want.
async fn unknown_authority(name: &str) -> SocketAddr {
    install_crypto_provider();
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let configuration = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(configuration));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            acceptor.accept(stream).await.ok();
        }
    });
    address
}

#[tokio::test]
async fn a_server_without_tls_behind_an_https_url_fails_before_anything_is_sent() {
    let plain = server(Response::empty(StatusCode::OK));
    let url = plain.url().replace("http:", "https:");
    assert_eq!(fetch(get(&url)).await, Err(TransportError::Tls));
    assert!(plain.requests().is_empty());
    assert!(TransportError::Tls.before_sending());
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_or_for_another_name_is_refused() {
    for name in ["127.0.0.1", "other.example"] {
        let address = unknown_authority(name).await;
        let answer = fetch(get(&format!("https://{address}/"))).await;
        assert_eq!(answer, Err(TransportError::Tls), "{name}");
    }
}

#[tokio::test]
async fn tls_where_plain_http_is_expected_is_a_broken_connection() {
    // An alert record, which is what a TLS server says to a request in the clear.
    let server = raw(&b"\x15\x03\x01\x00\x02\x02\x46"[..]);
    assert_eq!(fetch(get(&server.url())).await, Err(TransportError::Reset));
}
