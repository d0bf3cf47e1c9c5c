//! The closed registry of what can go wrong, and the document a client reads about it.
//!
//! A leaf: it knows no HTTP server, no backend, no configuration. Every failure of the service has
//! one [`Code`]; the code fixes title, status, documentation page and metric label, so that the
//! client's document, the operator's metric and the log line never disagree.

mod code;
mod document;

pub use code::{Code, Status};
pub use document::{CallProblem, Issue, ParameterProblem, Problem, Severity};
