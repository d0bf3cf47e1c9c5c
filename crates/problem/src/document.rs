//! The problem document (RFC 9457) with this service's extension members.

use std::borrow::Cow;

use serde::Serialize;

use crate::Code;

/// One failure as the client reads it, `application/problem+json` (RFC 9457 §3).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// The code's page (RFC 9457 §3.1.1).
    #[serde(rename = "type")]
    pub page: String,
    /// The code's title, the same for every occurrence.
    pub title: &'static str,
    /// The answer's HTTP status.
    pub status: u16,
    /// The code from the closed registry.
    pub code: Code,
    /// What is wrong this time; never a secret, a backend's body or a patient's data.
    pub detail: String,
    /// The request id, also in the `X-Request-Id` header and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Faults of the request, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ParameterProblem>,
    /// How every call of the endpoint ended, when calls were made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallProblem>,
}

impl Problem {
    /// A problem of `code` with the code's own status; a code without one is a backend's fault, 502.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let status = match code.status() {
            crate::Status::Fixed(status) => status,
            crate::Status::None => 502,
        };
        Self {
            page: code.page(),
            title: code.title(),
            status,
            code,
            detail: detail.into(),
            request_id: None,
            errors: Vec::new(),
            calls: Vec::new(),
        }
    }
}

/// One fault of the client's request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterProblem {
    /// `path`, `query`, `header`, `body` or, of what is known of the client, `claims`.
    #[serde(rename = "in")]
    pub place: &'static str,
    /// The parameter's name; for a body and claims the JSON Pointer (RFC 6901) of the
    /// faulty place.
    pub name: String,
    /// Which rule is broken. Never the value: it may be a patient's.
    pub detail: String,
}

/// How one call ended, as listed in `problems` of a partial answer and in `calls` of a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallProblem {
    /// The call's name: its member in the aggregate.
    pub call: String,
    /// The backend's alias, never its host.
    pub backend: String,
    /// `required` or `optional`.
    pub need: &'static str,
    /// `ok`, `incomplete`, `absent`, `failed`, `skipped` or `unknown`.
    pub outcome: &'static str,
    /// The element's index, of a call that is made for each element of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<usize>,
    /// What a write has done: `done`, `refused`, `unknown` (it may have been done), `not_sent`, or
    /// `per_item` where the entries of a list's elements say it; absent for a read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<&'static str>,
    /// Why it is not `ok`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The backend's own HTTP status, when it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What is wrong, in words that are safe to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'static, str>>,
    /// Milliseconds from the call's start to its end; absent when it was never started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// Seconds after which the backend may be asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// What a FHIR backend's `OperationOutcome` said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

/// One issue of a backend's `OperationOutcome` (FHIR R4, OperationOutcome.issue).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// FHIR R4 issue-severity.
    pub severity: Severity,
    /// FHIR R4 issue-type, or `exception` where the backend sent none that exists.
    pub code: Cow<'static, str>,
    /// The backend's words, capped; for the authorised client only, never for a log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<String>,
}

/// FHIR R4 issue-severity, a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The action failed and nothing further was checked.
    Fatal,
    /// The action failed.
    Error,
    /// The action may be performed differently from what was meant.
    Warning,
    /// Nothing is wrong.
    Information,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::{Code, Problem};

    #[test]
    fn a_problem_reads_as_rfc_9457_says() {
        let mut problem = Problem::new(Code::NoSuchEndpoint, "no endpoint has this path");
        problem.request_id = Some("r-1".into());
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"type":"/problems/no_such_endpoint","title":"No such endpoint","status":404,"code":"no_such_endpoint","detail":"no endpoint has this path","request_id":"r-1"}"#
        );
    }

    #[test]
    fn a_code_without_a_status_counts_as_a_backends_fault() {
        assert_eq!(Problem::new(Code::SearchIncomplete, "").status, 502);
    }
}
