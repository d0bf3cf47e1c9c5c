//! Stub authorization server and backends, with every fault on a switch.
//!
//! `manifold demo` shows them to a newcomer and the integration tests run against them. They speak
//! HTTP over raw sockets, because a server that is polite by construction cannot break things on
//! the wire. This crate must not know the service: no configuration format, no problem codes, no
//! plan, no other crate of the workspace.

mod authorization_server;
mod demo;
mod error;
mod fault;
mod fhir_server;
mod insurer_server;
mod lab_server;
mod random;
mod reply;
mod request;
mod resource_access;
mod server;
mod stub_set;
mod weather_server;

#[cfg(test)]
mod test_client;

pub use authorization_server::{
    AuthorizationServer, AuthorizationServerOptions, Oddity, RegisteredClient, UnknownOddity,
    UnknownVendor, Vendor, Verdict, Verifier,
};
pub use demo::{Demo, DemoOptions, DemoSecrets, DemoStub};
pub use error::Error;
pub use fault::{Fault, FaultRule, FaultSettings, UnknownFault};
pub use fhir_server::{FhirServer, FhirServerOptions, NextLink, Total};
pub use insurer_server::{InsurerServer, InsurerServerOptions};
pub use lab_server::{LabServer, LabServerOptions};
pub use reply::{Reply, Response, Step};
pub use request::Request;
pub use server::{Handler, Server};
pub use stub_set::StubSet;
pub use weather_server::{WeatherServer, WeatherServerOptions};
