//! From one [`Invocation`] to one [`Answer`]: plan, execute, decide, shape.
//!
//! Knows no HTTP client, no HTTP server, no FHIR, no configuration format. Backends and the shape
//! of the answer are ports ([`Backends`], [`Shape`]); plans are plain data that configuration or
//! code can build.

mod answer;
mod attempts;
mod decide;
mod encode;
mod exchange;
mod execute;
#[cfg(test)]
mod fake;
mod invocation;
mod outcome;
mod plan;
mod prepare;
mod shape;
mod success;
mod template;
mod until;

pub use answer::{Answer, Body, HeavyAnswers, invoke};
pub use attempts::{Attempt, AttemptEnd, AttemptKind, AttemptLog, AttemptNumber, Attempts};
pub use decide::{Decision, Ending, Quorum, decide};
pub use encode::{Encoder, HEADER, PLAIN, QUERY, Refused, SEGMENT};
pub use exchange::{Backends, Exchange, Payload, Prepared};
pub use execute::{Ports, execute};
pub use invocation::{ClientBody, Inputs, Invocation, Parameter, Trace};
pub use outcome::{Failure, ItemReport, Outcome, Report, SkipReason, whole_seconds};
pub use plan::{
    BackendRef, Caching, Call, Condition, Effect, Endpoint, Expect, ForEach, Need, ParameterName,
    Plan, Reading, Resource, Test,
};
pub use prepare::{Checked, Constants, Fault, Item, Values, check, misfit_in_header, prepare};
pub use shape::{Content, File, Fixed, Members, Shape, Shaped, Unfit, Unshaped, View};
pub use success::{Extra, Opaque, Success};
pub use template::{BodyTemplate, Field, FieldContent, JsonTemplate, Part, Source, Template};
pub use until::Until;
