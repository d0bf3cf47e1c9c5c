//! A proxy between us and the backends: who sees what.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderValue, StatusCode};
use network::{ConnectionFault, Network, Proxy, Settings};
use tempfile::TempDir;
use testkit::{Reply, Response, Step};
use testkit_network::{Authority, ClientCertificates, HttpProxy, TlsFront};
use tokio::net::TcpSocket;

use super::{fetch_over, fine, get, is_fine, open, over, server, unconnected};
use crate::{Request, ReqwestTransport, TransportSettings};

/// Base64 of `us:MARKED-proxy`.
const BASIC: &str = "Basic dXM6TUFSS0VELXByb3h5";

fn with_bearer(url: &str) -> Request {
    let mut request = get(url);
    let bearer = HeaderValue::from_static("Bearer MARKED-token");
    request.headers.insert(AUTHORIZATION, bearer);
    request
}

fn settings(proxy: &HttpProxy, password: &str, exceptions: &[&str]) -> Settings {
    Settings {
        proxy: Some(Proxy {
            url: proxy.url().parse().unwrap(),
            credentials: Some(("us".into(), password.into())),
            exceptions: exceptions.iter().map(|one| (*one).into()).collect(),
        }),
        ..Settings::default()
    }
}

fn through(proxy: &HttpProxy) -> Network {
    open(&settings(proxy, "MARKED-proxy", &[]))
}

#[tokio::test]
async fn https_goes_through_a_tunnel_in_which_the_proxy_sees_no_more_than_the_host() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    let plain = server(fine());
    let certificate = authority.issue(&["ehr.example"]);
    let front = TlsFront::start(plain.address(), &certificate, ClientCertificates::None).await;
    let proxy = HttpProxy::start(Some(("us", "MARKED-proxy"))).await;
    let network = open(&Settings {
        ca: Some(ca),
        ..settings(&proxy, "MARKED-proxy", &[])
    });
    let transport = over(Some(network));
    let host = format!("ehr.example:{}", front.address().port());
    for _ in 0..3 {
        let request = with_bearer(&format!("https://{host}/Patient/MARKED-id"));
        assert!(is_fine(&fetch_over(&transport, request).await));
    }
    // One tunnel, kept.
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "{heads:?}");
    let head = heads.first().unwrap();
    assert!(
        head.starts_with(&format!("CONNECT {host} HTTP/1.1\r\n")),
        "{head}"
    );
    assert!(head.contains(BASIC), "{head}");
    assert!(!head.contains("MARKED-token") && !head.contains("MARKED-id"));
    let requests = plain.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.bearer(), Some("MARKED-token"));
        assert_eq!(request.header("proxy-authorization"), None);
    }
}

#[tokio::test]
async fn http_is_handed_to_the_proxy_whole() {
    let plain = server(fine());
    let proxy = HttpProxy::start(Some(("us", "MARKED-proxy"))).await;
    let transport = over(Some(through(&proxy)));
    let url = format!("http://ehr.example:{}/a?b=1", plain.address().port());
    assert!(is_fine(&fetch_over(&transport, with_bearer(&url)).await));
    let head = proxy.heads().remove(0);
    assert!(
        head.starts_with(&format!("GET {url} HTTP/1.1\r\n")),
        "{head}"
    );
    assert!(head.contains(BASIC), "{head}");
    let request = plain.requests().remove(0);
    assert_eq!(request.header("proxy-authorization"), None);
    assert_eq!(
        (request.path.as_str(), request.raw_query.as_str()),
        ("/a", "b=1")
    );
    assert_eq!(request.bearer(), Some("MARKED-token"));
}

#[tokio::test]
async fn a_proxy_may_be_spoken_to_in_tls_itself() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    let certificate = authority.issue(&["localhost", "ehr.example"]);
    let plain = server(fine());
    let proxy = HttpProxy::start(Some(("us", "MARKED-proxy"))).await;
    let secured = |address| TlsFront::start(address, &certificate, ClientCertificates::None);
    let (front, proxy_front) = (secured(plain.address()), secured(proxy.address()));
    let (front, proxy_front) = futures::join!(front, proxy_front);
    let mut settings = settings(&proxy, "MARKED-proxy", &[]);
    settings.ca = Some(ca);
    if let Some(proxy) = &mut settings.proxy {
        proxy.url = proxy_front.url().parse().unwrap();
    }
    let transport = over(Some(open(&settings)));
    for (scheme, port) in [
        ("http", plain.address().port()),
        ("https", front.address().port()),
    ] {
        let url = format!("{scheme}://ehr.example:{port}/");
        assert!(
            is_fine(&fetch_over(&transport, with_bearer(&url)).await),
            "{scheme}"
        );
    }
    assert_eq!((proxy.heads().len(), front.shown().len()), (2, 1));
    assert!(proxy.heads().iter().all(|head| head.contains(BASIC)));
}

