//! How outgoing requests leave a guarded network: private certificate authorities, a client
//! certificate, a proxy. Certificates and keys are files, read again while the process runs. And why
//! there is no connection, in one vocabulary ([`ConnectionFault`]) for all who send.
//!
//! [`Networks`] opens [`Settings`]; a [`Network`] configures HTTP clients. When what it is made of
//! changes, so does its [generation](Network::generation): whoever keeps a client builds another one,
//! and requests under way end over the old one. This crate knows no backend and no token, and sends
//! nothing.

mod error;
mod fault;
mod fingerprint;
mod handle;
mod material;
mod pem;
mod proxy;
mod registry;
mod settings;

pub use error::{Member, NetworkError};
pub use fault::{ConnectionFault, causes};
pub use handle::Network;
pub use registry::{LOOK_EVERY, Networks};
pub use settings::{ClientCertificate, Proxy, Settings};

#[cfg(test)]
mod tests;
