//! The running service: listeners bound, workers started, and the way out.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{App, HttpServer, web};
use config::{Configuration, Server};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::process::{Process, ProcessError};
use crate::reload::{self, Source};
use crate::revision::RevisionError;
use crate::{admin, handle};

mod listener;

use listener::{Listener, bind, limit_unread};

/// How long requests that are cut off may take to be told of in the access log.
const UNWINDING: Duration = Duration::from_secs(1);

/// What a service is started with besides its configuration.
pub struct Options {
    /// Where access lines go.
    pub access_log: Box<dyn Write + Send>,
    /// A client that takes nothing of its answer for this long is cut off: its answer waits in
    /// memory.
    pub unread_for: Duration,
    /// A thread that has not turned for this long is stuck, and `/livez` says so.
    pub stuck_after: Duration,
}

impl Default for Options {
    /// Access lines on standard output; 30 s for a client that does not read, 10 s for a thread.
    fn default() -> Self {
        Self {
            access_log: Box::new(std::io::stdout()),
            unread_for: Duration::from_secs(30),
            stuck_after: Duration::from_secs(10),
        }
    }
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener cannot be bound.
    #[error("cannot listen on {address}, which `{key}` says: {reason}; {mend}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// The key that says so, or the option.
        key: &'static str,
        /// What the system says. Not a source: a chain of errors would say it twice.
        reason: std::io::Error,
        /// What to do.
        mend: &'static str,
    },
    /// The system refuses a resource.
    #[error("the system refuses a resource")]
    System(#[source] std::io::Error),
    /// The configuration cannot be run.
    #[error("the configuration cannot be run: {0}")]
    Configuration(String),
}

impl From<ProcessError> for StartError {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::System(source) => Self::System(source),
            ProcessError::Transport(_)
            | ProcessError::Store(_)
            | ProcessError::Key(_)
            | ProcessError::Revision(_) => Self::Configuration(error.to_string()),
        }
    }
}

/// Whether a service that ends serves on for a while, so that whoever sends it requests sees it leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LameDuck {
    /// For `server.lame_duck`: behind a load balancer.
    Serve,
    /// Nobody watches: at a terminal.
    Skip,
}

/// A running service. [`Service::drain`] ends it in order; dropping it ends it at once.
pub struct Service {
    process: Arc<Process>,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    clients: Listener,
    operators: Option<Listener>,
}

impl Service {
    /// Binds the listeners and starts the workers; requests are answered when it returns.
    ///
    /// # Errors
    /// When an address is taken, the system refuses a resource or the configuration cannot run.
    pub fn start(configuration: Configuration, options: Options) -> Result<Self, StartError> {
        let settings = configuration.server.clone();
        let listener = bind(settings.listen, "server.listen")?;
        let admin = settings.admin.map(|admin| bind(admin, "server.admin"));
        let admin = admin.transpose()?;
        let address = listener.local_addr().map_err(StartError::System)?;
        let admin_address = admin.as_ref().map(TcpListener::local_addr).transpose();
        let unread_for = options.unread_for;
        let process = Process::new(configuration, options)?;
        let serve_operators = |listener| serve_operators(listener, &process);
        Ok(Self {
            address,
            admin_address: admin_address.map_err(StartError::System)?,
            clients: serve_clients(listener, &process, &settings, unread_for)
                .map_err(StartError::System)?,
            operators: admin
                .map(serve_operators)
                .transpose()
                .map_err(StartError::System)?,
            process,
        })
    }

    /// Where clients connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators connect.
    #[must_use]
    pub const fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Replaces the configuration. Requests under way end with the one that they began with; what is
    /// defined as before keeps its tokens, connections and remembered passwords.
    ///
    /// # Errors
    /// When the configuration cannot be run, or names other listeners or another token store; the old
    /// one goes on.
    pub fn install(&self, configuration: Configuration) -> Result<(), RevisionError> {
        self.process.install(configuration, None)
    }

    /// Keeps the configuration of this service what `source` says, from which it was started: read
    /// again when it changes on disk or `asked` says so, and taken up if it can be. Runs for ever.
    ///
    /// # Cancel safety
    /// Cancel safe: one that is being read may still be taken up.
    pub fn follow(
        &self,
        source: Source,
        asked: Arc<Notify>,
    ) -> impl Future<Output = ()> + Send + use<> {
        self.process.configuration.is_called(source.revision());
        reload::follow(Arc::clone(&self.process), source, asked)
    }

    /// Ends the service in order: `/readyz` says no while requests are still taken; then no new
    /// connections; then what is under way may end, answers that are being sent and writes that
    /// outlive their request included. Reads that wait too long are answered with 503 shortly before
    /// the drain time is over, and what is left then is cut off. The operators' listener is the last
    /// to go.
    pub async fn drain(self, lame_duck: LameDuck) {
        self.process.leave();
        let settings = self.process.revision().server.clone();
        if lame_duck == LameDuck::Serve {
            tracing::info!(
                seconds = settings.lame_duck.as_secs_f32(),
                "leaving: not ready, still serving"
            );
            tokio::time::sleep(settings.lame_duck).await;
        }
        tracing::info!(
            seconds = settings.drain.as_secs_f32(),
            "draining: no new connections"
        );
        self.clients.close().await;
        let last = Instant::now() + settings.drain;
        // Writes run on the workers: they end before the workers do.
        if !self.process.end(last).await {
            tracing::warn!(
                unfinished = self.process.work.len(),
                "the drain time is over, work was cut off"
            );
            self.clients.cut().await;
            // Each has its access line when it is gone.
            timeout(UNWINDING, self.process.work.wait()).await.ok();
        }
        self.clients.stop(last).await;
        if let Some(operators) = &self.operators {
            operators.stop(last).await;
        }
        // Workers that are not yet gone hold the process, so that its end would not be seen here.
        self.process.access_log.close();
        drop(self);
        tracing::info!("stopped");
    }
}

fn serve_clients(
    listener: TcpListener,
    process: &Arc<Process>,
    settings: &Server,
    unread_for: Duration,
) -> std::io::Result<Listener> {
    let process = Data::from(Arc::clone(process));
    let socket = listener.try_clone()?;
    let server = HttpServer::new(move || {
        // Called once on each worker's thread.
        actix_web::rt::spawn(Arc::clone(&process.pulse).beat());
        let waking = process.clone();
        actix_web::rt::spawn(async move { handle::wake_before_the_cut(&waking).await });
        App::new()
            .app_data(process.clone())
            .default_service(web::to(handle::handle))
    })
    .workers(settings.workers)
    .client_request_timeout(settings.head_timeout)
    // A client that closes its side has left: its reads are cancelled.
    .h1_allow_half_closed(false)
    .on_connect(limit_unread(unread_for))
    // Never reached: the drain time is over before.
    .shutdown_timeout(settings.drain.as_secs() + 1)
    .disable_signals()
    .listen(listener)?;
    Listener::run("clients", socket, server.run())
}

fn serve_operators(listener: TcpListener, process: &Arc<Process>) -> std::io::Result<Listener> {
    let process = Data::from(Arc::clone(process));
    let socket = listener.try_clone()?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(process.clone())
            .configure(admin::configure)
    })
    .workers(1)
    .client_request_timeout(Duration::from_secs(5))
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)?;
    Listener::run("operators", socket, server.run())
}

#[cfg(test)]
mod tests;
