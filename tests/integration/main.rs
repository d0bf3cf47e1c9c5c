//! Black-box tests: the service as the binary starts it, in front of stub backends, over loopback.
//!
//! A test knows configuration and HTTP, and nothing of how the service is built. Names begin with
//! the id of the acceptance line that the test shows.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod authorization;
mod caching;
mod clients;
mod concurrency;
mod configuration;
mod contracts;
mod corpus;
mod drain;
mod explain;
mod failure;
mod faults;
mod fhir;
mod flow;
mod kept;
mod limits;
mod networks;
mod operations;
mod paging;
mod refusals;
mod reload;
mod resilience;
mod rest;
mod samples;
mod support;
mod token_store;
mod tokens;
mod wire;
