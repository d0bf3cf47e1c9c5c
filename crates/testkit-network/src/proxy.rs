//! An HTTP proxy: tunnels by CONNECT (RFC 9110 §9.3.6), and requests in absolute form
//! (RFC 9112 §3.2.2). One request in the clear per connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::Guard;

/// More than any request's head in a test.
const LONGEST_HEAD: usize = 64 * 1024;

/// An HTTP proxy that takes every host for this machine, so that names need not resolve. Dropping it
/// closes its connections.
pub struct HttpProxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    _task: Guard,
}

/// What a request line asks for.
enum Asked {
    Tunnel(u16),
    /// With the head as it is passed on.
    Request(u16, String),
}

impl HttpProxy {
    /// Listens on loopback; asks for this name and password, if any.
    ///
    /// # Panics
    /// When there is no socket to be had.
    pub async fn start(credentials: Option<(&str, &str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&heads);
        let expected = credentials.map(|(name, password)| {
            let pair = BASE64_STANDARD.encode(format!("{name}:{password}"));
            format!("Basic {pair}")
        });
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, expected.clone(), Arc::clone(&seen)));
            }
        });
        Self {
            address,
            heads,
            _task: Guard(task),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of all requests, those that it refused included, as they came.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(mut client: TcpStream, expected: Option<String>, heads: Arc<Mutex<Vec<String>>>) {
    let Some((head, rest)) = read_head(&mut client).await else {
        return;
    };
    heads.lock().unwrap().push(head.clone());
    if expected.is_some() && header(&head, "proxy-authorization") != expected.as_deref() {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        client.write_all(refusal.as_bytes()).await.ok();
        return;
    }
    let (port, first) = match asked(&head) {
        Some(Asked::Tunnel(port)) => (port, None),
        Some(Asked::Request(port, head)) => (port, Some(head)),
        None => return,
    };
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
        return;
    };
    match first {
        None => {
            let taken = b"HTTP/1.1 200 Connection established\r\n\r\n";
            client.write_all(taken).await.ok();
        }
        Some(head) => {
            server.write_all(head.as_bytes()).await.ok();
        }
    }
    server.write_all(&rest).await.ok();
    copy_bidirectional(&mut client, &mut server).await.ok();
}

/// A request's head, with its empty line, and what came after it.
async fn read_head(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    while bytes.len() < LONGEST_HEAD {
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let rest = bytes.split_off(end + 4);
            return Some((String::from_utf8(bytes).ok()?, rest));
        }
    }
    None
}

/// Where a request goes, without what is for the proxy alone.
fn asked(head: &str) -> Option<Asked> {
    let (line, headers) = head.split_once("\r\n")?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let port = |authority: &str| authority.rsplit_once(':')?.1.parse().ok();
    if method == "CONNECT" {
        return Some(Asked::Tunnel(port(target)?));
    }
    let target = target.strip_prefix("http://")?;
    let path = target.find('/').unwrap_or(target.len());
    let (authority, path) = target.split_at(path);
    let kept = headers
        .split("\r\n")
        .filter(|line| !is_named(line, "proxy-authorization"));
    let kept = kept.collect::<Vec<_>>().join("\r\n");
    let head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{kept}");
    Some(Asked::Request(port(authority)?, head))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = head.split("\r\n").find(|line| is_named(line, name))?;
    Some(line.split_once(':')?.1.trim())
}

fn is_named(line: &str, name: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
}
