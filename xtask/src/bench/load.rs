//! The load generator: so many connections that are kept alive, each sending its next request when
//! the last one is answered, until so many have been made.
//!
//! A closed loop measures what a request costs, not how long it takes.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::http::{self, Connection};
use super::size::Size;
use super::stub::BACKENDS;

/// Requests in flight at once.
pub(super) const CONNECTIONS: usize = 64;

/// What the load generator shows to be let in; the gateway knows its SHA-256.
pub(super) const KEY: &str = "test";
pub(super) const KEY_SHA256: &str =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Open connections to one gateway.
pub(super) struct Load {
    runtime: Runtime,
    address: SocketAddr,
    idle: Vec<Connection>,
}

/// What every request of one run is.
struct Task {
    request: String,
    expected: String,
    left: AtomicU64,
}

impl Load {
    /// Connects so often.
    ///
    /// # Errors
    /// When nobody listens at `address`.
    pub(super) fn connect(address: SocketAddr, connections: usize) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut idle = Vec::with_capacity(connections);
        for _ in 0..connections {
            let stream = runtime
                .block_on(TcpStream::connect(address))
                .context("cannot connect to the gateway")?;
            idle.push(Connection::new(stream)?);
        }
        Ok(Self {
            runtime,
            address,
            idle,
        })
    }

    /// Makes exactly `requests` requests for aggregates of `size`.
    ///
    /// # Errors
    /// When an answer is not the three bodies, byte for byte.
    pub(super) fn run(&mut self, size: Size, requests: u64) -> Result<()> {
        self.ask(size.name(), aggregate(size), requests)
    }

    /// Makes exactly `requests` requests of the endpoint `/{route}/{id}`.
    ///
    /// # Errors
    /// When an answer is not `expected`, byte for byte.
    pub(super) fn ask(&mut self, route: &str, expected: String, requests: u64) -> Result<()> {
        let task = Arc::new(Task {
            request: format!(
                "GET /{route}/patient-1 HTTP/1.1\r\nHost: {}\r\nX-API-Key: {KEY}\r\nAccept: application/json\r\n\r\n",
                self.address
            ),
            expected,
            left: AtomicU64::new(requests),
        });
        let idle = std::mem::take(&mut self.idle);
        let address = self.address;
        self.idle = self.runtime.block_on(async {
            let mut running = JoinSet::new();
            for connection in idle {
                let task = Arc::clone(&task);
                running.spawn(async move {
                    // On a busy machine it may have been idle for longer than the gateway keeps it.
                    let connection = if connection.is_closed().await {
                        Connection::new(TcpStream::connect(address).await?)?
                    } else {
                        connection
                    };
                    work(connection, task).await
                });
            }
            let mut idle = Vec::with_capacity(CONNECTIONS);
            while let Some(ended) = running.join_next().await {
                idle.push(ended??);
            }
            anyhow::Ok(idle)
        })?;
        Ok(())
    }
}

async fn work(mut connection: Connection, task: Arc<Task>) -> Result<Connection> {
    let mut body = Vec::new();
    let take = |left: u64| left.checked_sub(1);
    while task
        .left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        .is_ok()
    {
        connection.send(task.request.as_bytes()).await?;
        let head = connection.head().await?.ok_or_else(|| {
            Error::new(ErrorKind::UnexpectedEof, "the gateway closed a connection")
        })?;
        let (status, length) = http::response(&head)?;
        connection.body(length, &mut body).await?;
        ensure!(
            status == 200 && body == task.expected.as_bytes(),
            "the gateway answered {status} with {length} bytes that are not what is expected"
        );
    }
    Ok(connection)
}

/// The answer that is expected: a member per call, bodies byte for byte.
pub(super) fn aggregate(size: Size) -> String {
    let body = size.body();
    let members: Vec<String> = BACKENDS
        .iter()
        .map(|name| format!("\"{name}\":{body}"))
        .collect();
    format!("{{{}}}", members.join(","))
}
