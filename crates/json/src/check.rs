//! The checker: fed with chunks as they arrive, it yields checked JSON or the first fault.
//!
//! Grammar and UTF-8 are two machines that run over each chunk in turn; both keep what they need to
//! go on after a cut at any byte. Must not know where chunks come from.

mod machine;
mod nesting;
mod utf8;

use std::fmt;
use std::ops::Range;

use bytes::{Buf as _, Bytes};

use crate::checked::CheckedJson;
use crate::fault::{Fault, FaultKind, Limits};
use crate::kind::Kind;
use crate::slices::Slices;
use machine::Machine;
use utf8::Utf8;

/// Slices kept as they came before small ones are copied together.
const FREE_SLICES: usize = 16;
/// A chunk below this many bytes is small: keeping it would cost more than copying it.
const SMALL_CHUNK: usize = 512;

/// Checks one JSON value (RFC 8259) while its bytes arrive.
///
/// It accepts exactly what the grammar does, in valid UTF-8, up to [`Limits`]. Duplicate names, escapes of lone surrogates and numbers of any
/// length and exponent pass. A byte order mark is a fault (§8.1 leaves the choice; accepting it
/// would mean to strip it or to splice it into the middle of an answer).
///
/// Chunks are kept, not copied, with one exception: after the first sixteen, chunks below 512 bytes
/// are copied together, so that a peer who sends byte by byte cannot make the bookkeeping
/// outweigh the body.
pub struct Checker {
    limits: Limits,
    machine: Machine,
    utf8: Utf8,
    slices: Slices,
    fed: usize,
    fault: Option<Fault>,
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            machine: Machine::new(limits.depth),
            utf8: Utf8::default(),
            slices: Slices::default(),
            fed: 0,
            fault: None,
        }
    }

    /// Checks the next bytes of the body and keeps them. An empty chunk changes nothing.
    ///
    /// # Errors
    /// The first fault of the body; from then on always that one.
    pub fn feed(&mut self, chunk: Bytes) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        match self.examine(&chunk) {
            Ok(value) => {
                self.keep(chunk, value);
                Ok(())
            }
            Err(fault) => {
                self.fault = Some(fault);
                // Nobody will ask for them.
                self.slices = Slices::default();
                Err(fault)
            }
        }
    }

    /// The checked value, without the whitespace around it.
    ///
    /// # Errors
    /// The fault found before, or [`FaultKind::Empty`] or [`FaultKind::Truncated`].
    pub fn finish(self) -> Result<CheckedJson, Fault> {
        let kind = self.outcome()?;
        Ok(CheckedJson::from_parts(kind, self.slices))
    }

    fn outcome(&self) -> Result<Kind, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.machine.finish().map_err(|kind| Fault {
            kind,
            offset: self.fed,
        })
    }

    /// Runs both machines over `chunk` and returns which part of it belongs to the value.
    fn examine(&mut self, chunk: &[u8]) -> Result<Range<usize>, Fault> {
        let start = self.fed;
        let room = self.limits.bytes - start;
        let allowed = chunk.get(..room).unwrap_or(chunk);
        let invalid = self.utf8.feed(allowed, start).err();
        let sound = invalid
            .and_then(|offset| allowed.get(..offset.saturating_sub(start)))
            .unwrap_or(allowed);
        let value = self.machine.feed(sound).map_err(|(kind, index)| Fault {
            kind,
            offset: start + index,
        })?;
        if let Some(offset) = invalid {
            let kind = self.machine.fault_of_foreign_byte();
            return Err(Fault { kind, offset });
        }
        if chunk.len() > room {
            return Err(Fault {
                kind: FaultKind::TooLarge,
                offset: self.limits.bytes,
            });
        }
        self.fed += chunk.len();
        Ok(value)
    }

    fn keep(&mut self, mut chunk: Bytes, value: Range<usize>) {
        chunk.truncate(value.end);
        chunk.advance(value.start);
        if chunk.len() < SMALL_CHUNK && self.slices.count() >= FREE_SLICES {
            self.slices.copy(&chunk);
        } else {
            self.slices.push(chunk);
        }
    }
}

/// Shows how far the check got, and nothing of the body.
impl fmt::Debug for Checker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Checker")
            .field("fed", &self.fed)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

/// Checks a value that is in one piece and whose bytes somebody else keeps.
pub(crate) fn check_slice(text: &[u8], limits: Limits) -> Result<Kind, Fault> {
    let mut checker = Checker::new(limits);
    checker.examine(text)?;
    checker.outcome()
}

#[cfg(test)]
mod tests;
