//! How a call ended.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use problem::{CallProblem, Code, Issue};

use crate::{Attempts, Call, Effect, Ending, Success};

/// How a call ended. There is no other way: an error is an outcome too.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It succeeded.
    Ok(Success),
    /// A search that could not be read to its end. Without a cause a cap was reached, which never
    /// fails a required call; with a cause it does.
    Incomplete {
        /// What was read.
        success: Success,
        /// Why it is not whole, safe to show.
        reason: Cow<'static, str>,
        /// What stopped it, where that is a fault.
        cause: Option<Failure>,
    },
    /// The backend says with this status that the thing does not exist; without one, something that the
    /// call needs does not.
    Absent(Option<u16>),
    /// It failed and, for a write, has not been applied.
    Failed(Failure),
    /// It was not made, or was abandoned.
    Skipped(SkipReason),
    /// A write that may have been applied.
    Unknown(Failure),
}

/// Why a call is not ok.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// From the closed registry.
    pub code: Code,
    /// The backend's status, when it answered.
    pub status: Option<u16>,
    /// What is wrong, safe to show and to log: no body, no URL, no value.
    pub detail: Cow<'static, str>,
    /// When to ask again.
    pub retry_after: Option<Duration>,
    /// What the backend's `OperationOutcome` said: for the client, never for a log.
    pub issues: Vec<Issue>,
}

impl Failure {
    /// A failure without a backend's status.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            status: None,
            detail: detail.into(),
            retry_after: None,
            issues: Vec::new(),
        }
    }

    /// The same, with the status the backend gave.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

/// Why a call was not made or was abandoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// A call whose result it needs did not succeed.
    Dependency(Arc<str>),
    /// A required call has failed: the answer would not hold the result.
    RequiredFailed,
    /// Its condition does not hold, or that of a call whose result it needs: nothing is missing.
    Condition,
}

impl SkipReason {
    /// In words that logs may hold.
    #[must_use]
    pub fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Dependency(call) => format!("waits for `{call}`, which did not succeed").into(),
            Self::RequiredFailed => "a required call failed first".into(),
            Self::Condition => "its condition does not hold".into(),
        }
    }
}

/// A call's outcome with its time.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// From its start to its end; `None` when it was never started.
    pub latency: Option<Duration>,
    /// Of a call made for each element of a list: the elements that brought no result they should
    /// have brought, in the list's order.
    pub items: Vec<ItemReport>,
    /// What was sent for it, where that was to be noted ([`crate::Inputs::explained`]).
    pub attempts: Option<Arc<Attempts>>,
}

/// How a call for one element of a list ended.
#[derive(Clone, Debug)]
pub struct ItemReport {
    /// The element's index in the list.
    pub index: usize,
    /// How it ended.
    pub outcome: Outcome,
}

impl Outcome {
    /// What a call ends as when its time is up.
    #[must_use]
    pub fn late(effect: Effect) -> Self {
        match effect {
            Effect::Read => Self::Failed(Failure::new(Code::Deadline, "no answer in time")),
            Effect::Write => Self::Unknown(Failure::new(
                Code::Deadline,
                "no answer in time: it may have been applied",
            )),
        }
    }

    /// The term of the vocabulary, for clients, metrics and logs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Incomplete { .. } => "incomplete",
            Self::Absent(_) => "absent",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What a write that ended so has done at its backend, for clients.
    const fn as_write(&self) -> &'static str {
        match self {
            Self::Ok(_) => "done",
            Self::Incomplete { .. } => "per_item",
            Self::Absent(_) | Self::Failed(_) => "refused",
            Self::Skipped(_) => "not_sent",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What was read, if anything.
    #[must_use]
    pub const fn success(&self) -> Option<&Success> {
        match self {
            Self::Ok(success) | Self::Incomplete { success, .. } => Some(success),
            Self::Absent(_) | Self::Failed(_) | Self::Skipped(_) | Self::Unknown(_) => None,
        }
    }

    /// The code a client, a metric or a log sees; `None` for `ok`.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self {
            Self::Ok(_) => None,
            Self::Incomplete { .. } => Some(Code::SearchIncomplete),
            Self::Absent(_) => Some(Code::NotFound),
            Self::Failed(failure) => Some(failure.code),
            Self::Skipped(_) => Some(Code::Skipped),
            Self::Unknown(_) => Some(Code::WriteUnknown),
        }
    }

    /// What the decision needs to know of it.
    #[must_use]
    pub const fn ending(&self) -> Ending {
        match self {
            Self::Ok(_) => Ending::Ok,
            Self::Incomplete { cause: None, .. } => Ending::Incomplete,
            Self::Incomplete {
                cause: Some(cause), ..
            } => Ending::Broken(cause.code),
            Self::Absent(_) => Ending::Absent,
            Self::Failed(failure) => Ending::Failed(failure.code),
            Self::Skipped(SkipReason::Condition) => Ending::Omitted,
            Self::Skipped(SkipReason::Dependency(_) | SkipReason::RequiredFailed) => {
                Ending::Skipped
            }
            Self::Unknown(failure) => Ending::Unknown {
                timed_out: matches!(failure.code, Code::Deadline),
            },
        }
    }

    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Incomplete { cause, .. } => cause.as_ref(),
            Self::Failed(failure) | Self::Unknown(failure) => Some(failure),
            Self::Ok(_) | Self::Absent(_) | Self::Skipped(_) => None,
        }
    }

    /// The backend's status that says how it ended: that of the failure, where there is one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match (self, self.failure()) {
            (Self::Absent(status), _) => *status,
            (_, Some(failure)) => failure.status,
            (_, None) => self.success().map(|success| success.status),
        }
    }

    /// When the backend may be asked again, where it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.failure().and_then(|failure| failure.retry_after)
    }
}

