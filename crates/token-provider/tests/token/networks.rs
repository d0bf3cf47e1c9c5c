//! Token endpoints behind private authorities, client certificates and proxies, over real sockets;
//! and what two ways to one endpoint share, which is nothing.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use network::{ClientCertificate, Network, Networks, Proxy, Settings};
use serde_json::json;
use tempfile::TempDir;
use testkit::{Handler, Reply, Request, Response, Server};
use testkit_network::{Authority, Certificate, ClientCertificates, HttpProxy, TlsFront};
use token_provider::{
    ClientAuthentication, ConnectionFault, Definition, DiscoveryKind, Endpoint, NoObserver,
    ReqwestTransport, TokenError, TokenProvider, TransportError, Unavailability,
};
use tokio::runtime::Handle;

use crate::support::{name, seconds_from_now};

/// Two doors to one authorization server: by certificate at the second.
struct House {
    folder: TempDir,
    authority: Authority,
    server: Server,
    open: TlsFront,
    mutual: TlsFront,
}

/// A token with each request, and metadata that name both doors.
struct Issuing(std::sync::OnceLock<(String, String)>);

#[async_trait]
impl Handler for Issuing {
    async fn handle(&self, request: Request) -> Reply {
        let (open, mutual) = self.0.get().unwrap();
        let body = if request.path == "/token" {
            json!({"access_token": "t", "expires_in": 300})
        } else {
            json!({
                "issuer": open,
                "token_endpoint": format!("{open}/token"),
                "mtls_endpoint_aliases": {"token_endpoint": format!("{mutual}/token")},
            })
        };
        Response::json(StatusCode::OK, &body).into()
    }
}

