//! The way of one request: check → execute → decide → shape.

use std::time::Duration;

use http::header::{AGE, LOCATION};
use http::{HeaderName, HeaderValue};
use json::CheckedJson;
use problem::{CallProblem, Code, Problem};

use crate::execute::Ports;
use crate::prepare::path_of;
use crate::{
    Content, Decision, Effect, Ending, Endpoint, Inputs, Invocation, Need, Opaque, Report, Success,
    Trace, Unfit, Unshaped, Until, Values, View, check, decide, execute,
};
use refuse::{refuse, unfit, unmade, whole_or_nothing};

mod heavy;
mod refuse;

pub use heavy::HeavyAnswers;

/// One answer, before any protocol.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status; other protocols translate it.
    pub status: u16,
    /// The aggregate or the problem.
    pub body: Body,
    /// Headers of this answer, besides those that every answer has.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether every call's result is in the aggregate; `None` when no backend was called.
    pub complete: Option<bool>,
    /// When to ask again, for 429 and 503.
    pub retry_after: Option<Duration>,
    /// How each call ended, in the plan's order: for metrics and the access line. Empty when no
    /// backend was called.
    pub reports: Vec<Report>,
}

/// What an answer carries.
#[derive(Debug)]
pub enum Body {
    /// The aggregate.
    Json(CheckedJson),
    /// A file, passed on unread.
    Opaque(Opaque),
    /// Why there is none.
    Problem(Box<Problem>),
}

const LATE: &str = "making the answer took longer than the endpoint's budget";

/// Answers one invocation. Cannot fail and returns within the endpoint's budget.
///
/// # Cancel safety
/// Dropping the future cancels reads; writes in flight go on.
pub async fn invoke(invocation: Invocation, ports: Ports<'_>) -> Answer {
    let Invocation {
        endpoint,
        inputs,
        began,
        trace,
    } = invocation;
    let misfits = endpoint.shape.misfits(&endpoint, &inputs);
    let checked = match check(&endpoint, &inputs) {
        Ok(checked) if misfits.is_empty() => checked,
        Ok(_) => return unfit(misfits),
        Err(mut errors) => {
            errors.extend(misfits);
            return unfit(errors);
        }
    };
    let deadline = began + endpoint.plan.budget;
    let calls_end = began + endpoint.calls_budget();
    let reports = execute(&endpoint, &inputs, checked, &trace, calls_end, ports).await;
    let until = Until::at(deadline);
    let view = View {
        reports: &reports,
        problems: &[],
        inputs: &inputs,
        endpoint: &endpoint,
        until: &until,
    };
    if endpoint.shape.is_heavy(view) {
        let heavy = ports.heavy;
        return heavy.make(endpoint, inputs, trace, reports, deadline).await;
    }
    let asked = Asked {
        endpoint: &endpoint,
        inputs: &inputs,
        trace: &trace,
        until: &until,
    };
    answer(asked, reports)
}

/// What an answer is made for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    endpoint: &'a Endpoint,
    inputs: &'a Inputs,
    trace: &'a Trace,
    until: &'a Until,
}

impl<'a> Asked<'a> {
    fn request_id(self) -> &'a str {
        self.trace.request_id.to_str().unwrap_or("-")
    }
}

