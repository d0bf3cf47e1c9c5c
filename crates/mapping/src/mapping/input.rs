//! What a program is given: the same names as templates use.
//!
//! `calls`, `status` and `response_headers` by call; `path`, `query` and `header` by parameter; `body`,
//! `claims`, `problems` and `complete`. What the program does not look at is not read.

use std::sync::Arc;

use indexmap::IndexMap;
use jaq_json::{Map, Num, Val};
use json::CheckedJson;
use orchestration::{Call, Report, View};

use super::value::parameter_json;
use crate::Touched;
use crate::jq::DIGITS;

/// The bytes of JSON that the program's input is read from.
pub(super) fn bytes(touched: &Touched, view: View<'_>) -> usize {
    let calls = touched_calls(touched, "calls", view);
    let calls: usize = calls.map(|(index, ..)| view.member(index).len()).sum();
    let own = [("body", &view.inputs.body), ("claims", &view.inputs.claims)];
    let own = own
        .iter()
        .filter(|(member, _)| touched.member(member))
        .filter_map(|(_, json)| json.as_ref())
        .map(CheckedJson::len);
    calls + own.sum::<usize>()
}

/// The program's input.
pub(super) fn of(touched: &Touched, view: View<'_>) -> Result<Val, String> {
    let mut input = Map::default();
    let mut add = |name: &'static str, value: Val| {
        input.insert(text(name), value);
    };
    if touched.member("calls") {
        let mut calls = Map::default();
        for (index, call, _) in touched_calls(touched, "calls", view) {
            calls.insert(text(&call.name), read(&view.member(index))?);
        }
        add("calls", Val::obj(calls));
    }
    if touched.member("status") {
        let statuses = touched_calls(touched, "status", view).map(|(_, call, report)| {
            let status = report.outcome.status();
            let status = status.map_or(Val::Null, |status| Val::from(usize::from(status)));
            (text(&call.name), status)
        });
        add("status", Val::obj(statuses.collect()));
    }
    if touched.member("response_headers") {
        let calls = touched_calls(touched, "response_headers", view);
        let headers = calls.map(|(_, call, report)| (text(&call.name), headers(call, report)));
        add("response_headers", Val::obj(headers.collect()));
    }
    for place in ["path", "query", "header"] {
        if touched.member(place) {
            add(place, parameters(place, view)?);
        }
    }
    for (name, json) in [("body", &view.inputs.body), ("claims", &view.inputs.claims)] {
        if touched.member(name) {
            add(name, json.as_ref().map_or(Ok(Val::Null), read)?);
        }
    }
    if touched.member("problems") {
        let problems = CheckedJson::serialize(view.problems);
        let problems = problems.map_err(|_| "the problems cannot be written".to_owned())?;
        add("problems", read(&problems)?);
    }
    if touched.member("complete") {
        add("complete", Val::Bool(view.problems.is_empty()));
    }
    Ok(Val::obj(input))
}

fn touched_calls<'a>(
    touched: &'a Touched,
    member: &'a str,
    view: View<'a>,
) -> impl Iterator<Item = (usize, &'a Call, &'a Report)> {
    let calls = view
        .endpoint
        .plan
        .calls
        .iter()
        .zip(view.reports)
        .enumerate();
    calls
        .filter(move |(_, (call, _))| touched.name(member, &call.name))
        .map(|(index, (call, report))| (index, call, report))
}

/// The headers that the call keeps, by their names in lower case.
fn headers(call: &Call, report: &Report) -> Val {
    let success = report.outcome.success();
    let kept = call.expect.keep_headers.iter().filter_map(|name| {
        let value = success?.header(name)?;
        let value = std::str::from_utf8(value.as_bytes()).ok()?;
        Some((text(name.as_str()), text(value)))
    });
    Val::obj(kept.collect())
}

fn parameters(place: &str, view: View<'_>) -> Result<Val, String> {
    let declared = view.endpoint.parameters.iter().zip(&view.inputs.parameters);
    let mut parameters = Map::default();
    for (name, value) in declared.filter(|(name, _)| name.place == place) {
        let value = match value.as_ref().and_then(parameter_json) {
            Some(json) => read(&json)?,
            None => Val::Null,
        };
        parameters.insert(text(&name.name), value);
    }
    Ok(Val::obj(parameters))
}

fn text(text: &str) -> Val {
    Val::from(text.to_owned())
}

/// A checked value is JSON, nested no deeper than its limits.
fn read(json: &CheckedJson) -> Result<Val, String> {
    let bytes = json.bytes();
    if has_long_number(&bytes) {
        return Err("a value holds a number of too many digits for a program".to_owned());
    }
    let mut value =
        jaq_json::read::parse_single(&bytes).map_err(|_| "a value cannot be read".to_owned())?;
    if bytes.windows(2).any(|pair| pair == b"-0") {
        keep_signs(&mut value, json);
    }
    Ok(value)
}

/// `-0` is read as 0: what stands for it in `value`, which was read from `json`, keeps its sign.
fn keep_signs(value: &mut Val, json: &CheckedJson) {
    match value {
        Val::Num(Num::Int(0)) if *json.bytes() == *b"-0" => {
            *value = Val::Num(Num::Dec("-0".to_owned().into()));
        }
        Val::Arr(elements) => {
            let elements = Arc::make_mut(elements).iter_mut();
            elements
                .zip(json.elements())
                .for_each(|(element, json)| keep_signs(element, &json));
        }
        Val::Obj(members) => {
            let members = Arc::make_mut(members);
            // Of a name that is there twice, the last counts.
            let own: IndexMap<String, CheckedJson> = json.members().collect();
            for (name, json) in own {
                if let Some(member) = members.get_mut(&text(&name)) {
                    keep_signs(member, &json);
                }
            }
        }
        _ => {}
    }
}

/// Whether there are so many digits in a row, at least, that reading them as a number takes long: in a
/// text too.
fn has_long_number(bytes: &[u8]) -> bool {
    // Every such row covers one of these places.
    (0..bytes.len()).step_by(DIGITS).any(|place| {
        let (before, after) = bytes.split_at_checked(place).unwrap_or((bytes, &[]));
        let digits = |byte: &&u8| byte.is_ascii_digit();
        let row = before.iter().rev().take_while(digits).take(DIGITS).count()
            + after.iter().take_while(digits).take(DIGITS).count();
        row >= DIGITS
    })
}
