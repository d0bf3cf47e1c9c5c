//! What each fault is to a client. The table is the contract: a change in it is a decision.

use testkit::Fault;

use crate::support::Answer;

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The fault is not noticed.
    Ok,
    /// The thing does not exist: 404 where it is required, null and complete where it is not.
    Absent,
    /// A code, and the status of the answer when the call is required.
    Failed(&'static str, u16),
}

impl Ending {
    /// Whether the answer says so.
    pub(super) fn fits(self, answer: &Answer, need: &str) -> bool {
        let is_required = need == "required";
        match self {
            Self::Ok => answer.status == 200 && answer.is_complete(),
            Self::Absent if is_required => answer.status == 404 && code(answer) == "not_found",
            Self::Absent => {
                answer.status == 200 && answer.is_complete() && answer.json()["call"].is_null()
            }
            Self::Failed(expected, status) => {
                let status = if is_required { status } else { 200 };
                let waits = matches!(answer.status, 429 | 503);
                answer.status == status
                    && code(answer) == expected
                    && !answer.is_complete()
                    && waits == answer.header("retry-after").is_some()
            }
        }
    }
}

/// The code of the only call, or of the problem; `-` when there is none.
pub(super) fn code(answer: &Answer) -> String {
    let code = match answer.status {
        200 => answer.call("call")["code"].clone(),
        _ => answer.json()["code"].clone(),
    };
    code.as_str().unwrap_or("-").to_owned()
}

/// A fault of a backend. `ehr` is read where it is required and searched where it is optional.
pub(super) fn of_backend(fault: Fault, backend: &str, need: &str) -> Ending {
    match fault {
        Fault::Slow | Fault::StallHead | Fault::StallBody | Fault::Drip => {
            Ending::Failed("deadline", 504)
        }
        Fault::Refused => Ending::Failed("upstream_connect", 502),
        Fault::Reset | Fault::ResetBody | Fault::Truncated => Ending::Failed("upstream_reset", 502),
        Fault::Status404 if (backend, need) == ("ehr", "required") => Ending::Absent,
        Fault::Status500 | Fault::Status503 | Fault::Status400 | Fault::Echo | Fault::Status404 => {
            Ending::Failed("upstream_status", 502)
        }
        Fault::Status429 => Ending::Failed("upstream_throttled", 429),
        Fault::Status401 | Fault::Status403 => Ending::Failed("upstream_refused", 502),
        Fault::Redirect | Fault::Html => Ending::Failed("upstream_login_page", 502),
        Fault::Empty | Fault::NoJson | Fault::TruncatedJson | Fault::Deep | Fault::BadUtf8 => {
            Ending::Failed("upstream_unreadable", 502)
        }
        Fault::Oversized | Fault::GzipBomb => Ending::Failed("upstream_too_large", 502),
        Fault::Garbage | Fault::BadContentLength | Fault::HugeHeader => {
            Ending::Failed("upstream_reset", 502)
        }
    }
}

/// A fault of the authorization server when no token is cached.
pub(super) fn of_token_server(fault: Fault) -> Ending {
    match fault {
        Fault::Slow | Fault::StallHead | Fault::StallBody | Fault::Drip => {
            Ending::Failed("deadline", 504)
        }
        Fault::Refused
        | Fault::Reset
        | Fault::ResetBody
        | Fault::Truncated
        | Fault::Garbage
        | Fault::BadContentLength
        | Fault::HugeHeader
        | Fault::Status500
        | Fault::Status503
        | Fault::Status429 => Ending::Failed("upstream_auth_unavailable", 503),
        Fault::Status404
        | Fault::Status400
        | Fault::Echo
        | Fault::Status401
        | Fault::Status403
        | Fault::Redirect
        | Fault::Html
        | Fault::Empty
        | Fault::NoJson
        | Fault::TruncatedJson
        | Fault::Oversized
        | Fault::Deep
        | Fault::BadUtf8
        | Fault::GzipBomb => Ending::Failed("upstream_auth_config", 502),
    }
}
