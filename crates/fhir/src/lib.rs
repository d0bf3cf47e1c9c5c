//! FHIR R4 over bytes: what a backend's answers mean and what a request to it may hold.
//!
//! Pure functions. This crate knows FHIR's envelopes (Bundle, `OperationOutcome`), ids, search values
//! and paging links; it must not know an HTTP client, the typed model, or configuration. Resources
//! pass through as the bytes they came as.
//!
//! - [`id`]: logical ids and resource types
//! - [`search`]: values in a search's query
//! - [`media`]: media types
//! - [`resource`]: type, id and version of a resource
//! - [`bundle`]: the pages of a search, and one Bundle from them
//! - [`paging`]: which `next` link may be followed
//! - [`outcome`]: `OperationOutcome`, read and written

pub mod bundle;
pub mod id;
pub mod media;
pub mod outcome;
mod own;
pub mod paging;
pub mod resource;
pub mod search;

#[cfg(test)]
mod samples;