#[tokio::test]
async fn exceptions_are_reached_directly_and_never_see_the_proxy_s_password() {
    let plain = server(fine());
    let proxy = HttpProxy::start(Some(("us", "MARKED-proxy"))).await;
    let port = plain.address().port();
    for (exception, host) in [
        ("127.0.0.0/8", "127.0.0.1"),
        ("localhost", "localhost"),
        ("*", "127.0.0.1"),
    ] {
        let network = open(&settings(&proxy, "MARKED-proxy", &[exception]));
        let url = format!("http://{host}:{port}/");
        assert!(is_fine(&fetch_over(&over(Some(network)), get(&url)).await));
    }
    assert!(proxy.heads().is_empty());
    for request in plain.requests() {
        assert_eq!(request.header("proxy-authorization"), None);
    }
    // These would be found by the proxy, and by nobody else.
    let network = open(&settings(&proxy, "MARKED-proxy", &["*.invalid"]));
    let transport = over(Some(network));
    let direct = get(&format!("http://ehr.invalid:{port}/"));
    assert_eq!(
        fetch_over(&transport, direct).await,
        unconnected(ConnectionFault::Unresolved)
    );
    assert!(proxy.heads().is_empty());
    let other = get(&format!("http://ehr.notinvalid:{port}/"));
    assert!(is_fine(&fetch_over(&transport, other).await));
    assert_eq!(proxy.heads().len(), 1);
}

#[tokio::test]
async fn a_secret_to_loopback_in_the_clear_never_goes_through_a_proxy() {
    let plain = server(fine());
    let proxy = HttpProxy::start(Some(("us", "MARKED-proxy"))).await;
    let network = open(&settings(&proxy, "MARKED-proxy", &["ehr.example"]));
    let port = plain.address().port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let request = with_bearer(&format!("http://{host}:{port}/"));
        let answer = fetch_over(&over(Some(network.clone())), request).await;
        assert!(is_fine(&answer), "{host}");
    }
    // Nobody listens there, which the proxy would not have known.
    for host in ["127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"] {
        let request = with_bearer(&format!("http://{host}:{port}/"));
        fetch_over(&over(Some(network.clone())), request).await.ok();
    }
    assert!(proxy.heads().is_empty(), "{:?}", proxy.heads());
}

#[tokio::test]
async fn a_proxy_that_refuses_our_password_is_no_answer_of_the_backend_s() {
    let plain = server(fine());
    let proxy = HttpProxy::start(Some(("us", "another"))).await;
    let transport = over(Some(through(&proxy)));
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://ehr.example:{}/", plain.address().port());
        let answer = fetch_over(&transport, with_bearer(&url)).await;
        let fault = ConnectionFault::ProxyRefuses;
        assert_eq!(answer, unconnected(fault), "{scheme}");
    }
    assert_eq!((proxy.heads().len(), plain.requests().len()), (2, 0));
    // Without a proxy it is the backend that says so.
    let refusing = server(Response::empty(StatusCode::PROXY_AUTHENTICATION_REQUIRED));
    let answer = fetch_over(&over(None), get(&refusing.url())).await;
    assert_eq!(answer, Ok((407, String::new())));
}

#[tokio::test]
async fn a_tunnel_that_does_not_come_about_is_no_connection() {
    let refusing = || server(Response::empty(StatusCode::BAD_GATEWAY));
    let silent = || server(Reply::Script(vec![Step::Hang]));
    for (proxy, fault) in [
        (refusing(), ConnectionFault::Tunnel),
        (silent(), ConnectionFault::TimedOut),
    ] {
        let network = open(&Settings {
            proxy: Some(Proxy {
                url: proxy.url().parse().unwrap(),
                credentials: None,
                exceptions: Vec::new(),
            }),
            ..Settings::default()
        });
        let transport = ReqwestTransport::new(TransportSettings {
            connect_timeout: Duration::from_millis(100),
            read_timeout: Duration::from_secs(5),
            network: Some(network),
        });
        let answer = fetch_over(&transport, with_bearer("https://ehr.example/")).await;
        assert_eq!(answer, unconnected(fault));
        let asked = proxy.requests();
        assert_eq!(asked.len(), 1);
        assert!(asked.iter().all(|request| request.bearer().is_none()));
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_no_connection() {
    // Bound, so that nobody else takes the port, and not listening.
    let gone = TcpSocket::new_v4().unwrap();
    gone.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let network = open(&Settings {
        proxy: Some(Proxy {
            url: format!("http://{}", gone.local_addr().unwrap())
                .parse()
                .unwrap(),
            credentials: None,
            exceptions: Vec::new(),
        }),
        ..Settings::default()
    });
    for url in ["http://ehr.example/", "https://ehr.example/"] {
        let answer = fetch_over(&over(Some(network.clone())), get(url)).await;
        assert_eq!(answer, unconnected(ConnectionFault::Refused), "{url}");
    }
}
