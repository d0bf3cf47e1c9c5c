//! A small HTTP/1.1 server on loopback whose answers may be anything, broken ones included.
//! Knows no OAuth, no FHIR, no backend: those are handlers.

mod connection;
mod listener;
mod log;
mod read;
mod write;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use http::StatusCode;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::listener::{Command, Door};
use self::log::Log;
use crate::error::Error;
use crate::fault::{self, Fault, FaultBoard, FaultRule, FaultSettings};
use crate::reply::{Reply, Response};
use crate::request::Request;

/// What a server says when no fault is on.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Answers one request. The future is dropped when the client goes away.
    async fn handle(&self, request: Request) -> Reply;

    /// Returns an error in this server's own dialect; faults such as `status-503` use it.
    fn error(&self, status: StatusCode, message: &str) -> Response {
        Response::json(
            status,
            &json!({ "status": status.as_u16(), "message": message }),
        )
    }

    /// Returns the media type of this server's answers; faults that lie about the body use it.
    fn media_type(&self) -> &'static str {
        "application/json"
    }
}

/// A running server. Dropping it stops it: open connections are closed without ceremony.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What the listener and every connection share.
struct Shared {
    handler: Arc<dyn Handler>,
    board: Mutex<FaultBoard>,
    log: Mutex<Log>,
}

impl Server {
    /// Starts a server on `127.0.0.1`; port 0 means any free one.
    ///
    /// # Panics
    /// Outside a Tokio runtime, like everything in this crate that starts a server.
    ///
    /// # Errors
    /// [`Error::Bind`] when the port cannot be had.
    pub fn start(port: u16, handler: Arc<dyn Handler>) -> Result<Self, Error> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), handler)
    }

    /// Starts a server at an address of this machine; port 0 means any free one.
    ///
    /// # Panics
    /// As [`Server::start`].
    ///
    /// # Errors
    /// [`Error::Bind`] when the address cannot be had.
    pub fn start_at(address: SocketAddr, handler: Arc<dyn Handler>) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            handler,
            board: Mutex::default(),
            log: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let (commands, inbox) = mpsc::channel(1);
        let bound = listener::bind(address).map_err(|source| Error::Bind { address, source })?;
        let (address, listener) = bound;
        tasks.spawn(listener::run(
            listener,
            inbox,
            Arc::clone(&shared),
            stop.clone(),
        ));
        tasks.close();
        Ok(Self {
            address,
            shared,
            commands,
            stop,
            tasks,
        })
    }

    /// Returns the address the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `http://` and the address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts one fault on every request, in place of all rules; `None` heals the server.
    ///
    /// When this returns, the fault is in force: with [`Fault::Refused`] the port refuses
    /// connections and the open ones are closed; without it the same port accepts again.
    ///
    /// # Errors
    /// [`Error::Stopped`] after a shutdown; [`Error::Bind`] when the port was lost meanwhile.
    pub async fn fault(&self, fault: Option<Fault>) -> Result<(), Error> {
        lock(&self.shared.board).replace(fault);
        let door = if fault == Some(Fault::Refused) {
            Door::Closed
        } else {
            Door::Open
        };
        let (done, answer) = oneshot::channel();
        let sent = self.commands.send(Command { door, done }).await;
        sent.map_err(|_| Error::Stopped)?;
        let switched = answer.await.map_err(|_| Error::Stopped)?;
        switched.map_err(|source| Error::Bind {
            address: self.address,
            source,
        })
    }

    /// Adds a rule for some requests only. The oldest rule that fits a request decides.
    pub fn fault_rule(&self, rule: FaultRule) {
        lock(&self.shared.board).add(rule);
    }

    /// Returns the fault that is on for every request, if one is.
    #[must_use]
    pub fn current_fault(&self) -> Option<Fault> {
        lock(&self.shared.board).general()
    }

    /// Changes how slow, how large and how far away the faults are.
    pub fn fault_settings(&self, settings: FaultSettings) {
        lock(&self.shared.board).settings = settings;
    }

    /// Returns the requests read so far, oldest first; the last 10,000 of them,
    /// fewer when their bodies exceed 256 MiB.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.log).requests()
    }

    /// Returns how many of [`Self::requests`] had exactly this path.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        lock(&self.shared.log).count(path)
    }

    /// Forgets requests and sets the counters to zero.
    pub fn clear(&self) {
        lock(&self.shared.log).clear();
    }

    /// Returns how many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.shared.log).connections
    }

    /// Returns how many clients went away before their answer was complete.
    #[must_use]
    pub fn disconnects(&self) -> usize {
        lock(&self.shared.log).disconnects
    }

    /// Stops the server and waits until its listener and connections are closed.
    ///
    /// # Cancel safety
    /// A dropped call has still stopped the server; only the waiting is lost.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Answers a request, or plays the fault that is on for it.
    async fn answer(&self, request: Request) -> Reply {
        let (fault, settings) = lock(&self.board).take(&request.path);
        match fault {
            None => self.handler.handle(request).await,
            Some(fault) => fault::play(fault, &settings, self.handler.as_ref(), request).await,
        }
    }
}

/// Locks data that every write leaves consistent, so that a panic elsewhere spoils nothing.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
