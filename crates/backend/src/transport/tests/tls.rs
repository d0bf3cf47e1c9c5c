//! Secure connections that must not come about.

use http::StatusCode;
use testkit::Response;
use testkit_network::{Authority, ClientCertificates, TlsFront};

use super::{fetch, get, raw, server};
use crate::transport::TransportError;

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
    let plain = server(Response::empty(StatusCode::OK));
    for name in ["localhost", "other.example"] {
        let certificate = Authority::new().issue(&[name]);
        let front = TlsFront::start(plain.address(), &certificate, ClientCertificates::None).await;
        let answer = fetch(get(&front.url())).await;
        assert_eq!(answer, Err(TransportError::Tls), "{name}");
    }
    assert!(plain.requests().is_empty());
}

#[tokio::test]
async fn tls_where_plain_http_is_expected_is_a_broken_connection() {
    // An alert record, which is what a TLS server says to a request in the clear.
    let server = raw(&b"\x15\x03\x01\x00\x02\x02\x46"[..]);
    assert_eq!(fetch(get(&server.url())).await, Err(TransportError::Reset));
}
