//! The shape of an answer, where an endpoint says one: values selected from the calls' results,
//! members renamed, left out or merged, one call's body as it came, or a jq program over everything.
//!
//! [`Mapping`] implements [`orchestration::Shape`]. It knows no configuration, no HTTP client or
//! server and no FHIR. Only what a mapping looks at is read; everything else stays bytes.

mod jq;
mod mapping;

pub use jq::{
    Failure, FailureKind, Program, Refused, STEPS, STEPS_PER_BYTE, Touched, functions, position,
};
pub use mapping::{
    Body, Mapping, Members, Merge, Node, Part, Partial, Piece, Place, Policy, Status,
};
