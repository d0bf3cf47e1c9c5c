//! Answers that say why there is none.

use std::time::Duration;

use problem::{CallProblem, Code, ParameterProblem, Problem};

use super::{Answer, Body, endings};
use crate::prepare::CLAIMS;
use crate::{Call, Decision, Ending, Endpoint, Need, Report, decide};

/// How long a client should wait when the failing backend did not say.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The calls are as they should be, and there is no answer all the same.
pub(super) fn unmade(
    endpoint: &Endpoint,
    reports: Vec<Report>,
    code: Code,
    detail: String,
) -> Answer {
    let status = Problem::new(code, "").status;
    let mut answer = refuse(endpoint, reports, status, code);
    if let Body::Problem(problem) = &mut answer.body {
        problem.detail = detail;
    }
    answer
}

/// The answer to a request with values that do not fit their places.
pub(super) fn unfit(errors: Vec<ParameterProblem>) -> Answer {
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

/// The refusal of an answer that is not given in part: as if what is missing were required.
pub(super) fn whole_or_nothing(
    endpoint: &Endpoint,
    reports: Vec<Report>,
    problems: &[CallProblem],
) -> Answer {
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

pub(super) fn refuse(endpoint: &Endpoint, reports: Vec<Report>, status: u16, code: Code) -> Answer {
    let calls = &endpoint.plan.calls;
    // The quorum is asked only when no required call has failed.
    let fails = |(call, report): (&Call, &Report)| {
        call.need == Need::Required && report.outcome.ending().code().is_some()
    };
    let quorum = endpoint.plan.quorum.as_ref().filter(|quorum| {
        !calls.iter().zip(&reports).any(fails) && !quorum.is_reached(&endings(endpoint, &reports))
    });
    let ended_so = |report: &Report| report.outcome.ending().code() == Some(code);
    let named = |index: usize, call: &Call| {
        call.need == Need::Required || quorum.is_some_and(|quorum| quorum.of.contains(&index))
    };
    let numbered = || calls.iter().zip(&reports).enumerate();
    // A quorum whose calls were only skipped is missed for what they waited for.
    let all = !numbered().any(|(index, (call, report))| named(index, call) && ended_so(report));
    let required = || {
        numbered()
            .filter(|(index, (call, _))| all || named(*index, call))
            .map(|(_, counted)| counted)
    };
    let mut blamed: Vec<String> = required()
        .filter(|(_, report)| ended_so(report))
        .map(|(call, report)| describe(&report.to_problem(call, endpoint.public)))
        .collect();
    if let Some(quorum) = quorum {
        let (asked, made) = quorum.asked(&endings(endpoint, &reports));
        let missed = format!("fewer than {asked} of {made} brought a result");
        blamed.insert(0, missed);
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
