//! Counts what a program does, so that it ends: every repetition and every value that a function looks
//! at costs steps, and without steps left the run stops. The counting functions stand in the program
//! where [`super::instrument`] has put them.
//!
//! Must not know the program.

use std::cell::Cell;

use jaq_core::{DataT, Exn, Lut, data::HasLut};
use jaq_json::{Num, Val};
use orchestration::Until;

use super::instrument::Mark;

mod functions;

pub(super) use functions::functions;

/// Costs one step.
pub(super) const TICK: &str = "!tick";
/// Costs one step, does what its second argument does, and notes that the mark with the number of its
/// first one has failed, when it has.
pub(super) const AT: &str = "!at";
/// Forgets what has failed.
pub(super) const CAUGHT: &str = "!caught";
/// Fails on a number that is none: infinite, or not a number.
pub(super) const FINITE: &str = "!finite";
/// Costs the size of its input, elements as one each.
pub(super) const LOAD: &str = "!load";
/// Costs the size of its input, everything in it.
pub(super) const WEIGH: &str = "!weigh";
/// Costs the size of its input times that of its argument.
pub(super) const PRODUCT: &str = "!product";
/// `-`
pub(super) const MINUS: &str = "!minus";
/// `*`
pub(super) const TIMES: &str = "!times";

/// Steps between one look at the clock and the next: some hundred microseconds.
const UNASKED: u64 = 512;
/// Text of this many bytes costs one step.
const TEXT: usize = 16;
/// Numbers of more digits than this are not read: to read one takes the square of its digits.
pub(crate) const DIGITS: usize = 4096;
/// Larger whole numbers are not multiplied.
const BITS: u64 = 4096;

/// What a run carries besides values.
pub(super) struct Run<'a> {
    lut: &'a Lut<Metered>,
    left: Cell<u64>,
    /// With so many steps left, it is asked whether anybody waits.
    ask: Cell<u64>,
    until: &'a Until,
    late: Cell<bool>,
    marks: &'a [Mark],
    /// The innermost mark that has failed.
    failed: Cell<Option<usize>>,
}

/// The kind of data that metered programs work on.
pub(super) enum Metered {}

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = &'a Run<'a>;
}

impl<'a> HasLut<'a, Metered> for &'a Run<'a> {
    fn lut(&self) -> &'a Lut<Metered> {
        self.lut
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        lut: &'a Lut<Metered>,
        marks: &'a [Mark],
        steps: u64,
        until: &'a Until,
    ) -> Self {
        Self {
            lut,
            left: Cell::new(steps),
            ask: Cell::new(steps.saturating_sub(UNASKED)),
            until,
            late: Cell::new(false),
            marks,
            failed: Cell::new(None),
        }
    }

    /// The innermost term that has failed.
    pub(super) fn failed(&self) -> Option<&'a Mark> {
        self.marks.get(self.failed.get()?)
    }

    /// Begins the term with the mark `number`.
    fn begin<'x>(&self, number: &Val) -> Result<usize, Exn<'x, Val>> {
        self.charge(1)?;
        Ok(match number {
            Val::Num(Num::Int(number)) => usize::try_from(*number).unwrap_or_default(),
            _ => 0,
        })
    }

    /// Notes that the term with the mark has failed, unless that is because one within it has.
    fn note(&self, mark: usize) {
        let first = self.marks.get(mark).map_or(mark, |mark| mark.first);
        if !self
            .failed
            .get()
            .is_some_and(|inner| (first..mark).contains(&inner))
        {
            self.failed.set(Some(mark));
        }
    }

    /// Takes steps; when they are used up, the run ends: no `try` catches this.
    fn charge<'x>(&self, steps: usize) -> Result<(), Exn<'x, Val>> {
        let left = self.left.get();
        match left.checked_sub(steps as u64) {
            Some(left) => {
                self.left.set(left);
                if left <= self.ask.get() {
                    self.ask()
                } else {
                    Ok(())
                }
            }
            None => Err(Exn::halt(0)),
        }
    }

    /// Ends the run when nobody waits for it any longer; from then on, at every step.
    fn ask<'x>(&self) -> Result<(), Exn<'x, Val>> {
        if self.late.get() || self.until.is_over() {
            self.late.set(true);
            return Err(Exn::halt(0));
        }
        self.ask.set(self.left.get().saturating_sub(UNASKED));
        Ok(())
    }

    /// Whether it has ended because nobody waited for it.
    pub(super) fn is_late(&self) -> bool {
        self.late.get()
    }

    fn weigh<'x>(&self, value: &Val) -> Result<(), Exn<'x, Val>> {
        let most = usize::try_from(self.left.get()).unwrap_or(usize::MAX);
        self.charge(weight(value, most))
    }

    fn product<'x>(&self, left: &Val, right: &Val) -> Result<(), Exn<'x, Val>> {
        let most = usize::try_from(self.left.get()).unwrap_or(usize::MAX);
        self.charge(weight(left, most).saturating_mul(weight(right, most)))
    }
}

/// What looking at the value itself costs.
fn load(value: &Val) -> usize {
    1 + match value {
        Val::TStr(text) | Val::BStr(text) => text.len() / TEXT,
        Val::Arr(elements) => elements.len(),
        Val::Obj(members) => members.len(),
        Val::Num(Num::Dec(text)) => text.len() / TEXT,
        Val::Num(Num::BigInt(number)) => {
            usize::try_from(number.bits() / 64).unwrap_or(usize::MAX - 1)
        }
        Val::Null | Val::Bool(_) | Val::Num(_) => 0,
    }
}

/// What looking at everything in the value costs; more than `most` is not counted further. Parts that
/// a value shares count as often as they are there.
fn weight(value: &Val, most: usize) -> usize {
    let mut sum: usize = 1;
    let mut add = |part: &Val| {
        if sum <= most {
            sum = sum.saturating_add(weight(part, most.saturating_sub(sum)));
        }
    };
    match value {
        Val::Arr(elements) => elements.iter().for_each(add),
        Val::Obj(members) => members.iter().for_each(|(name, member)| {
            add(name);
            add(member);
        }),
        Val::TStr(_) | Val::BStr(_) | Val::Num(_) => return load(value),
        Val::Null | Val::Bool(_) => {}
    }
    sum
}
