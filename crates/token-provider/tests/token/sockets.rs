//! The transport over real sockets, against a small HTTP server that can misbehave.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use token_provider::{
    BasicEncoding, ClientAuthentication, ConnectionFault, Definition, Kind, Malformation,
    MetadataRequest, NoObserver, ReqwestTransport, TokenError, TokenProvider, TokenSource,
    TokenTransport, TransportError, Unavailability,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::redaction::Log;
use crate::support::{name, seconds_from_now};

/// What the server does after it has read a request.
#[derive(Clone)]
enum Behaviour {
    Answer(String),
    /// This, then nothing more, the connection left open.
    Stall(String),
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behaviour.clone(), Arc::clone(&seen)));
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn source(&self, fetch_timeout: Duration) -> TokenSource {
        let transport = Arc::new(ReqwestTransport::new().unwrap());
        self.source_through(transport, fetch_timeout)
    }

    fn source_through(
        &self,
        transport: Arc<dyn TokenTransport>,
        fetch_timeout: Duration,
    ) -> TokenSource {
        let client = ClientAuthentication::SecretBasic {
            client_id: "id".into(),
            client_secret: "se+cret".into(),
            encoding: BasicEncoding::FormUrlEncoded,
        };
        let mut definition = Definition::new("ehr", self.url.parse().unwrap(), client);
        definition.fetch_timeout = fetch_timeout;
        TokenProvider::new(transport, Handle::current(), Arc::new(NoObserver)).source(definition)
    }
}

async fn serve(mut stream: TcpStream, behaviour: Behaviour, seen: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => request.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
    seen.lock()
        .unwrap()
        .push(String::from_utf8(request).unwrap());
    match behaviour {
        // A client that has read enough hangs up; that is its business.
        Behaviour::Answer(answer) => stream.write_all(answer.as_bytes()).await.ok(),
        Behaviour::Stall(answer) => {
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.read(&mut chunk).await.ok().map(|_| ())
        }
    };
}

/// A request without a body has no length to wait for.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn http(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a03_a11_a_token_is_fetched_over_a_real_socket_and_shared() {
    let body = r#"{"access_token":"t","expires_in":3600}"#;
    let server = Server::start(Behaviour::Answer(http("200 OK", body))).await;
    let source = server.source(LONG);
    let (one, other) = tokio::join!(
        source.token(seconds_from_now(20.0)),
        source.token(seconds_from_now(20.0))
    );
    assert_eq!(
        (name(&one.unwrap()), name(&other.unwrap())),
        ("t".into(), "t".into())
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /token HTTP/1.1\r\n"));
    // "id:se%2Bcret"
    assert!(
        head.contains("authorization: Basic aWQ6c2UlMkJjcmV0"),
        "{head}"
    );
    assert!(head.contains("content-type: application/x-www-form-urlencoded"));
    assert!(!head.contains("accept-encoding"));
    assert_eq!(body, "grant_type=client_credentials");
}

