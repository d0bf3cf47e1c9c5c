//! How long clients, and with them connections, are kept.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use testkit::{Handler, Reply, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use super::{fetch_over, fine, get, is_fine, server};
use crate::transport::{ReqwestTransport, Transport, TransportSettings};

/// Longer than anything takes that goes well, and shorter than an idle connection is kept.
const LONG: Duration = Duration::from_secs(30);

/// No other test has these settings.
fn transport(read_timeout: u64) -> ReqwestTransport {
    ReqwestTransport::new(TransportSettings {
        connect_timeout: Duration::from_secs(11),
        read_timeout: Duration::from_secs(read_timeout),
        network: None,
    })
}

async fn answers(transport: &ReqwestTransport, server: &Server) -> bool {
    is_fine(&fetch_over(transport, get(&server.url())).await)
}

/// Answers each request of each connection, and tells of each connection's end.
async fn keeping() -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (ended, ends) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let ended = ended.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                    stream.write_all(answer).await.unwrap();
                }
                ended.send(()).await.ok();
            });
        }
    });
    (url, ends)
}

#[tokio::test]
async fn connections_close_once_nobody_has_their_settings_any_more() {
    let (url, mut ends) = keeping().await;
    let other = server(fine());
    let before = transport(21);
    assert!(is_fine(&fetch_over(&before, get(&url)).await));
    // A reload that changes a timeout, under which another revision's backend goes on for a while.
    let (same, after) = (transport(21), transport(22));
    drop(before);
    assert!(answers(&after, &other).await);
    assert!(is_fine(&fetch_over(&same, get(&url)).await));
    assert!(ends.try_recv().is_err());
    drop(same);
    assert!(answers(&after, &other).await);
    assert_eq!(timeout(LONG, ends.recv()).await, Ok(Some(())));
    // One connection served both transports of equal settings, and another one both calls to `other`.
    assert!(ends.try_recv().is_err());
    assert_eq!(other.connections(), 1);
}

/// Holds back its answers.
struct Holding(Arc<Notify>);

#[async_trait]
impl Handler for Holding {
    async fn handle(&self, _: testkit::Request) -> Reply {
        self.0.notified().await;
        fine().into()
    }
}

#[tokio::test]
async fn a_request_under_way_ends_over_a_client_that_is_no_longer_kept() {
    let release = Arc::new(Notify::new());
    let held = Server::start(0, Arc::new(Holding(Arc::clone(&release)))).unwrap();
    let other = server(fine());
    let before = transport(23);
    let request = tokio::spawn(before.send(get(&held.url())));
    while held.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(before);
    assert!(answers(&transport(24), &other).await);
    release.notify_one();
    let answer = timeout(LONG, request).await.unwrap().unwrap();
    assert_eq!(answer.unwrap().status, 200);
}
