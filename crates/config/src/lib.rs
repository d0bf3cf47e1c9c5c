//! The configuration file: YAML → compiled configuration, with every fault located.
//!
//! [`load`] reads a file in steps, each in a file of its own: text → tree with places → values from
//! the environment and from files → JSON Schema → settings → [`Configuration`]. No step stops at its
//! first fault. [`schema`] is the JSON Schema of the file, generated from the settings.
//!
//! This crate knows no HTTP client and no HTTP server, and builds nothing that runs.

mod check;
mod compile;
mod compiled;
mod encoders;
mod fault;
mod interpolate;
mod load;
mod mask;
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
    Access, AnswerSettings, ApiKey, Backend, Basic, BodySettings, Check, Client, Configuration,
    Credential, CredentialKind, Dialect, EndpointSettings, Mapped, Member, ParameterSettings,
    Server,
};
pub use fault::{Fault, Faults, Warning};
pub use load::{load, parse};
pub use scalar::ScalarKind;
pub use schema::schema;
