//! What can go wrong while a stub is started. Faults that a stub plays are no errors.

use std::io;
use std::net::SocketAddr;

use crate::fault::UnknownFault;

/// Why a stub could not be started or switched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address could not be bound: the port is taken, or the machine has no such address.
    #[error("cannot listen on {address}")]
    Bind {
        /// What was asked for; port 0 means any free one.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The server has been shut down, so its listener cannot be switched any more.
    #[error("the server has stopped")]
    Stopped,
    /// The fixtures built into this crate are not what its servers read.
    #[error("fixture {file} cannot be read")]
    Fixture {
        /// The file below `fixtures/`.
        file: &'static str,
        /// Where it is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A declaration of stub servers is not what it should be; the place says which server.
    #[error("{place}: {source}")]
    Declaration {
        /// The server's name, or `backends` for the document as a whole.
        place: String,
        /// What is wrong, with line and column counted from the start of that place.
        source: serde_json::Error,
    },
    /// A declaration is well-formed and makes no sense.
    #[error("{place}: {reason}")]
    Contradiction {
        /// The server's name and the route.
        place: String,
        /// What to mend.
        reason: &'static str,
    },
    /// A name that is no fault.
    #[error(transparent)]
    UnknownFault(#[from] UnknownFault),
    /// The operating system gave no random bytes.
    #[error("no random bytes for a token or a secret")]
    Random(#[source] getrandom::Error),
}
