//! How an answer came about, for clients with the right to know: `Server-Timing`, and the plan with
//! what became of each call.
//!
//! Nothing of what was sent or received is in it: a path is shown as it stands in the configuration,
//! and an error in the words that logs may hold.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use config::Access;
use http::header::RETRY_AFTER;
use json::CheckedJson;
use orchestration::{Answer, Body, Endpoint, Report, whole_seconds};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::authenticate::{Principal, missing_scopes};
use crate::respond;
use crate::revision::Revision;

mod call;
mod example;
mod sent;

use call::Explained;
pub(crate) use example::example;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// What an answer with its explanation is.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.manifold.explained+json";
/// As it is asked for.
const ASKED: &str = "explain=true";
const NOT_ASKED: &str = "explain=false";
/// Who an answer of an endpoint that is open to everybody is explained to, if they have the right.
static ANY_CLIENT: Access = Access::Scopes(Vec::new());
/// A file that is not there (RFC 9110 §15.3.5).
const NO_CONTENT: u16 = 204;

/// What a client wants to know of its answer, and may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing besides the answer.
    Nothing,
    /// `Server-Timing`.
    Timing,
    /// That, and everything else.
    Explanation,
}

impl Wish {
    /// What a request with this `query` needs instead of `access`: whoever asks for an explanation says
    /// who they are, also where nobody has to.
    pub(crate) fn access<'a>(access: &'a Access, query: Option<&str>) -> &'a Access {
        if *access == Access::Public && query.and_then(asked) == Some(true) {
            return &ANY_CLIENT;
        }
        access
    }

    /// The wish of `client`, which needs all `scopes`; what asks for it is taken out of `query`. That of
    /// nobody in particular stays in, where it is a parameter that the endpoint does not have.
    ///
    /// # Errors
    /// The scopes that a client which asks lacks.
    pub(crate) fn take(
        scopes: &[String],
        client: Option<&Principal>,
        query: &mut Cow<'_, str>,
    ) -> Result<Self, String> {
        let Some(client) = client else {
            return Ok(Self::Nothing);
        };
        let missing = missing_scopes(scopes, client.scopes());
        let asked = asked(query);
        if asked.is_some() {
            let others: Vec<_> = query.split('&').filter(|pair| !is_own(pair)).collect();
            *query = others.join("&").into();
        }
        match (asked, missing.is_empty()) {
            (Some(true), true) => Ok(Self::Explanation),
            (Some(true), false) => Err(missing),
            (Some(false) | None, true) => Ok(Self::Timing),
            (Some(false) | None, false) => Ok(Self::Nothing),
        }
    }
}

fn is_own(pair: &str) -> bool {
    matches!(pair, ASKED | NOT_ASKED)
}

/// Whether `query` asks for an explanation; `None`: it does not say.
fn asked(query: &str) -> Option<bool> {
    let mut pairs = query.split('&');
    pairs.find(|pair| is_own(pair)).map(|pair| pair == ASKED)
}

/// What there is to tell of one answer.
pub(crate) struct Told<'a> {
    pub(crate) revision: &'a Revision,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) client: Option<&'a Principal>,
    /// In the plan's order; empty when no call was made.
    pub(crate) reports: &'a [Report],
    /// From the request's head until now.
    pub(crate) took: Duration,
}

/// The answer with how it came about.
#[derive(Serialize)]
struct Wrapped<'a> {
    answer: Box<RawValue>,
    explain: Explanation<'a>,
}

#[derive(Serialize)]
struct Explanation<'a> {
    endpoint: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<bool>,
    budget_ms: f64,
    took_ms: f64,
    calls: Vec<Explained<'a>>,
}

impl Told<'_> {
    /// `Server-Timing` (W3C Server Timing §2): the time of each call that was made, then of all.
    pub(crate) fn server_timing(&self) -> Option<(HeaderName, HeaderValue)> {
        let mut text = String::new();
        let calls = self.endpoint.plan.calls.iter().zip(self.reports);
        for (call, report) in calls {
            let Some(latency) = report.latency else {
                continue;
            };
            let (name, outcome) = (&call.name, report.outcome.as_str());
            // Writing to a text does not fail.
            write!(
                text,
                "{name};dur={:.1};desc={outcome}, ",
                milliseconds(latency)
            )
            .ok()?;
        }
        write!(text, "total;dur={:.1}", milliseconds(self.took)).ok()?;
        Some((SERVER_TIMING, HeaderValue::from_str(&text).ok()?))
    }

    /// The response for `answer` as a member of a document that explains it; a file is left out of it. A
    /// problem keeps its status and headers.
    pub(crate) fn respond(&self, answer: Answer, request_id: &HeaderValue) -> HttpResponse {
        let mut response = respond::answer(self.wrap(answer, request_id), request_id);
        let media_type = HeaderValue::from_static(MEDIA_TYPE);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, media_type);
        // That is the tag of another text.
        headers.remove(ETAG);
        response
    }

    fn wrap(&self, mut answer: Answer, request_id: &HeaderValue) -> Answer {
        let inner = match &mut answer.body {
            Body::Json(json) => raw(json),
            Body::Opaque(_) => None,
            Body::Problem(problem) => {
                problem.request_id = request_id.to_str().ok().map(str::to_owned);
                if let Some(wait) = answer.retry_after {
                    let wait = http::HeaderValue::from(whole_seconds(wait));
                    answer.headers.push((RETRY_AFTER, wait));
                }
                serde_json::value::to_raw_value(problem).ok()
            }
        };
        let wrapped = Wrapped {
            answer: inner.unwrap_or_else(|| RawValue::NULL.to_owned()),
            explain: Explanation {
                endpoint: &self.endpoint.label,
                status: answer.status,
                complete: answer.complete,
                budget_ms: milliseconds(self.endpoint.plan.budget),
                took_ms: milliseconds(self.took),
                calls: self.calls(),
            },
        };
        if let Ok(wrapped) = CheckedJson::serialize(&wrapped) {
            answer.body = Body::Json(wrapped);
            if answer.status == NO_CONTENT {
                // There is a body now.
                answer.status = 200;
            }
        }
        answer
    }

    fn calls(&self) -> Vec<Explained<'_>> {
        let plan = &self.endpoint.plan;
        let calls = plan.calls.iter().zip(self.reports);
        calls
            .map(|(call, report)| Explained::new(call, report, plan, self.revision, self.client))
            .collect()
    }
}

fn raw(json: &CheckedJson) -> Option<Box<RawValue>> {
    let text = String::from_utf8(json.bytes().to_vec()).ok()?;
    RawValue::from_string(text).ok()
}

fn milliseconds(time: Duration) -> f64 {
    // A tenth is as much as anybody can use.
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

#[cfg(test)]
mod tests;
