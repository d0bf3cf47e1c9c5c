//! Finding one value among the results.

use std::cell::OnceCell;

use json::CheckedJson;
use orchestration::{Ending, Parameter, Source, View};

/// A place in an answer whose value comes from somewhere.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where the value comes from.
    pub source: Source,
    /// The expression as configured, for error messages.
    pub expression: String,
    /// What stands there where the source does not have it; `None`: that is a fault.
    pub otherwise: Option<CheckedJson>,
}

/// The results, each joined once.
pub(super) struct Values<'a> {
    pub(super) view: View<'a>,
    whole: Vec<OnceCell<CheckedJson>>,
}

impl<'a> Values<'a> {
    pub(super) fn new(view: View<'a>) -> Self {
        let pieces = |index: usize| view.member(index).slices().len();
        let in_pieces = (0..view.reports.len()).any(|index| pieces(index) > 1);
        let cells = if in_pieces { view.reports.len() } else { 0 };
        Self {
            view,
            whole: (0..cells).map(|_| OnceCell::new()).collect(),
        }
    }

    /// The value of the place; `None` where nothing is to be there: what an optional call did not
    /// bring, what the client left out, a header that did not come.
    pub(super) fn find(&self, place: &Place) -> Result<Option<CheckedJson>, String> {
        let view = self.view;
        let otherwise = || place.otherwise.clone();
        Ok(match &place.source {
            Source::Call { call, path } => {
                if !self.is_there(*call) {
                    return Ok(otherwise());
                }
                match (self.result(*call).select(path), &place.otherwise) {
                    (Ok(found), _) => Some(found),
                    (Err(_), Some(otherwise)) => Some(otherwise.clone()),
                    (Err(missing), None) => {
                        return Err(format!("{}: {missing}", place.expression));
                    }
                }
            }
            Source::Status { call } => {
                let report = view.reports.get(*call);
                report
                    .and_then(|report| report.outcome.status())
                    .and_then(|status| CheckedJson::serialize(&status).ok())
                    .or_else(otherwise)
            }
            Source::ResponseHeader { call, name } => {
                let report = view.reports.get(*call);
                let success = report.and_then(|report| report.outcome.success());
                let header = success.and_then(|success| success.header(name));
                header
                    .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
                    .and_then(|text| CheckedJson::serialize(text).ok())
                    .or_else(otherwise)
            }
            Source::Parameter(index) => {
                let parameter = view.inputs.parameters.get(*index);
                parameter
                    .and_then(|parameter| parameter_json(parameter.as_ref()?))
                    .or_else(otherwise)
            }
            Source::Body(path) => {
                let body = view.inputs.body.as_ref();
                body.and_then(|body| body.select(path).ok())
                    .or_else(otherwise)
            }
            Source::Claim(path) => {
                let claims = view.inputs.claims.as_ref();
                claims
                    .and_then(|claims| claims.select(path).ok())
                    .or_else(otherwise)
            }
            Source::Item(_) => otherwise(),
        })
    }

    /// Whether there is a result, or a fallback for one.
    fn is_there(&self, call: usize) -> bool {
        let report = self.view.reports.get(call);
        let Some(outcome) = report.map(|report| &report.outcome) else {
            return false;
        };
        let call = self.view.endpoint.plan.calls.get(call);
        outcome.success().is_some()
            || (call.is_some_and(|call| call.fallback.is_some())
                && !matches!(outcome.ending(), Ending::Absent | Ending::Omitted))
    }

    fn result(&self, call: usize) -> CheckedJson {
        match self.whole.get(call) {
            Some(whole) => whole
                .get_or_init(|| self.view.member(call).into_contiguous())
                .clone(),
            None => self.view.member(call),
        }
    }
}

/// A parameter as JSON.
pub(super) fn parameter_json(parameter: &Parameter) -> Option<CheckedJson> {
    if parameter.bare {
        let text = parameter.text.clone().into();
        CheckedJson::check(text, json::Limits::default()).ok()
    } else {
        CheckedJson::serialize(&parameter.text).ok()
    }
}
