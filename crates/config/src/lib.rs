//! The configuration file: YAML → compiled configuration, with every fault located.
//!
//! [`load`] reads a file, or a folder of files, in steps, each in a file of its own: text → tree with
//! places → values from the environment and from files → one tree → JSON Schema → settings →
//! [`Configuration`]. No step stops at its first fault. [`Inputs`] says whether any of it has changed
//! since. [`schema`] is the JSON Schema of the file,
//! generated from the settings.
//!
//! The files of certificates and keys that a configuration names are read to see whether they can be
//! used. This crate knows no HTTP client and no HTTP server, and builds nothing that runs.

mod check;
mod compile;
mod compiled;
mod encoders;
mod fault;
mod grammar;
mod inputs;
mod interpolate;
mod load;
mod mask;
mod merge;
mod place;
mod report;
mod scalar;
mod schema;
mod settings;
mod suggest;
mod yaml;

#[cfg(test)]
mod tests;

pub use compiled::{
    Access, AnswerSettings, ApiKey, Backend, Basic, BodySettings, Client, Configuration,
    Credential, CredentialKind, EndpointSettings, Limits, Mapped, Member, ParameterSettings,
    RateLimit, Server, TokenStore,
};
pub use fault::{Fault, Faults, Warning};
pub use inputs::Inputs;
pub use load::{load, load_noting, parse};
pub use scalar::ScalarKind;
pub use schema::schema;