impl House {
    async fn build() -> Self {
        let handler = Arc::new(Issuing(std::sync::OnceLock::new()));
        let server = Server::start(0, Arc::clone(&handler) as _).unwrap();
        let authority = Authority::new();
        let certificate = authority.issue(&["localhost", "login.example"]);
        let door = |clients| TlsFront::start(server.address(), &certificate, clients);
        let open = door(ClientCertificates::None).await;
        let mutual = door(ClientCertificates::Of(&authority)).await;
        handler.0.set((open.url(), mutual.url())).unwrap();
        Self {
            folder: TempDir::new().unwrap(),
            authority,
            server,
            open,
            mutual,
        }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    fn settings(&self, ours: Option<&Certificate>) -> Settings {
        Settings {
            ca: Some(self.write("ca.pem", &self.authority.pem())),
            client: ours.map(|ours| ClientCertificate {
                certificate: self.write("us.pem", &ours.pem),
                key: self.write("us.key", &ours.key),
            }),
            ..Settings::default()
        }
    }

    /// A client known by its certificate, at the door that the metadata name.
    fn by_certificate(&self, network: &Network) -> Definition {
        let endpoint = Endpoint::Discover {
            issuer: self.open.url(),
            kind: DiscoveryKind::OpenIdProvider,
        };
        let client = ClientAuthentication::TlsClientAuth {
            client_id: "us".into(),
        };
        let mut definition = Definition::at("hospital", endpoint, client);
        definition.route = Some(network.fingerprint());
        definition
    }
}

fn open(settings: &Settings) -> Network {
    Networks::default().open(settings).unwrap()
}

fn over(network: &Network) -> Arc<ReqwestTransport> {
    let (generation, configure) = (network.clone(), network.clone());
    let transport = ReqwestTransport::reloading(
        move || generation.generation(),
        move |builder| configure.configure(builder),
    );
    Arc::new(transport.unwrap())
}

fn provider() -> TokenProvider {
    let transport = Arc::new(ReqwestTransport::new().unwrap());
    TokenProvider::new(transport, Handle::current(), Arc::new(NoObserver))
}

fn transport_fault(error: &TokenError) -> Option<TransportError> {
    match error {
        TokenError::Unavailable {
            cause: Unavailability::Transport(fault),
            ..
        } => Some(*fault),
        _ => None,
    }
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate_where_the_metadata_say() {
    let house = House::build().await;
    let ours = house.authority.issue(&["us.example"]);
    let network = open(&house.settings(Some(&ours)));
    let source = provider().source_over(house.by_certificate(&network), over(&network));
    let token = source.token(seconds_from_now(20.0)).await.unwrap();
    assert_eq!(name(&token), "t");
    // The metadata came through the open door, where nobody asked for a certificate.
    assert_eq!(house.open.shown(), [None]);
    assert_eq!(house.mutual.shown(), [Some(ours.der())]);
    let request = house.server.requests().pop().unwrap();
    assert!(request.form().contains(&("client_id".into(), "us".into())));
}

#[tokio::test]
async fn without_the_authority_or_the_certificate_there_is_no_token() {
    let house = House::build().await;
    for (settings, expected) in [
        (
            Settings::default(),
            TransportError::Connection(ConnectionFault::UnknownAuthority),
        ),
        (
            house.settings(None),
            TransportError::Connection(ConnectionFault::ClientCertificate),
        ),
    ] {
        let network = open(&settings);
        let source = provider().source_over(house.by_certificate(&network), over(&network));
        let error = source.token(seconds_from_now(20.0)).await.unwrap_err();
        assert_eq!(transport_fault(&error), Some(expected), "{error:?}");
    }
    assert_eq!(house.server.count("/token"), 0);
}

#[tokio::test]
async fn a_changed_certificate_is_shown_with_the_next_request() {
    let house = House::build().await;
    let (before, after) = (
        house.authority.issue(&["us"]),
        house.authority.issue(&["us"]),
    );
    let network = open(&house.settings(Some(&before)));
    let source = provider().source_over(house.by_certificate(&network), over(&network));
    let token = source.token(seconds_from_now(20.0)).await.unwrap();
    house.settings(Some(&after));
    assert!(network.look());
    source.reject(&token);
    source.token(seconds_from_now(20.0)).await.unwrap();
    let expected = [Some(before.der()), Some(after.der())];
    assert_eq!(house.mutual.shown(), expected);
}

#[tokio::test]
async fn two_certificates_never_share_a_token_and_each_goes_its_own_way() {
    let house = House::build().await;
    let (one, other) = (
        house.authority.issue(&["us"]),
        house.authority.issue(&["us"]),
    );
    let first = open(&house.settings(Some(&one)));
    let elsewhere = ClientCertificate {
        certificate: house.write("other.pem", &other.pem),
        key: house.write("other.key", &other.key),
    };
    let second = open(&Settings {
        client: Some(elsewhere),
        ..house.settings(Some(&one))
    });
    let provider = provider();
    for network in [&first, &second, &first] {
        let source = provider.source_over(house.by_certificate(network), over(network));
        source.token(seconds_from_now(20.0)).await.unwrap();
    }
    assert_eq!(house.mutual.shown(), [Some(one.der()), Some(other.der())]);
    // A reload keeps what it names.
    provider.retain(&[house.by_certificate(&second).key()]);
    assert_eq!(provider.states().len(), 1);
}

#[tokio::test]
async fn a_proxy_sees_neither_secret_nor_path_and_the_server_no_proxy_password() {
    let house = House::build().await;
    let proxy = HttpProxy::start(Some(("us", "MARKED-proxy"))).await;
    let network = open(&Settings {
        proxy: Some(Proxy {
            url: proxy.url().parse().unwrap(),
            credentials: Some(("us".into(), "MARKED-proxy".into())),
            exceptions: Vec::new(),
        }),
        ..house.settings(None)
    });
    let client = ClientAuthentication::SecretPost {
        client_id: "us".into(),
        client_secret: "MARKED-secret".into(),
    };
    let port = house.open.address().port();
    let url = format!("https://login.example:{port}/token");
    let mut definition = Definition::new("hospital", url.parse().unwrap(), client);
    definition.route = Some(network.fingerprint());
    let source = provider().source_over(definition, over(&network));
    source.token(seconds_from_now(20.0)).await.unwrap();
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    assert!(
        heads[0].starts_with("CONNECT login.example:"),
        "{}",
        heads[0]
    );
    assert!(
        heads[0].contains("Basic dXM6TUFSS0VELXByb3h5"),
        "{}",
        heads[0]
    );
    assert!(!heads[0].contains("/token") && !heads[0].contains("MARKED"));
    let request = house.server.requests().pop().unwrap();
    assert_eq!(request.header("proxy-authorization"), None);
}

#[tokio::test]
async fn what_keeps_a_connection_from_being_made_is_told() {
    let house = House::build().await;
    let proxy = HttpProxy::start(Some(("us", "another"))).await;
    let wrong = || Proxy {
        url: proxy.url().parse().unwrap(),
        credentials: Some(("us".into(), "MARKED-proxy".into())),
        exceptions: Vec::new(),
    };
    let by_proxy = Settings {
        proxy: Some(wrong()),
        ..house.settings(None)
    };
    let tls = house.open.address().port();
    for (settings, url, expected) in [
        (
            by_proxy.clone(),
            "http://login.example:1/token".to_owned(),
            TransportError::Connection(ConnectionFault::ProxyRefuses),
        ),
        (
            by_proxy,
            "https://login.example:1/token".to_owned(),
            TransportError::Connection(ConnectionFault::ProxyRefuses),
        ),
        (
            house.settings(None),
            format!("https://127.0.0.1:{tls}/token"),
            TransportError::Connection(ConnectionFault::OtherHost),
        ),
    ] {
        let network = open(&settings);
        let client = ClientAuthentication::SecretPost {
            client_id: "us".into(),
            client_secret: "MARKED-secret".into(),
        };
        let mut definition = Definition::new("hospital", url.parse().unwrap(), client);
        definition.allow_plain_http = true;
        let source = provider().source_over(definition, over(&network));
        let error = source.token(seconds_from_now(20.0)).await.unwrap_err();
        assert_eq!(transport_fault(&error), Some(expected), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("MARKED"));
        // It may be mended at any time, and is asked again in a second.
        let pause = error.retry_after().unwrap();
        assert!(pause <= std::time::Duration::from_secs(1), "{pause:?}");
    }
}
