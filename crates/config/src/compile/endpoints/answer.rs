//! What an endpoint answers with: its calls' results, always the same, or the file of one call; how
//! many calls must succeed, and where the client finds what it has created.

use orchestration::{Call, Effect, Fixed, Quorum, Reading, Template};

use crate::compile::scope::Scope;
use crate::compile::{path, payload, response};
use crate::compiled::AnswerSettings;
use crate::place::Place;
use crate::report::{Report, Setting, Told};
use crate::settings::EndpointEntry;
use crate::suggest;

const DEFAULT_STATUS: u16 = 200;

/// The answer of an endpoint without calls.
///
/// # Errors
/// When it has a fault.
pub(super) fn fixed(
    settings: &EndpointEntry,
    place: &Place,
    report: &mut Report<'_>,
) -> Setting<AnswerSettings> {
    let status_place = place.key("status");
    let Some(answer) = &settings.answer else {
        if settings.status.is_some() {
            report.fault_at_key(
                &status_place,
                "`status` is that of a fixed `answer`",
                "leave it out: a call's own status decides",
            );
        }
        if settings.calls.is_empty() {
            report.fault(
                place,
                "an endpoint needs at least one call, or an `answer`",
                "add it under `calls`, or say under `answer` what it always answers with",
            );
        }
        return Ok(None);
    };
    let answer_place = place.key("answer");
    if !settings.calls.is_empty() {
        report.fault_at_key(
            &answer_place,
            "an endpoint with calls answers with their results",
            "leave out `answer`, or `calls`",
        );
    }
    let status = settings.status.unwrap_or(DEFAULT_STATUS);
    response::fits_a_body(status, &status_place, report);
    let body = payload::constant(answer, &answer_place, report);
    let body = body.ok_or(Told)?;
    Ok(Some(AnswerSettings::Fixed(Fixed { body, status })))
}

/// The answer of an endpoint with calls.
pub(super) fn of_calls(
    calls: &[Call],
    place: &Place,
    report: &mut Report<'_>,
) -> Option<AnswerSettings> {
    let is_file = |call: &Call| matches!(call.expect.reading, Reading::Opaque { .. });
    let mut files = calls.iter().enumerate().filter(|(_, call)| is_file(call));
    let Some((index, file)) = files.next() else {
        return Some(AnswerSettings::Members);
    };
    let before = report.faults.len();
    if let Some((_, second)) = files.next() {
        report.fault_at_key(
            &place.key(&second.name).key("accept"),
            format!(
                "the endpoint answers with the file of `{}` already",
                file.name
            ),
            "an endpoint answers with one file: make two endpoints",
        );
    }
    if file.need == orchestration::Need::Optional {
        report.fault_at_key(
            &place.key(&file.name),
            "the file is the answer, and there is none without it",
            "leave out `need: optional`",
        );
    }
    (report.faults.len() == before)
        .then_some(AnswerSettings::File(orchestration::File { call: index }))
}

/// Of which calls how many must succeed.
///
/// # Errors
/// When it has a fault.
pub(super) fn quorum(
    settings: &EndpointEntry,
    place: &Place,
    report: &mut Report<'_>,
) -> Setting<Quorum> {
    let Some(quorum) = &settings.quorum else {
        return Ok(None);
    };
    let place = place.key("quorum");
    let before = report.faults.len();
    let mut of = Vec::new();
    for (index, name) in quorum.of.iter().enumerate() {
        let place = place.key("of").index(index);
        match settings.calls.get_index_of(name) {
            Some(call) if of.contains(&call) => {
                report.fault(
                    &place,
                    format!("`{name}` stands here twice"),
                    "leave one out",
                );
            }
            Some(call) => of.push(call),
            None => {
                let names = settings.calls.keys().map(String::as_str);
                let help = suggest::help(name, names, "define it under `calls`");
                report.fault(&place, format!("unknown call `{name}`"), help);
            }
        }
    }
    if report.faults.len() == before && quorum.at_least as usize > of.len() {
        report.fault(
            &place.key("at_least"),
            format!("more than the calls of `of`, which are {}", of.len()),
            "the quorum could never be reached",
        );
    }
    if report.faults.len() > before {
        return Err(Told);
    }
    Ok(Some(Quorum {
        of,
        at_least: quorum.at_least as usize,
    }))
}

/// Where the client finds what it has created.
///
/// # Errors
/// When it has a fault.
pub(super) fn location(
    settings: &EndpointEntry,
    calls: &[Call],
    scope: Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Setting<Template> {
    let Some(text) = settings.location.as_deref() else {
        return Ok(None);
    };
    let place = place.key("location");
    let writes = calls.iter().filter(|call| call.effect == Effect::Write);
    if writes.count() != 1 {
        report.fault_at_key(
            &place,
            "only an endpoint with one write has created one thing",
            "leave it out",
        );
    }
    path::rest(text, &scope, &place, report)
        .map(Some)
        .ok_or(Told)
}
