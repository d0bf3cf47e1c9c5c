//! The service: authenticate, route, invoke, respond, document. Everything else lives in the crates
//! below; what is here knows actix-web and nothing about how a backend is called.
//!
//! The binary, the demo and the tests start it the same way: [`Service::start`].

mod access_log;
mod admin;
mod authenticate;
mod caching;
pub mod command;
mod control;
mod documents;
mod explain;
mod handle;
mod limits;
mod metrics;
mod parameters;
mod process;
mod pulse;
mod reload;
mod request;
mod respond;
mod revision;
mod route;
mod service;
mod trace;

pub use reload::Source;
pub use revision::RevisionError;
pub use service::{LameDuck, Options, Service, StartError};
