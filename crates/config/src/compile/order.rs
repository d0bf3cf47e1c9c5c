//! Which call waits for which: without a cycle, and nothing required waits for what is optional.

use std::collections::BTreeSet;

use orchestration::{Call, Need, Source, Template};

use crate::place::Place;
use crate::report::Report;

/// A call among those of its endpoint, whatever else is wrong with it.
pub(crate) struct Waiting<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Whether the answer makes sense without it; `None`: a fault keeps that unknown.
    pub(crate) need: Option<Need>,
    /// The calls that it waits for, for whatever reason: indices.
    pub(crate) awaits: BTreeSet<usize>,
}

/// The calls whose results `call` needs, and those that only its conditions look at, as indices, each
/// once.
pub(crate) fn awaited(call: &Call) -> (Vec<usize>, Vec<usize>) {
    let mut needed = Vec::new();
    each_source(call, &mut |source| needed.extend(source.call()));
    needed.sort_unstable();
    needed.dedup();
    let conditions = call.when.iter().filter_map(|when| when.source.call());
    let mut considered: Vec<usize> = conditions.filter(|index| !needed.contains(index)).collect();
    considered.sort_unstable();
    considered.dedup();
    (needed, considered)
}

/// Calls `visit` with the source of each value that a request of `call` is made of.
pub(crate) fn each_source(call: &Call, visit: &mut dyn FnMut(&Source)) {
    let texts = call.query.iter().map(|(_, template)| template);
    let texts = texts
        .chain(call.headers.iter().map(|(_, template)| template))
        .chain([&call.path]);
    texts.flat_map(Template::sources).for_each(&mut *visit);
    if let Some(body) = &call.body {
        body.each_source(visit);
    }
    if let Some(each) = &call.for_each {
        visit(&each.source);
    }
}

/// Faults of the order; `place` is the endpoint's `calls`.
pub(crate) fn check(calls: &[Waiting<'_>], place: &Place, report: &mut Report<'_>) {
    let mut state = vec![State::New; calls.len()];
    for index in 0..calls.len() {
        let mut trail = Vec::new();
        visit(index, calls, &mut state, &mut trail, place, report);
    }
    let required = calls
        .iter()
        .filter(|call| call.need == Some(Need::Required));
    for call in required {
        for first in call.awaits.iter().filter_map(|index| calls.get(*index)) {
            if first.need == Some(Need::Optional) {
                report.fault_at_key(
                    &place.key(call.name),
                    format!(
                        "`{}` is required and waits for `{}`, which is optional",
                        call.name, first.name
                    ),
                    format!(
                        "make `{}` required, or `{}` optional",
                        first.name, call.name
                    ),
                );
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

fn visit(
    index: usize,
    calls: &[Waiting<'_>],
    state: &mut [State],
    trail: &mut Vec<usize>,
    place: &Place,
    report: &mut Report<'_>,
) {
    let Some(call) = calls.get(index) else { return };
    match state.get(index) {
        None | Some(State::Done) => return,
        Some(State::Open) => {
            let from = trail
                .iter()
                .position(|open| *open == index)
                .unwrap_or_default();
            let round = trail
                .iter()
                .skip(from)
                .chain([&index])
                .filter_map(|index| calls.get(*index));
            let names: Vec<String> = round.map(|call| format!("`{}`", call.name)).collect();
            let (message, help) = match names.as_slice() {
                [name, _] => (
                    format!("the call {name} waits for itself"),
                    "let it take its values from the client's request, or from another call",
                ),
                names => (
                    format!("these calls wait for each other: {}", names.join(" → ")),
                    "let one of them take its values from the client's request",
                ),
            };
            report.fault_at_key(&place.key(call.name), message, help);
            return;
        }
        Some(State::New) => {}
    }
    set(state, index, State::Open);
    trail.push(index);
    for next in &call.awaits {
        visit(*next, calls, state, trail, place, report);
    }
    trail.pop();
    set(state, index, State::Done);
}

fn set(states: &mut [State], index: usize, to: State) {
    if let Some(state) = states.get_mut(index) {
        *state = to;
    }
}
