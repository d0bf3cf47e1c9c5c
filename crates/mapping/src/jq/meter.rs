//! Counts what a program does, so that it ends: every repetition and every value that a function looks
//! at costs steps, and without steps left the run stops. The counting functions stand in the program
//! where [`super::instrument`] has put them.
//!
//! Must not know the program.

use std::cell::Cell;

use jaq_core::box_iter::box_once;
use jaq_core::native::{Fun, v};
use jaq_core::{Bind, DataT, Exn, Lut, Native, data::HasLut};
use jaq_json::{Num, Val};
use orchestration::Until;

use super::instrument::Mark;

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

fn failure<'x>(text: &str) -> Exn<'x, Val> {
    Exn::from(jaq_json::Error::new(Val::from(text.to_owned())))
}

fn minus<'x>(run: &Run<'_>, left: Val, right: Val) -> Result<Val, Exn<'x, Val>> {
    if matches!((&left, &right), (Val::Arr(_), Val::Arr(_))) {
        run.product(&left, &right)?;
    }
    run.weigh(&left)?;
    run.weigh(&right)?;
    finite((left - right)?)
}

fn times<'x>(run: &Run<'_>, left: Val, right: Val) -> Result<Val, Exn<'x, Val>> {
    let is_text = |value: &Val| matches!(value, Val::TStr(_) | Val::BStr(_));
    if is_text(&left) || is_text(&right) {
        return Err(failure("texts cannot be multiplied"));
    }
    let is_huge =
        |value: &Val| matches!(value, Val::Num(Num::BigInt(number)) if number.bits() > BITS);
    if is_huge(&left) || is_huge(&right) {
        return Err(failure("the numbers are too large"));
    }
    run.weigh(&left)?;
    run.weigh(&right)?;
    finite((left * right)?)
}

fn finite<'x>(value: Val) -> Result<Val, Exn<'x, Val>> {
    match value {
        Val::Num(Num::Float(number)) if !number.is_finite() => {
            Err(failure("the result is not a number, or too large for one"))
        }
        value => Ok(value),
    }
}

/// The number that a text is, read without a parser that recurses.
fn number<'x>(value: Val) -> Result<Val, Exn<'x, Val>> {
    let found = match &value {
        Val::Num(_) => return Ok(value),
        Val::TStr(text) if text.len() <= DIGITS => match text.first() {
            Some(b'-' | b'0'..=b'9') => jaq_json::read::parse_single_num(text),
            _ => None,
        },
        _ => None,
    };
    found
        .map(Val::Num)
        .ok_or_else(|| failure("cannot be read as a number"))
}

fn boolean<'x>(value: Val) -> Result<Val, Exn<'x, Val>> {
    match &value {
        Val::Bool(_) => Ok(value),
        Val::TStr(text) if *text.as_ref() == "true" => Ok(Val::Bool(true)),
        Val::TStr(text) if *text.as_ref() == "false" => Ok(Val::Bool(false)),
        _ => Err(failure("cannot be read as a boolean")),
    }
}

/// The functions that count, and those that replace what cannot be counted.
pub(super) fn functions() -> [Fun<Metered>; 11] {
    [
        (
            TICK,
            v(0),
            Native::<Metered>::new(|cv| box_once(cv.0.data().charge(1).map(|()| cv.1)))
                .with_paths(|cv| box_once(cv.0.data().charge(1).map(|()| cv.1)))
                .with_update(|cv, update| match cv.0.data().charge(1) {
                    Ok(()) => update(cv.1),
                    Err(end) => box_once(Err(end)),
                }),
        ),
        (
            AT,
            [Bind::Var(()), Bind::Fun(())].into(),
            Native::<Metered>::new(|mut cv| {
                let (term, inner) = cv.0.pop_fun();
                let run = *inner.data();
                match run.begin(&cv.0.pop_var()) {
                    Ok(mark) => Box::new(
                        term.run((inner, cv.1))
                            .inspect(move |value| watch(run, mark, value)),
                    ),
                    Err(end) => box_once(Err(end)),
                }
            })
            .with_paths(|mut cv| {
                let (term, inner) = cv.0.pop_fun();
                let run = *inner.data();
                match run.begin(&cv.0.pop_var()) {
                    Ok(mark) => Box::new(
                        term.paths((inner, cv.1))
                            .inspect(move |value| watch(run, mark, value)),
                    ),
                    Err(end) => box_once(Err(end)),
                }
            })
            // What fails may be the new value: that is for those around it to tell.
            .with_update(|mut cv, update| {
                let (term, inner) = cv.0.pop_fun();
                match inner.data().begin(&cv.0.pop_var()) {
                    Ok(_) => term.update((inner, cv.1), update),
                    Err(end) => box_once(Err(end)),
                }
            }),
        ),
        (
            CAUGHT,
            v(0),
            Native::<Metered>::new(|cv| {
                cv.0.data().failed.set(None);
                box_once(Ok(cv.1))
            }),
        ),
        (
            FINITE,
            v(0),
            Native::<Metered>::new(|cv| box_once(finite(cv.1))),
        ),
        (
            LOAD,
            v(0),
            Native::<Metered>::new(|cv| box_once(cv.0.data().charge(load(&cv.1)).map(|()| cv.1)))
                .with_paths(|cv| box_once(cv.0.data().charge(load(&cv.1.0)).map(|()| cv.1)))
                .with_update(|cv, update| match cv.0.data().charge(load(&cv.1)) {
                    Ok(()) => update(cv.1),
                    Err(end) => box_once(Err(end)),
                }),
        ),
        (
            WEIGH,
            v(0),
            Native::<Metered>::new(|cv| box_once(cv.0.data().weigh(&cv.1).map(|()| cv.1)))
                .with_paths(|cv| box_once(cv.0.data().weigh(&cv.1.0).map(|()| cv.1)))
                .with_update(|cv, update| match cv.0.data().weigh(&cv.1) {
                    Ok(()) => update(cv.1),
                    Err(end) => box_once(Err(end)),
                }),
        ),
        (
            PRODUCT,
            v(1),
            Native::<Metered>::new(|mut cv| {
                let right = cv.0.pop_var();
                box_once(cv.0.data().product(&cv.1, &right).map(|()| cv.1))
            }),
        ),
        (
            MINUS,
            v(2),
            Native::<Metered>::new(|mut cv| {
                let right = cv.0.pop_var();
                let left = cv.0.pop_var();
                box_once(minus(cv.0.data(), left, right))
            }),
        ),
        (
            TIMES,
            v(2),
            Native::<Metered>::new(|mut cv| {
                let right = cv.0.pop_var();
                let left = cv.0.pop_var();
                box_once(times(cv.0.data(), left, right))
            }),
        ),
        (
            "tonumber",
            v(0),
            Native::<Metered>::new(|cv| box_once(number(cv.1))),
        ),
        (
            "toboolean",
            v(0),
            Native::<Metered>::new(|cv| box_once(boolean(cv.1))),
        ),
    ]
}

fn watch<T>(run: &Run<'_>, mark: usize, value: &Result<T, Exn<'_, Val>>) {
    if value.is_err() {
        run.note(mark);
    }
}
