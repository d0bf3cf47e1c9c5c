//! The stub's own side: ready-made answers, and counts of what came.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;

use crate::bench::http::{self, Connection};
use crate::bench::size::Size;

use super::BACKENDS;

const TOKEN: &str = r#"{"access_token":"stub-token-of-an-ordinary-length-0123456789abcdef","token_type":"Bearer","expires_in":3600}"#;

/// Everything that connections share.
struct Shared {
    /// By the path's first segment.
    answers: HashMap<&'static str, Vec<u8>>,
    requests: AtomicU64,
    connections: AtomicU64,
    tokens: AtomicU64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Backend,
    Tokens,
}

/// Serves until standard input ends, having printed one line: the addresses of the backends, then
/// that of the token endpoint.
///
/// # Errors
/// When no port is to be had.
pub(crate) fn run() -> Result<()> {
    let answers = Size::ALL
        .iter()
        .map(|size| (size.name(), answer(&size.body())));
    let shared = Arc::new(Shared {
        answers: answers.collect(),
        requests: AtomicU64::new(0),
        connections: AtomicU64::new(0),
        tokens: AtomicU64::new(0),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let mut addresses = Vec::new();
    let roles = [Role::Backend; BACKENDS.len()]
        .into_iter()
        .chain([Role::Tokens]);
    for role in roles {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(TcpListener::bind(anywhere))?;
        addresses.push(listener.local_addr()?.to_string());
        runtime.spawn(accept(listener, role, Arc::clone(&shared)));
    }
    writeln!(std::io::stdout(), "{}", addresses.join(" "))?;
    // The end of the input is the end of whoever started this.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

async fn accept(listener: TcpListener, role: Role, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let Ok(connection) = Connection::new(stream) else {
                return;
            };
            // A connection that breaks is the gateway's business, which then answers with a problem.
            match role {
                Role::Backend => backend(connection, &shared).await.ok(),
                Role::Tokens => tokens(connection, &shared).await.ok(),
            };
        });
    }
}

async fn backend(mut connection: Connection, shared: &Shared) -> Result<()> {
    shared.connections.fetch_add(1, Ordering::Relaxed);
    while let Some(head) = connection.head().await? {
        shared.requests.fetch_add(1, Ordering::Relaxed);
        let (path, _) = http::request(&head)?;
        let size = path.split('/').nth(1).unwrap_or_default();
        let answer = shared.answers.get(size).context("no such size")?;
        connection.send(answer).await?;
    }
    Ok(())
}

async fn tokens(mut connection: Connection, shared: &Shared) -> Result<()> {
    let mut body = Vec::new();
    while let Some(head) = connection.head().await? {
        let (path, length) = http::request(&head)?;
        connection.body(length, &mut body).await?;
        if path == "/seen" {
            let counts = [&shared.requests, &shared.connections, &shared.tokens]
                .map(|count| count.load(Ordering::Relaxed).to_string());
            connection.send(&answer(&counts.join(" "))).await?;
            continue;
        }
        shared.tokens.fetch_add(1, Ordering::Relaxed);
        connection.send(&answer(TOKEN)).await?;
    }
    Ok(())
}

fn answer(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
