//! The running service: listeners bound, workers started, and the way out.

use std::any::Any;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::{Extensions, ServerHandle};
use actix_web::web::Data;
use actix_web::{App, HttpServer, web};
use config::{Configuration, Server};
use tokio::time::{Instant, timeout_at};

use crate::process::{Process, ProcessError};
use crate::revision::RevisionError;
use crate::{admin, handle};

/// What a service is started with besides its configuration.
pub struct Options {
    /// Where access lines go.
    pub access_log: Box<dyn Write + Send>,
}

impl Default for Options {
    /// Access lines on standard output.
    fn default() -> Self {
        Self {
            access_log: Box::new(std::io::stdout()),
        }
    }
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener cannot be bound.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The system refuses a resource.
    #[error("the system refuses a resource: {0}")]
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

/// A running service. [`Service::drain`] ends it in order; dropping it ends it at once.
pub struct Service {
    process: Arc<Process>,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    handles: Vec<ServerHandle>,
    threads: Vec<JoinHandle<()>>,
    settings: Server,
}

impl Service {
    /// Binds the listeners and starts the workers; requests are answered when it returns.
    ///
    /// # Errors
    /// When an address is taken, the system refuses a resource or the configuration cannot run.
    pub fn start(configuration: Configuration, options: Options) -> Result<Self, StartError> {
        let settings = configuration.server.clone();
        let listener = listen(settings.listen)?;
        let admin_listener = settings.admin.map(listen).transpose()?;
        let address = listener.local_addr().map_err(StartError::System)?;
        let admin_address = admin_listener
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()
            .map_err(StartError::System)?;
        let process = Process::new(configuration, options)?;
        let mut service = Self {
            process,
            address,
            admin_address,
            handles: Vec::new(),
            threads: Vec::new(),
            settings,
        };
        service.serve_clients(listener)?;
        if let Some(listener) = admin_listener {
            service.serve_operators(listener)?;
        }
        Ok(service)
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

    /// Replaces the configuration, listeners aside. Requests under way end with the one that they
    /// began with; tokens whose credential is defined as before are kept.
    ///
    /// # Errors
    /// When the configuration cannot be run; the old one goes on.
    pub fn install(&self, configuration: Configuration) -> Result<(), RevisionError> {
        self.process.install(configuration)
    }

    /// Ends the service in order: `/readyz` says no while requests are still taken; then no new
    /// connections; then what is under way, writes that outlive their request included, may end.
    pub async fn drain(mut self) {
        self.process.leave();
        tracing::info!(
            seconds = self.settings.lame_duck.as_secs_f32(),
            "leaving: not ready, still serving"
        );
        tokio::time::sleep(self.settings.lame_duck).await;
        tracing::info!(
            seconds = self.settings.drain.as_secs_f32(),
            "draining: no new connections"
        );
        for handle in &self.handles {
            handle.pause().await;
        }
        self.process.work.close();
        let last = Instant::now() + self.settings.drain;
        // Writes run on the workers: they end before the workers do.
        if timeout_at(last, self.process.work.wait()).await.is_err() {
            tracing::warn!(
                unfinished = self.process.work.len(),
                "the drain time is over, work was cut off"
            );
        }
        for handle in &self.handles {
            handle.stop(true).await;
        }
        self.join();
        tracing::info!("stopped");
    }

    fn serve_clients(&mut self, listener: TcpListener) -> Result<(), StartError> {
        let process = Data::from(Arc::clone(&self.process));
        let settings = &self.settings;
        let server = HttpServer::new(move || {
            App::new()
                .app_data(process.clone())
                .default_service(web::to(handle::handle))
        })
        .workers(settings.workers)
        .client_request_timeout(settings.head_timeout)
        // A client that closes its side has left: its reads are cancelled.
        .h1_allow_half_closed(false)
        .on_connect(limit_unread)
        // Answers that are still being sent end within the drain time, too.
        .shutdown_timeout(settings.drain.as_secs().max(1))
        .disable_signals()
        .listen(listener)
        .map_err(StartError::System)?;
        self.spawn("clients", server.run())
    }

    fn serve_operators(&mut self, listener: TcpListener) -> Result<(), StartError> {
        let process = Data::from(Arc::clone(&self.process));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(process.clone())
                .configure(admin::configure)
        })
        .workers(1)
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)
        .map_err(StartError::System)?;
        self.spawn("operators", server.run())
    }

    fn spawn(&mut self, name: &str, server: actix_web::dev::Server) -> Result<(), StartError> {
        self.handles.push(server.handle());
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                if let Err(error) = actix_web::rt::System::new().block_on(server) {
                    tracing::error!(%error, "a listener ended");
                }
            });
        self.threads.push(thread.map_err(StartError::System)?);
        Ok(())
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a listener's thread ended by a panic");
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        for handle in &self.handles {
            // The command is sent by the call; the future only waits for the end.
            drop(handle.stop(false));
        }
        self.join();
    }
}

/// A client that takes nothing of its answer for this long is cut off: its answer waits in memory.
const UNREAD_FOR: Duration = Duration::from_secs(30);

/// Has the system end a connection whose other side takes no bytes (`TCP_USER_TIMEOUT`, RFC 5482).
fn limit_unread(connection: &dyn Any, _: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() else {
        return;
    };
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(UNREAD_FOR)) {
        tracing::debug!(%error, "a connection without a limit for unread answers");
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|source| StartError::Listen { address, source })
}
