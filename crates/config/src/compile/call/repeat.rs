//! Whether a call is made, and how often.

use orchestration::{Condition, ForEach, Source, Test};

use crate::compile::scope::{Scope, pieces};
use crate::compile::template::Piece;
use crate::place::Place;
use crate::report::{Report, Setting, Told};
use crate::settings::{CallSettings, ConditionSettings, Text};

const DEFAULT_CONCURRENCY: u32 = 4;
const DEFAULT_MAX_ITEMS: u32 = 100;
/// Four times the largest answer of a backend, unless that is configured.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What must hold for the call to be made; `None` for each with a fault.
pub(super) fn conditions(
    settings: &CallSettings,
    scope: Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Vec<Option<Condition>> {
    let Some(conditions) = &settings.when else {
        return Vec::new();
    };
    let place = place.key("when");
    let all = conditions.all.iter().enumerate();
    all.map(|(index, settings)| {
        let own = if conditions.listed {
            place.index(index)
        } else {
            place.clone()
        };
        condition(settings, scope, &own, report)
    })
    .collect()
}

fn condition(
    settings: &ConditionSettings,
    scope: Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Condition> {
    let spelled = |texts: &[Text]| texts.iter().map(|text| text.0.clone()).collect();
    let equals = settings.equals.as_ref();
    let given = [
        settings.exists.map(Test::Exists),
        equals.map(|text| Test::OneOf(vec![text.0.clone()])),
        settings
            .one_of
            .as_deref()
            .map(|list| Test::OneOf(spelled(list))),
        settings
            .not_in
            .as_deref()
            .map(|list| Test::NoneOf(spelled(list))),
    ];
    let mut given = given.into_iter().flatten();
    let test = given.next().filter(|_| given.next().is_none());
    if test.is_none() {
        report.fault(
            place,
            "a condition is exactly one of `exists`, `equals`, `in` and `not_in`",
            "for example `{ value: \"{query.include}\", equals: labs }`",
        );
    }
    let (source, expression) = one_place(&settings.value, scope, &place.key("value"), report)?;
    Some(Condition {
        source,
        expression,
        test: test?,
    })
}

/// Parameters that are there whenever all conditions hold.
pub(super) fn present(conditions: &[Option<Condition>]) -> Vec<usize> {
    let held = conditions
        .iter()
        .flatten()
        .filter(|condition| matches!(condition.test, Test::Exists(true) | Test::OneOf(_)));
    held.filter_map(|condition| match condition.source {
        Source::Parameter(index) => Some(index),
        _ => None,
    })
    .collect()
}

/// The list of which the call is made for each element.
///
/// # Errors
/// When it has a fault.
pub(super) fn for_each(
    settings: &CallSettings,
    scope: Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Setting<ForEach> {
    let Some(text) = settings.for_each.as_deref() else {
        return Ok(None);
    };
    let place = place.key("for_each");
    let named = |parameter: &crate::compiled::ParameterSettings| {
        parameter.name.place == "path" && parameter.name.name == "item"
    };
    if scope.parameters.iter().any(named) {
        report.fault_at_key(
            &place,
            "`{item}` is the element, and a parameter of the route",
            "rename the parameter of the route",
        );
    }
    let before = report.faults.len();
    let found = one_place(text, scope, &place, report);
    if let Some((Source::Parameter(_) | Source::Status { .. } | Source::ResponseHeader { .. }, _)) =
        &found
    {
        report.fault(
            &place,
            "this is never a list",
            "a list comes from `{calls.name…}`, `{body…}` or `{claims…}`",
        );
    }
    let found = found.filter(|_| report.faults.len() == before);
    let (source, expression) = found.ok_or(Told)?;
    Ok(Some(ForEach {
        source,
        expression,
        concurrency: settings.concurrency.unwrap_or(DEFAULT_CONCURRENCY) as usize,
        max_items: settings.max_items.unwrap_or(DEFAULT_MAX_ITEMS) as usize,
        max_bytes: MAX_BYTES,
    }))
}

/// The source that `text` is, and its spelling.
fn one_place(
    text: &str,
    scope: Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<(Source, String)> {
    if let [Piece::Expression(expression)] = pieces(text, place, report)?.as_slice() {
        let source = scope.source(expression, true, place, report)?;
        return Some((source, format!("{{{expression}}}")));
    }
    report.fault(
        place,
        "this is one place and nothing else",
        "for example `{query.include}` or `{calls.orders.items}`",
    );
    None
}
