//! The way of one request: check → execute → decide → shape.

use std::sync::Arc;
use std::time::Duration;

use http::header::{AGE, LOCATION};
use http::{HeaderName, HeaderValue};
use json::CheckedJson;
use problem::{CallProblem, Code, ParameterProblem, Problem};
use tokio::time::{Instant, timeout_at};

use crate::execute::Ports;
use crate::prepare::{CLAIMS, path_of};
use crate::{
    Call, Content, Decision, Effect, Ending, Endpoint, Inputs, Invocation, Need, Opaque, Report,
    Success, Unshaped, Values, View, check, decide, execute,
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
    let checked = match check(&endpoint, &inputs) {
        Ok(checked) => checked,
        Err(errors) => return unfit(errors),
    };
    let deadline = began + endpoint.plan.budget;
    let reports = execute(&endpoint, &inputs, checked, &trace, deadline, ports).await;
    let view = View {
        reports: &reports,
        problems: &[],
        inputs: &inputs,
        endpoint: &endpoint,
    };
    if endpoint.shape.is_heavy(view) {
        return heavy(endpoint, inputs, reports, deadline).await;
    }
    answer(&endpoint, &inputs, reports)
}

/// As [`answer`], on a thread where it holds up no other request, until the deadline.
async fn heavy(
    endpoint: Arc<Endpoint>,
    inputs: Inputs,
    reports: Vec<Report>,
    deadline: Instant,
) -> Answer {
    let (own, ended) = (Arc::clone(&endpoint), reports.clone());
    let making = tokio::task::spawn_blocking(move || answer(&own, &inputs, ended));
    match timeout_at(deadline, making).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => {
            let detail = "the answer could not be made";
            unmade(&endpoint, reports, Code::Internal, detail.to_owned())
        }
        Err(_) => {
            let detail = "making the answer took longer than the endpoint's budget";
            unmade(&endpoint, reports, Code::Deadline, detail.to_owned())
        }
    }
}

/// The calls are as they should be, and there is no answer all the same.
fn unmade(endpoint: &Endpoint, reports: Vec<Report>, code: Code, detail: String) -> Answer {
    let status = Problem::new(code, "").status;
    let mut answer = refuse(endpoint, reports, status, code);
    if let Body::Problem(problem) = &mut answer.body {
        problem.detail = detail;
    }
    answer
}

/// The answer to a request with values that do not fit their places.
fn unfit(errors: Vec<ParameterProblem>) -> Answer {
    let (code, detail) = if errors.iter().any(|error| error.place == CLAIMS) {
        let detail = "what is known of the client does not hold what the endpoint needs";
        (Code::Forbidden, detail)
    } else if errors.iter().all(|error| error.place == "body") {
        (Code::InvalidBody, UNFIT)
    } else {
        (Code::InvalidParameter, UNFIT)
    };
    let mut problem = Problem::new(code, detail);
    problem.errors = errors;
    Answer {
        status: problem.status,
        body: Body::Problem(Box::new(problem)),
        headers: Vec::new(),
        complete: None,
        retry_after: None,
        reports: Vec::new(),
    }
}

const UNFIT: &str = "a value of the request does not fit its place";

/// From how the calls ended to the answer. Pure.
fn answer(endpoint: &Endpoint, inputs: &Inputs, reports: Vec<Report>) -> Answer {
    match decide(&endings(endpoint, &reports), endpoint.plan.quorum.as_ref()) {
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
                Err(Unshaped::Unfit(detail)) => unmade(endpoint, reports, Code::Mapping, detail),
                Err(Unshaped::Incomplete) => whole_or_nothing(endpoint, reports, &problems),
            }
        }
    }
}

/// The refusal of an answer that is not given in part: as if what is missing were required.
fn whole_or_nothing(endpoint: &Endpoint, reports: Vec<Report>, problems: &[CallProblem]) -> Answer {
    let mut endings = endings(endpoint, &reports);
    for (need, ending) in &mut endings {
        if *ending != Ending::Absent {
            *need = Need::Required;
        }
    }
    let (status, code) = match decide(&endings, None) {
        Decision::Refuse { status, code } => (status, code),
        // What stopped at a cap fails nothing.
        Decision::Answer { .. } => (502, Code::Mapping),
    };
    let waits = reports
        .iter()
        .filter_map(|report| report.outcome.retry_after());
    let wait = waits.max().unwrap_or(DEFAULT_RETRY_AFTER);
    let blamed: Vec<String> = problems.iter().map(describe).collect();
    let detail = format!("the answer is not given in part: {}", blamed.join("; "));
    let mut answer = unmade(endpoint, reports, code, detail);
    if let Body::Problem(problem) = &mut answer.body {
        problem.status = status;
    }
    answer.status = status;
    answer.retry_after = matches!(status, 429 | 503).then_some(wait);
    answer
}

/// What the decision needs to know.
fn endings(endpoint: &Endpoint, reports: &[Report]) -> Vec<(Need, Ending)> {
    let calls = endpoint.plan.calls.iter().zip(reports);
    calls
        .map(|(call, report)| (call.need, report.outcome.ending()))
        .collect()
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

fn refuse(endpoint: &Endpoint, reports: Vec<Report>, status: u16, code: Code) -> Answer {
    let calls = &endpoint.plan.calls;
    // The quorum is asked only when no required call has failed.
    let fails = |(call, report): (&Call, &Report)| {
        call.need == Need::Required && report.outcome.ending().code().is_some()
    };
    let quorum = endpoint.plan.quorum.as_ref().filter(|quorum| {
        !calls.iter().zip(&reports).any(fails) && !quorum.is_reached(&endings(endpoint, &reports))
    });
    let required = || {
        let counts = move |index, call: &Call| {
            call.need == Need::Required || quorum.is_some_and(|quorum| quorum.of.contains(&index))
        };
        let calls = calls.iter().zip(&reports).enumerate();
        calls
            .filter(move |(index, (call, _))| counts(*index, call))
            .map(|(_, counted)| counted)
    };
    let mut blamed: Vec<String> = required()
        .filter(|(_, report)| report.outcome.ending().code() == Some(code))
        .map(|(call, report)| describe(&report.to_problem(call, endpoint.public)))
        .collect();
    if let Some(quorum) = quorum {
        blamed.insert(
            0,
            format!(
                "fewer than {} of {} brought a result",
                quorum.at_least,
                quorum.of.len()
            ),
        );
    }
    let mut problem = Problem::new(code, blamed.join("; "));
    problem.status = status;
    for (call, report) in calls.iter().zip(&reports) {
        let calls = &mut problem.calls;
        calls.push(report.to_problem(call, endpoint.public));
        calls.extend(report.item_problems(call, endpoint.public));
    }
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
mod tests;
