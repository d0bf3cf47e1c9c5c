//! One listener: its socket, its workers, and the thread that runs them.

use std::any::Any;
use std::io::ErrorKind;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::{Extensions, Server, ServerHandle};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::StartError;

/// How long the accept loop may take to let go of its socket, on a busy machine.
const PAUSING: Duration = Duration::from_millis(100);

/// A running listener. Dropping it ends it at once.
pub(super) struct Listener {
    socket: TcpListener,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    cut_off: CancellationToken,
}

impl Listener {
    /// Runs `server`, which accepts from `socket`, on a thread named `name`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(super) fn run(name: &str, socket: TcpListener, server: Server) -> std::io::Result<Self> {
        let handle = server.handle();
        let cut_off = CancellationToken::new();
        let is_cut_off = cut_off.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    tokio::select! {
                        ended = server => if let Err(error) = ended {
                            tracing::error!(%error, "a listener ended");
                        },
                        () = is_cut_off.cancelled() => {}
                    }
                });
            })?;
        Ok(Self {
            socket,
            handle,
            thread: Some(thread),
            cut_off,
        })
    }

    /// Refuses new connections; those that are open go on.
    pub(super) async fn close(&self) {
        // Returns when the accept loop has been told, not when it has done so, which nothing says. To a
        // loop that still watches its socket the shutdown is an error, and a clean stop would log two.
        self.handle.pause().await;
        sleep(PAUSING).await;
        // Paused, the system would still take connections in, and they would wait for nothing.
        if let Err(error) = socket2::SockRef::from(&self.socket).shutdown(Shutdown::Both) {
            tracing::debug!(%error, "the system goes on taking connections in");
        }
    }

    /// Closes every connection at once. Its workers drop what they were doing, on their own threads.
    pub(super) async fn cut(&self) {
        self.handle.stop(false).await;
    }

    /// Ends its connections: in order until `last`, what is open then at once.
    pub(super) async fn stop(&self, last: Instant) {
        if timeout_at(last, self.handle.stop(true)).await.is_err() {
            self.cut_off.cancel();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The command is sent by the call; the future only waits for the end.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a listener's thread ended by a panic");
        }
    }
}

/// Binds `address`, which the configuration names under `key`.
///
/// # Errors
/// [`StartError::Listen`], with the mend.
pub(super) fn bind(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|reason| StartError::listen(address, key, reason))
}

impl StartError {
    /// That `address`, which `key` says, cannot be bound, with the mend.
    pub(crate) fn listen(address: SocketAddr, key: &'static str, reason: std::io::Error) -> Self {
        Self::Listen {
            address,
            key,
            mend: mend(reason.kind()),
            reason,
        }
    }
}

fn mend(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AddrInUse => "end the program that listens there, or take another port",
        ErrorKind::AddrNotAvailable => "take an address that this machine has, or 0.0.0.0",
        ErrorKind::PermissionDenied => "take a port from 1024 on, or give the right to this one",
        _ => "take another address",
    }
}

/// Has the system end a connection whose other side takes no bytes (`TCP_USER_TIMEOUT`, RFC 5482).
pub(super) fn limit_unread(
    unread_for: Duration,
) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static {
    move |connection, _| {
        let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() else {
            return;
        };
        if let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(unread_for)) {
            tracing::debug!(%error, "a connection without a limit for unread answers");
        }
    }
}
