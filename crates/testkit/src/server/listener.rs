//! The listening socket, and how it is closed and opened again on the same port.
//! Knows no HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Shared, connection, lock};

const BACKLOG: u32 = 1024;
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(10);

/// Whether the port accepts connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    Closed,
}

/// Asks the listener to change its door, and to say when that is done.
pub(super) struct Command {
    pub(super) door: Door,
    pub(super) done: oneshot::Sender<io::Result<()>>,
}

/// The port's state.
enum Port {
    Listening(TcpListener),
    /// Bound and not listening: connections are refused, and nobody else can have the port.
    Reserved(TcpSocket),
    /// Lost while it was switched: nothing is bound.
    Lost,
}

/// Binds the address and listens.
///
/// # Errors
/// What the operating system says.
pub(super) fn bind(address: SocketAddr) -> io::Result<(SocketAddr, TcpListener)> {
    let listener = reserve(address)?.listen(BACKLOG)?;
    Ok((listener.local_addr()?, listener))
}

/// Accepts connections until the server stops.
pub(super) async fn run(
    listener: TcpListener,
    mut commands: mpsc::Receiver<Command>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let Ok(address) = listener.local_addr() else {
        return;
    };
    let mut port = Port::Listening(listener);
    let mut session = Session::new(&stop);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            command = commands.recv() => {
                let Some(Command { door, done }) = command else { break };
                if door == Door::Closed {
                    drop(std::mem::replace(&mut port, Port::Lost));
                    session.end().await;
                    session = Session::new(&stop);
                }
                let switched = switch(&mut port, door, address);
                // Whoever asked may have stopped waiting; the door is switched all the same.
                let _ = done.send(switched);
            }
            accepted = accept(&port) => {
                if let Ok(stream) = accepted {
                    lock(&shared.log).connections += 1;
                    session.spawn(stream, &shared);
                } else {
                    // Out of file descriptors: others must be closed before the next try.
                    tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
                }
            }
        }
    }
    session.end().await;
}

async fn accept(port: &Port) -> io::Result<TcpStream> {
    match port {
        Port::Listening(listener) => listener.accept().await.map(|(stream, _)| stream),
        Port::Reserved(_) | Port::Lost => std::future::pending().await,
    }
}

fn switch(port: &mut Port, door: Door, address: SocketAddr) -> io::Result<()> {
    *port = match (std::mem::replace(port, Port::Lost), door) {
        (Port::Listening(listener), Door::Open) => Port::Listening(listener),
        (Port::Reserved(socket), Door::Open) => Port::Listening(socket.listen(BACKLOG)?),
        (Port::Lost, Door::Open) => Port::Listening(reserve(address)?.listen(BACKLOG)?),
        (_, Door::Closed) => Port::Reserved(reserve(address)?),
    };
    Ok(())
}

fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // The port's old connections may still linger in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// The connections accepted between one opening of the door and the next closing.
struct Session {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Session {
    fn new(parent: &CancellationToken) -> Self {
        Self {
            stop: parent.child_token(),
            tasks: TaskTracker::new(),
        }
    }

    fn spawn(&self, stream: TcpStream, shared: &Arc<Shared>) {
        let (stop, shared) = (self.stop.clone(), Arc::clone(shared));
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = connection::serve(stream, &shared) => {}
            }
        });
    }

    async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