/// From how the calls ended to the answer. Says in the log when they do not fit.
fn answer(asked: Asked<'_>, reports: Vec<Report>) -> Answer {
    let Asked {
        endpoint,
        inputs,
        until,
        ..
    } = asked;
    let decision = decide(&endings(endpoint, &reports), endpoint.plan.quorum.as_ref());
    if decision != (Decision::Answer { complete: true }) {
        warn_of_misfits(asked, &reports);
    }
    match decision {
        Decision::Refuse { status, code } => refuse(endpoint, reports, status, code),
        Decision::Answer { complete } => {
            let problems = if complete {
                Vec::new()
            } else {
                missing(endpoint, &reports)
            };
            let view = View {
                reports: &reports,
                problems: &problems,
                inputs,
                endpoint,
                until,
            };
            match endpoint.shape.shape(view) {
                Ok(shaped) => {
                    let status = shaped
                        .status
                        .unwrap_or_else(|| success_status(endpoint, &reports));
                    let mut headers = shaped.headers;
                    if status == 201 {
                        headers.extend(location(endpoint, inputs, &reports));
                    }
                    headers.extend(age(&reports));
                    Answer {
                        status,
                        body: match shaped.body {
                            Content::Json(json) => Body::Json(json),
                            Content::Opaque(opaque) => Body::Opaque(opaque),
                        },
                        headers,
                        complete: Some(complete),
                        retry_after: None,
                        reports,
                    }
                }
                Err(Unshaped::Unfit(Unfit { detail, note })) => {
                    tracing::warn!(
                        endpoint = %endpoint.label,
                        request_id = asked.request_id(),
                        reason = note,
                        "an answer cannot be made from its results"
                    );
                    unmade(endpoint, reports, Code::Mapping, detail)
                }
                Err(Unshaped::Late) => unmade(endpoint, reports, Code::Deadline, LATE.to_owned()),
                Err(Unshaped::Incomplete) => whole_or_nothing(endpoint, reports, &problems),
            }
        }
    }
}

/// What the decision needs to know.
fn endings(endpoint: &Endpoint, reports: &[Report]) -> Vec<(Need, Ending)> {
    let calls = endpoint.plan.calls.iter().zip(reports);
    calls
        .map(|(call, report)| (call.need, report.outcome.ending()))
        .collect()
}

/// What one call brought does not fit the next one: somebody has to change one of the two.
fn warn_of_misfits(asked: Asked<'_>, reports: &[Report]) {
    for (call, report) in asked.endpoint.plan.calls.iter().zip(reports) {
        if let Some(failure) = report.outcome.failure()
            && failure.code == Code::Mapping
        {
            tracing::warn!(
                endpoint = %asked.endpoint.label,
                call = %call.name,
                request_id = asked.request_id(),
                reason = %failure.detail,
                "a call cannot be made from other calls' results"
            );
        }
    }
}

/// The entries of `problems`: each call that makes the answer incomplete, and the elements that do.
fn missing(endpoint: &Endpoint, reports: &[Report]) -> Vec<CallProblem> {
    let mut problems = Vec::new();
    for (call, report) in endpoint.plan.calls.iter().zip(reports) {
        match report.outcome.ending() {
            Ending::Ok | Ending::Absent | Ending::Omitted => {}
            Ending::Incomplete
            | Ending::Broken(_)
            | Ending::Failed(_)
            | Ending::Skipped
            | Ending::Unknown { .. } => {
                problems.push(report.to_problem(call, endpoint.public));
                problems.extend(report.item_problems(call, endpoint.public));
            }
        }
    }
    problems
}

/// How old the oldest of the results is, where one comes from a cache (RFC 9111 §5.1).
fn age(reports: &[Report]) -> Option<(HeaderName, HeaderValue)> {
    let results = reports.iter().filter_map(|report| report.outcome.success());
    let oldest = results.filter_map(Success::age).max()?;
    Some((AGE, HeaderValue::from(oldest.as_secs())))
}

/// Where the client finds what it has created; nowhere when the results do not hold what the
/// address needs: what is done is done.
fn location(
    endpoint: &Endpoint,
    inputs: &Inputs,
    reports: &[Report],
) -> Option<(HeaderName, HeaderValue)> {
    let template = endpoint.location.as_ref()?;
    let results: Vec<_> = reports.iter().map(|report| Some(&report.outcome)).collect();
    let values = Values {
        endpoint,
        inputs,
        results: &results,
        item: None,
    };
    let path = path_of(template, values)?;
    Some((LOCATION, HeaderValue::try_from(path).ok()?))
}

/// 200, or what the one write of the endpoint said, where that means more: 201 and 202.
fn success_status(endpoint: &Endpoint, reports: &[Report]) -> u16 {
    let mut writes = endpoint
        .plan
        .calls
        .iter()
        .zip(reports)
        .filter(|(call, _)| call.effect == Effect::Write);
    let (Some((_, report)), None) = (writes.next(), writes.next()) else {
        return 200;
    };
    match report.outcome.success() {
        Some(success) if matches!(success.status, 201 | 202) => success.status,
        Some(_) | None => 200,
    }
}

#[cfg(test)]
mod tests;