#[tokio::test]
async fn a13_a_redirect_is_not_followed() {
    let elsewhere =
        Server::start(Behaviour::Answer(http("200 OK", r#"{"access_token":"t"}"#))).await;
    let location = format!("307 Temporary Redirect\r\nlocation: {}", elsewhere.url);
    let server = Server::start(Behaviour::Answer(http(&location, ""))).await;
    let error = server
        .source(LONG)
        .token(seconds_from_now(20.0))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, TokenError::Redirected { host: Some(host), .. } if &**host == "127.0.0.1")
    );
    assert_eq!(
        (server.requests().len(), elsewhere.requests().len()),
        (1, 0)
    );
}

#[tokio::test]
async fn a_redirect_policy_set_by_the_caller_is_overruled() {
    let elsewhere =
        Server::start(Behaviour::Answer(http("200 OK", r#"{"access_token":"t"}"#))).await;
    let location = format!("307 Temporary Redirect\r\nlocation: {}", elsewhere.url);
    let server = Server::start(Behaviour::Answer(http(&location, ""))).await;
    let transport = ReqwestTransport::configured(|builder| {
        builder.redirect(reqwest::redirect::Policy::limited(5))
    });
    let source = server.source_through(Arc::new(transport.unwrap()), LONG);
    assert!(source.token(seconds_from_now(20.0)).await.is_err());
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_configured_proxy_is_used() {
    let proxy = Server::start(Behaviour::Answer(http(
        "200 OK",
        r#"{"access_token":"by proxy"}"#,
    )))
    .await;
    let server = Server::start(Behaviour::Answer(http(
        "200 OK",
        r#"{"access_token":"direct"}"#,
    )))
    .await;
    let address = proxy.url.clone();
    let transport = ReqwestTransport::configured(|builder| {
        builder.proxy(reqwest::Proxy::all(address).unwrap())
    })
    .unwrap();
    let source = server.source_through(Arc::new(transport), LONG);
    source.token(seconds_from_now(20.0)).await.unwrap_err();
    assert_eq!((proxy.requests().len(), server.requests().len()), (1, 0));
}

#[tokio::test]
async fn an_endless_body_is_cut_at_1_mib() {
    let endless = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}",
        "x".repeat(1024 * 1024 + 1)
    );
    let server = Server::start(Behaviour::Stall(endless)).await;
    let error = server
        .source(LONG)
        .token(seconds_from_now(20.0))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        TokenError::Malformed {
            what: Malformation::TooLarge
        }
    );
}

#[tokio::test]
async fn a_body_of_exactly_1_mib_is_read() {
    let head = r#"{"access_token":"t","padding":""#;
    let body = format!("{head}{}\"}}", "x".repeat(1024 * 1024 - head.len() - 2));
    let server = Server::start(Behaviour::Answer(http("200 OK", &body))).await;
    assert!(
        server
            .source(LONG)
            .token(seconds_from_now(20.0))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_body_that_stalls_is_cut_at_the_fetch_timeout() {
    let stalled = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
    let server = Server::start(Behaviour::Stall(stalled.to_owned())).await;
    let start = Instant::now();
    let error = server
        .source(Duration::from_millis(200))
        .token(seconds_from_now(20.0))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn nothing_on_the_way_to_the_socket_logs_the_secret_or_the_token() {
    let log = Log::listen();
    let answer = http("200 OK", r#"{"access_token":"MARKED"}"#);
    let server = Server::start(Behaviour::Answer(answer)).await;
    let (client_id, client_secret) = (|| "id".into(), || "MARKED".into());
    let encoding = BasicEncoding::Raw;
    for client in [
        ClientAuthentication::SecretPost {
            client_id: client_id(),
            client_secret: client_secret(),
        },
        ClientAuthentication::SecretBasic {
            client_id: client_id(),
            client_secret: client_secret(),
            encoding,
        },
    ] {
        let transport = Arc::new(ReqwestTransport::new().unwrap());
        let provider = TokenProvider::new(transport, Handle::current(), Arc::new(NoObserver));
        let source = provider.source(Definition::new("ehr", server.url.parse().unwrap(), client));
        assert!(source.token(seconds_from_now(20.0)).await.is_ok());
    }
    let sent = |request: &String| request.contains("MARKED") || request.contains("aWQ6TUFSS0VE");
    assert!(server.requests().iter().all(sent));
    assert!(log.text().contains("hyper"));
    log.assert_clean();
}

async fn failure_at(url: &str) -> TransportError {
    let client = ClientAuthentication::None {
        client_id: "id".into(),
    };
    let definition = Definition::new("ehr", url.parse().unwrap(), client);
    let transport = Arc::new(ReqwestTransport::new().unwrap());
    let provider = TokenProvider::new(transport, Handle::current(), Arc::new(NoObserver));
    let error = provider
        .source(definition)
        .token(seconds_from_now(20.0))
        .await
        .unwrap_err();
    let TokenError::Unavailable {
        cause: Unavailability::Transport(error),
        ..
    } = error
    else {
        unreachable!("{error:?}")
    };
    error
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told_from_one_that_hangs_up() {
    for stalled in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let server = Server::start(Behaviour::Stall(stalled.into())).await;
        let request = MetadataRequest {
            url: server.url.parse().unwrap(),
            headers: ::http::HeaderMap::new(),
            timeout: Duration::from_millis(200),
        };
        let error = ReqwestTransport::new().unwrap().get(request).await;
        assert_eq!(error.unwrap_err(), TransportError::Timeout);
    }
}

#[tokio::test]
async fn failures_of_the_connection_are_told_apart() {
    let broken = Server::start(Behaviour::Answer(
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".into(),
    ))
    .await;
    assert_eq!(failure_at(&broken.url).await, TransportError::Interrupted);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(
        failure_at(&format!("http://{address}/token")).await,
        TransportError::Connection(ConnectionFault::Refused)
    );
    // No name ends so (RFC 6761 §6.4).
    assert_eq!(
        failure_at("https://login.invalid/token").await,
        TransportError::Connection(ConnectionFault::Unresolved)
    );
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_a_tls_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 1];
            stream.read_exact(&mut hello).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .ok();
        }
    });
    assert_eq!(
        failure_at(&format!("https://{address}/token")).await,
        TransportError::Connection(ConnectionFault::NotTls)
    );
}

#[tokio::test]
async fn f48_metadata_are_read_over_a_real_socket_and_no_redirect_is_followed() {
    let elsewhere = Server::start(Behaviour::Answer(http("200 OK", "{}"))).await;
    let location = format!("302 Found\r\nlocation: {}", elsewhere.url);
    for (answer, expected) in [
        (http("200 OK", r#"{"a":1}"#), Ok((200, &b"{\"a\":1}"[..]))),
        (http(&location, ""), Ok((302, &b""[..]))),
        (
            http("200 OK", &"x".repeat(1024 * 1024 + 1)),
            Err(TransportError::TooLarge),
        ),
    ] {
        let server = Server::start(Behaviour::Answer(answer)).await;
        let mut headers = ::http::HeaderMap::new();
        headers.insert("accept", "application/json".parse().unwrap());
        let request = MetadataRequest {
            url: server.url.parse().unwrap(),
            headers,
            timeout: LONG,
        };
        let response = ReqwestTransport::new().unwrap().get(request).await;
        let found = response
            .as_ref()
            .map(|response| (response.status.as_u16(), &*response.body));
        assert_eq!(found.map_err(|error| *error), expected);
        let requests = server.requests();
        assert!(requests[0].starts_with("GET /token HTTP/1.1\r\naccept: application/json\r\n"));
    }
    assert!(elsewhere.requests().is_empty());
}
