//! What the head of an answer means. Pure.

use std::time::SystemTime;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use orchestration::Failure;
use problem::Code;
use url::Url;

use crate::failure::retry_after;

/// What the head of an answer means.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// A 2xx that is whole, or as configured: read the body.
    Success,
    /// The thing does not exist.
    Absent,
    /// The token is bad, says the backend before it acted.
    TokenRejected(Failure),
    /// A gatekeeper wants a person to log in; whether the backend acted is unknown.
    LoginPage(Failure),
    /// An error; its body may hold an `OperationOutcome`.
    Error {
        /// Why.
        failure: Failure,
        /// Whether a write may have been applied all the same.
        may_have_acted: bool,
    },
}

/// What a backend is known to answer with.
pub(crate) struct Expected<'a> {
    /// Empty: every 2xx but 206.
    pub(crate) success: &'a [u16],
    /// An HTML page may be what is asked for.
    pub(crate) takes_html: bool,
    pub(crate) absent: &'a [u16],
    pub(crate) token_rejected: &'a [u16],
    pub(crate) requested: &'a Url,
}

/// Classifies a head.
pub(crate) fn classify(
    status: StatusCode,
    headers: &HeaderMap,
    expected: &Expected<'_>,
) -> Verdict {
    let code = status.as_u16();
    let success = match expected.success {
        [] => status.is_success(),
        listed => listed.contains(&code),
    };
    // Nothing asks for a part, so that one is not what was asked for (RFC 9110 §15.3.7).
    if code == 206 && expected.success.is_empty() {
        let detail =
            "the backend answered with a part of the content (206), which was not asked for";
        return Verdict::Error {
            failure: Failure::new(Code::UpstreamUnreadable, detail).with_status(code),
            may_have_acted: true,
        };
    }
    if success {
        return if !expected.takes_html && is_html(headers) && !is_empty(code, headers) {
            Verdict::LoginPage(login_page(code))
        } else {
            Verdict::Success
        };
    }
    if expected.absent.contains(&code) {
        return Verdict::Absent;
    }
    let rejects = code == 401 || expected.token_rejected.contains(&code);
    if rejects && !insufficient_scope(headers) && !demands_nonce(headers) {
        return Verdict::TokenRejected(refused(code, headers));
    }
    if status.is_redirection() {
        return redirect(code, headers, expected.requested);
    }
    let failure = match code {
        401 | 403 => refused(code, headers),
        429 => {
            let mut failure =
                Failure::new(Code::UpstreamThrottled, "the backend throttles us").with_status(code);
            failure.retry_after = retry_after(headers, SystemTime::now());
            failure
        }
        _ => {
            let mut failure =
                Failure::new(Code::UpstreamStatus, format!("the backend answered {code}"))
                    .with_status(code);
            failure.retry_after = retry_after(headers, SystemTime::now());
            failure
        }
    };
    // A 4xx refuses; of the 5xx only these say that nothing was done (RFC 9110 §15.6.2, .4, .6).
    let may_have_acted = !(status.is_client_error() || matches!(code, 501 | 503 | 505));
    Verdict::Error {
        failure,
        may_have_acted,
    }
}

fn refused(status: u16, headers: &HeaderMap) -> Failure {
    let detail = if offers_only("bearer", headers) {
        "the backend refuses the service's credential; it asks for a bearer token (OAuth 2.0)"
    } else if offers_only("dpop", headers) {
        "the backend refuses the service's credential; it asks for a token bound to a key (OAuth 2.0 with `dpop: true`)"
    } else {
        "the backend refuses the service's credential, which lacks the right or is not accepted"
    };
    Failure::new(Code::UpstreamRefused, detail).with_status(status)
}

/// B16: a backend that does not take Basic usually says what it takes.
fn offers_only(scheme: &str, headers: &HeaderMap) -> bool {
    let mut schemes = headers.get_all(WWW_AUTHENTICATE).iter().peekable();
    schemes.peek().is_some()
        && schemes.all(|value| {
            let offered = value.as_bytes().get(..scheme.len());
            offered.is_some_and(|offered| offered.eq_ignore_ascii_case(scheme.as_bytes()))
        })
}

/// RFC 6750 §3.1: a new token with the same scopes would not help.
fn insufficient_scope(headers: &HeaderMap) -> bool {
    is_challenged_with("insufficient_scope", headers)
}

/// RFC 9449 §9: a proof lacks the server's nonce, and a new token would not help.
pub(crate) fn demands_nonce(headers: &HeaderMap) -> bool {
    is_challenged_with("use_dpop_nonce", headers)
}

fn is_challenged_with(error: &str, headers: &HeaderMap) -> bool {
    let text =
        |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).contains(error);
    headers.get_all(WWW_AUTHENTICATE).iter().any(text)
}

fn redirect(status: u16, headers: &HeaderMap, requested: &Url) -> Verdict {
    let target = headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| requested.join(text).ok());
    let temporary = matches!(status, 302 | 303 | 307);
    if temporary
        && target
            .as_ref()
            .is_some_and(|target| asks_for_login(target, requested))
    {
        return Verdict::LoginPage(
            Failure::new(
                Code::UpstreamLoginPage,
                "the backend redirects, temporarily and as to a login page: it may not accept this kind of credential (OAuth 2.0 may be what it wants), or be under maintenance",
            )
            .with_status(status),
        );
    }
    let failure = Failure::new(
        Code::UpstreamRedirect,
        "the backend redirects, which is never followed",
    )
    .with_status(status);
    Verdict::Error {
        failure,
        may_have_acted: true,
    }
}

/// A redirect away from the asked origin, or to a path that speaks of logging in.
fn asks_for_login(target: &Url, requested: &Url) -> bool {
    const WORDS: [&str; 8] = [
        "login", "logon", "signin", "sign_in", "sign-in", "auth", "sso", "saml",
    ];
    let path = target.path().to_ascii_lowercase();
    target.origin() != requested.origin() || WORDS.iter().any(|word| path.contains(word))
}

/// The failure for an HTML page where data is expected (B12).
pub(crate) fn login_page(status: u16) -> Failure {
    Failure::new(
        Code::UpstreamLoginPage,
        "the backend answers with an HTML page where JSON is expected: a login page, or one that speaks of maintenance",
    )
    .with_status(status)
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    fhir::media::is_html(kind)
}

/// No page is empty: some servers label what has no body at all as HTML.
fn is_empty(status: u16, headers: &HeaderMap) -> bool {
    matches!(status, 204 | 205)
        || headers
            .get(CONTENT_LENGTH)
            .is_some_and(|length| length.as_bytes() == b"0")
}

#[cfg(test)]
mod tests;
