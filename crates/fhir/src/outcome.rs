//! `OperationOutcome`, read and written.
//!
//! Must not know who may see an issue's diagnostics: they are the backend's words and may name a
//! patient, so that they go to the authorised client only and never into a log.

mod code;

use std::fmt;

use json::CheckedJson;
use serde::Serialize;

use crate::own;

pub use code::{IssueCode, Severity, issue_code};

/// How much of a backend's `OperationOutcome` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// The most issues; later ones are left out.
    pub issues: usize,
    /// The most characters of one issue's diagnostics; the rest is cut off.
    pub characters: usize,
}

impl Default for Cap {
    /// 10 issues of 500 characters each.
    fn default() -> Self {
        Self {
            issues: 10,
            characters: 500,
        }
    }
}

/// One issue of an `OperationOutcome`. Its `Debug` form leaves the diagnostics out.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// How bad it is; what a backend writes outside the value set is an error.
    #[serde(serialize_with = "severity")]
    pub severity: Severity,
    /// What it is about; what a backend writes outside the value set is an exception.
    #[serde(serialize_with = "issue_type")]
    pub code: IssueCode,
    /// `diagnostics`, else `details.text`, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<String>,
}

impl fmt::Debug for Issue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Issue")
            .field("severity", &self.severity)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn severity<S: serde::Serializer>(code: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn issue_type<S: serde::Serializer>(code: &IssueCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

/// Whether a body is an `OperationOutcome`.
#[must_use]
pub fn is_operation_outcome(body: &[u8]) -> bool {
    resource_type(body).as_deref() == Some("OperationOutcome")
}

fn resource_type(body: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
    json::member(body, "resourceType").and_then(json::string)
}

/// The issues of an `OperationOutcome` (FHIR R4, operationoutcome.html), as far as the cap goes;
/// none for any other body.
#[must_use]
pub fn issues(body: &[u8], cap: Cap) -> Vec<Issue> {
    if !is_operation_outcome(body) {
        return Vec::new();
    }
    let list = json::member(body, "issue").unwrap_or_default();
    json::elements(list)
        .filter(|issue| json::kind(issue) == Some(json::Kind::Object))
        .take(cap.issues)
        .map(|issue| read(issue, cap.characters))
        .collect()
}

fn read(issue: &[u8], characters: usize) -> Issue {
    let text = |name: &str| json::member(issue, name).and_then(json::string);
    let details = || {
        let details = json::member(issue, "details")?;
        json::member(details, "text").and_then(json::string)
    };
    Issue {
        severity: text("severity")
            .and_then(|code| Severity::from_code(&code))
            .unwrap_or(Severity::Error),
        code: text("code")
            .and_then(|code| IssueCode::from_code(&code))
            .unwrap_or(IssueCode::Exception),
        diagnostics: text("diagnostics")
            .and_then(|words| one_line(&words, characters))
            .or_else(|| details().and_then(|words| one_line(&words, characters))),
    }
}

/// The text cut to `characters`, with every run of white space and control characters as one
/// space: what it is put into must not be broken by it. `None` if nothing is left.
fn one_line(text: &str, characters: usize) -> Option<String> {
    let is_gap = |character: char| character.is_whitespace() || character.is_control();
    let mut line = String::new();
    for word in text.split(is_gap).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if let Some((end, _)) = line.char_indices().nth(characters) {
        line.truncate(end);
    }
    (!line.is_empty()).then_some(line)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    resource_type: &'static str,
    issue: &'a [Issue],
}

/// An `OperationOutcome` with the issues. FHIR wants one at least (R4, OperationOutcome.issue 1..*):
/// none becomes a bare `error`/`exception`.
#[must_use]
pub fn document(issues: &[Issue]) -> CheckedJson {
    let unknown = [Issue {
        severity: Severity::Error,
        code: IssueCode::Exception,
        diagnostics: None,
    }];
    let document = Document {
        resource_type: "OperationOutcome",
        issue: if issues.is_empty() { &unknown } else { issues },
    };
    own::json(&document)
}

#[cfg(test)]
mod tests;