/// The backend's issues; for a public endpoint without its words (A26).
fn issues(failure: Option<&Failure>, public: bool) -> Vec<Issue> {
    let mut issues = failure.map_or_else(Vec::new, |failure| failure.issues.clone());
    if public {
        for issue in &mut issues {
            issue.diagnostics = None;
        }
    }
    issues
}

/// A wait in whole seconds, rounded up: asking a moment too early is asking in vain.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

impl From<Outcome> for Report {
    /// A call that was never started.
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            latency: None,
            items: Vec::new(),
            attempts: None,
        }
    }
}

impl Report {
    /// The entry for `problems` (partial answers) and `calls` (problem documents); without a backend's
    /// own words where the endpoint is `public`.
    #[must_use]
    pub fn to_problem(&self, call: &Call, public: bool) -> CallProblem {
        let mut problem = entry(&self.outcome, call, public);
        problem.latency_ms = self
            .latency
            .map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
        problem
    }

    /// The entries of single elements, for a call that is made for each of a list.
    pub fn item_problems(&self, call: &Call, public: bool) -> impl Iterator<Item = CallProblem> {
        self.items.iter().map(move |item| CallProblem {
            item: Some(item.index),
            ..entry(&item.outcome, call, public)
        })
    }
}

fn entry(outcome: &Outcome, call: &Call, public: bool) -> CallProblem {
    let failure = outcome.failure();
    let detail = match outcome {
        Outcome::Ok(_) => None,
        Outcome::Incomplete { reason, .. } => Some(reason.clone()),
        Outcome::Absent(Some(_)) => Some("the backend says that it does not exist".into()),
        Outcome::Absent(None) => Some("a thing that it needs does not exist".into()),
        Outcome::Skipped(reason) => Some(reason.detail()),
        Outcome::Failed(_) | Outcome::Unknown(_) => failure.map(|failure| failure.detail.clone()),
    };
    CallProblem {
        call: call.name.to_string(),
        backend: call.backend.alias.to_string(),
        need: call.need.as_str(),
        outcome: outcome.as_str(),
        item: None,
        write: (call.effect == Effect::Write).then(|| outcome.as_write()),
        code: outcome.code(),
        status: outcome.status(),
        detail,
        latency_ms: None,
        retry_after: failure
            .and_then(|failure| failure.retry_after)
            .map(whole_seconds),
        issues: issues(failure, public),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]

    use problem::Code;

    use super::{ItemReport, Outcome, Report};
    use crate::Need::Optional;
    use crate::fake::{Scene, failed, ok};

    #[test]
    fn what_does_not_exist_has_the_status_that_says_so() {
        let mut scene = Scene::new().call("patient", Optional, 0, ok("1"));
        let endpoint = scene.endpoint();
        let told = |status| {
            let report = Report::from(Outcome::Absent(status));
            let problem = report.to_problem(&endpoint.plan.calls[0], true);
            (problem.status, problem.detail.unwrap_or_default())
        };
        let said = "the backend says that it does not exist".into();
        assert_eq!(told(Some(410)), (Some(410), said));
        let needed = "a thing that it needs does not exist".into();
        assert_eq!(told(None), (None, needed), "the backend was not asked");
    }

    #[test]
    fn each_element_that_failed_is_told_with_its_index() {
        let mut scene = Scene::new().call("orders", Optional, 0, ok("1"));
        let endpoint = scene.endpoint();
        let call = &endpoint.plan.calls[0];
        let mut report = Report::from(ok("[1,null]"));
        assert_eq!(report.item_problems(call, false).count(), 0);
        report.items.push(ItemReport {
            index: 1,
            outcome: failed(Code::UpstreamConnect),
        });
        let problems: Vec<_> = report.item_problems(call, false).collect();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].item, Some(1));
        assert_eq!(problems[0].code, Some(Code::UpstreamConnect));
        assert_eq!(problems[0].latency_ms, None);
    }
}
