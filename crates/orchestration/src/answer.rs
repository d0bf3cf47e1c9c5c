//! The way of one request: check → execute → decide → shape.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use json::CheckedJson;
use problem::{CallProblem, Code, Problem};

use crate::execute::Ports;
use crate::{
    Content, Decision, Effect, Ending, Endpoint, Inputs, Invocation, Need, Opaque, Outcome, Report,
    View, decide, execute, prepare,
};

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

/// How long a client should wait when the failing backend did not say.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(1);

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
    if let Err(errors) = prepare::check(&endpoint, &inputs) {
        let code = if errors.iter().all(|error| error.place == "body") {
            Code::InvalidBody
        } else {
            Code::InvalidParameter
        };
        let mut problem = Problem::new(code, "a value of the request does not fit its place");
        problem.errors = errors;
        return Answer {
            status: problem.status,
            body: Body::Problem(Box::new(problem)),
            headers: Vec::new(),
            complete: None,
            retry_after: None,
            reports: Vec::new(),
        };
    }
    let deadline = began + endpoint.plan.budget;
    let reports = execute(&endpoint, &inputs, &trace, deadline, ports).await;
    answer(&endpoint, &inputs, reports)
}

/// From how the calls ended to the answer. Pure.
fn answer(endpoint: &Endpoint, inputs: &Inputs, reports: Vec<Report>) -> Answer {
    let endings: Vec<(Need, Ending)> = endpoint
        .plan
        .calls
        .iter()
        .zip(&reports)
        .map(|(call, report)| (call.need, report.outcome.ending()))
        .collect();
    match decide(&endings) {
        Decision::Refuse { status, code } => refuse(endpoint, reports, status, code),
        Decision::Answer { complete } => {
            let problems: Vec<_> = endpoint
                .plan
                .calls
                .iter()
                .zip(&reports)
                .filter(|(_, report)| !matches!(report.outcome, Outcome::Ok(_) | Outcome::Absent))
                .map(|(call, report)| report.to_problem(call, endpoint.public))
                .collect();
            let view = View {
                reports: &reports,
                problems: &problems,
                inputs,
                endpoint,
            };
            match endpoint.shape.shape(view) {
                Ok(shaped) => {
                    let status = shaped
                        .status
                        .unwrap_or_else(|| success_status(endpoint, &reports));
                    Answer {
                        status,
                        body: match shaped.body {
                            Content::Json(json) => Body::Json(json),
                            Content::Opaque(opaque) => Body::Opaque(opaque),
                        },
                        headers: shaped.headers,
                        complete: Some(complete),
                        retry_after: None,
                        reports,
                    }
                }
                Err(detail) => {
                    let mut answer = refuse(endpoint, reports, 502, Code::Mapping);
                    if let Body::Problem(problem) = &mut answer.body {
                        problem.detail = detail;
                    }
                    answer
                }
            }
        }
    }
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

fn refuse(endpoint: &Endpoint, reports: Vec<Report>, status: u16, code: Code) -> Answer {
    let calls = &endpoint.plan.calls;
    let required = || {
        calls
            .iter()
            .zip(&reports)
            .filter(|(call, _)| call.need == Need::Required)
    };
    let blamed: Vec<String> = required()
        .filter(|(_, report)| report.outcome.ending().code() == Some(code))
        .map(|(call, report)| describe(&report.to_problem(call, endpoint.public)))
        .collect();
    let mut problem = Problem::new(code, blamed.join("; "));
    problem.status = status;
    problem.calls = calls
        .iter()
        .zip(&reports)
        .map(|(call, report)| report.to_problem(call, endpoint.public))
        .collect();
    let retry_after = matches!(status, 429 | 503).then(|| {
        required()
            .filter_map(|(_, report)| report.outcome.retry_after())
            .max()
            .unwrap_or(DEFAULT_RETRY_AFTER)
    });
    Answer {
        status,
        body: Body::Problem(Box::new(problem)),
        headers: Vec::new(),
        complete: Some(false),
        retry_after,
        reports,
    }
}

/// A failed call in a few words, for `detail`; everything else about it is in `calls`.
fn describe(call: &CallProblem) -> String {
    let what = call.detail.as_deref().unwrap_or(call.outcome);
    format!("`{}` of {}: {what}", call.call, call.backend)
}

#[cfg(test)]
#[path = "answer/tests.rs"]
mod tests;
