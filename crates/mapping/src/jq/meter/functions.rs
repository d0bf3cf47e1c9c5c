//! The functions that stand in a program in place of counting.

use jaq_core::box_iter::box_once;
use jaq_core::native::{Fun, v};
use jaq_core::{Bind, Exn, Native};
use jaq_json::{Num, Val};

use super::{
    AT, BITS, CAUGHT, DIGITS, FINITE, LOAD, MINUS, Metered, PRODUCT, Run, TICK, TIMES, WEIGH, load,
};

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
pub(in crate::jq) fn functions() -> impl Iterator<Item = Fun<Metered>> {
    counting().into_iter().chain(replacing())
}

/// What counts and marks.
fn counting() -> [Fun<Metered>; 6] {
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
    ]
}

/// What stands for an operator or a function of jq's, or looks at what one has made.
fn replacing() -> [Fun<Metered>; 5] {
    [
        (
            FINITE,
            v(0),
            Native::<Metered>::new(|cv| box_once(finite(cv.1))),
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
