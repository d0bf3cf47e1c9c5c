//! Paths such as `patient.identifier[0].value`: written in a configuration, followed in a value.
//!
//! Must not know the configuration. A path that leads nowhere says where it ended and why, in terms
//! of the path alone: what the value holds is nobody's business.

mod parse;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{elements, member};
use crate::kind::{Kind, kind};
use parse::is_in_bare_name;
pub use parse::{PathFault, PathFaultKind};

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the member of this name.
    Member(Box<str>),
    /// To the element at this place, counted from 0.
    Index(usize),
}

/// The way from a value to one inside it. The default is the empty path, to the value itself.
///
/// Written as names and indices: `identifier[0].value`, `[2]`, `codes["8480-6"].text`. A bare name
/// consists of ASCII letters, digits, `_`, `-` and `$`; any other is quoted like a JSON string.
/// [`fmt::Display`] writes what [`Path::parse`] reads. A clone shares the steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    steps: Arc<[Step]>,
}

impl Path {
    /// Reads a path that has at least one step.
    ///
    /// # Errors
    /// Where the text stops being a path, and why.
    pub fn parse(text: &str) -> Result<Self, PathFault> {
        Ok(Self {
            steps: parse::steps(text)?.into(),
        })
    }

    /// The steps in their order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The value that the path leads to: a piece of `value`, without whitespace around it, for
    /// which [`Bytes::slice_ref`](bytes::Bytes::slice_ref) works. `null` is a value. Of duplicate
    /// members the last is taken, as [`member`] does. On bytes that were not checked the answer
    /// means little, but there is one.
    ///
    /// # Errors
    /// The first step that cannot be taken.
    pub fn select<'a>(&self, value: &'a [u8]) -> Result<&'a [u8], Missing> {
        let mut found = value.trim_ascii();
        for (index, step) in self.steps.iter().enumerate() {
            found = take(step, found).map_err(|reason| Missing {
                path: self.clone(),
                step: index,
                reason,
            })?;
        }
        Ok(found)
    }
}

fn take<'a>(step: &Step, value: &'a [u8]) -> Result<&'a [u8], MissingReason> {
    match (step, kind(value)) {
        (Step::Member(name), Some(Kind::Object)) => {
            member(value, name).ok_or(MissingReason::NoSuchMember)
        }
        (Step::Member(_), _) => Err(MissingReason::NotAnObject),
        (Step::Index(index), Some(Kind::Array)) => elements(value)
            .nth(*index)
            .ok_or(MissingReason::IndexOutOfRange),
        (Step::Index(_), _) => Err(MissingReason::NotAnArray),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_steps(&self.steps, formatter)
    }
}

fn write_steps(steps: &[Step], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Index(place) => write!(formatter, "[{place}]")?,
            Step::Member(name) if !name.is_empty() && name.chars().all(is_in_bare_name) => {
                let dot = if index == 0 { "" } else { "." };
                write!(formatter, "{dot}{name}")?;
            }
            Step::Member(name) => write!(formatter, "[{}]", Value::from(name.as_ref()))?,
        }
    }
    Ok(())
}

/// How far a path led in a value that does not have what it names. Tells nothing of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    path: Path,
    /// The index of the step, counted from 0, that could not be taken.
    pub step: usize,
    /// Why not.
    pub reason: MissingReason,
}

/// Why a step of a path could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MissingReason {
    /// The object has no member of that name.
    #[error("there is no such member")]
    NoSuchMember,
    /// The array has fewer elements.
    #[error("the array has fewer elements")]
    IndexOutOfRange,
    /// The step names a member, but the value before it is not an object.
    #[error("what comes before it is not an object")]
    NotAnObject,
    /// The step is an index, but the value before it is not an array.
    #[error("what comes before it is not an array")]
    NotAnArray,
}

impl std::error::Error for Missing {}

/// The path up to and including the step that failed, and the reason.
impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.path.steps.get(..=self.step).unwrap_or_default();
        write_steps(taken, formatter)?;
        write!(formatter, ": {}", self.reason)
    }
}

#[cfg(test)]
mod tests;
