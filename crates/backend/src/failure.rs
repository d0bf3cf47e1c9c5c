//! From what went wrong to the code and the words that a client and a log may see.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use orchestration::{Failure, Outcome};
use problem::Code;
use token_provider::{Kind, TokenError};

use crate::TransportError;

/// Longest wait that a backend is believed to ask for.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// A failure, and whether the backend may have acted on the request.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) failure: Failure,
    /// A write that ended so may have been applied.
    pub(crate) may_have_acted: bool,
}

impl Fault {
    /// A fault that is known to come before the backend acted, or in which it said that it did not.
    pub(crate) const fn refused(failure: Failure) -> Self {
        Self {
            failure,
            may_have_acted: false,
        }
    }

    /// A fault after which nobody knows.
    pub(crate) const fn unclear(failure: Failure) -> Self {
        Self {
            failure,
            may_have_acted: true,
        }
    }

    pub(crate) fn into_outcome(self, write: bool) -> Outcome {
        if write && self.may_have_acted {
            Outcome::Unknown(self.failure)
        } else {
            Outcome::Failed(self.failure)
        }
    }
}

impl From<TransportError> for Fault {
    fn from(error: TransportError) -> Self {
        let failure = match error {
            // Which one is told to the operator, and no client.
            TransportError::Connection(fault) if fault.is_tls() => {
                Failure::new(Code::UpstreamTls, "no secure connection to the backend")
            }
            TransportError::Connection(_) => {
                Failure::new(Code::UpstreamConnect, "no connection to the backend")
            }
            TransportError::Reset => {
                Failure::new(Code::UpstreamReset, "the backend broke the connection")
            }
            TransportError::Silent => {
                Failure::new(Code::Deadline, "the backend was silent for too long")
            }
            TransportError::Encoding => Failure::new(
                Code::UpstreamUnreadable,
                "the answer's content encoding is broken",
            ),
        };
        Self {
            failure,
            may_have_acted: !error.before_sending(),
        }
    }
}

impl From<&TokenError> for Fault {
    /// What a client sees of the authorization server: the class of the fault and nothing else.
    fn from(error: &TokenError) -> Self {
        let mut failure = match error.kind() {
            Kind::Configuration => Failure::new(Code::UpstreamAuthConfig, misconfigured(error)),
            Kind::Unavailable => Failure::new(
                Code::UpstreamAuthUnavailable,
                "the authorization server is not available",
            ),
            Kind::RejectedByBackend => Failure::new(
                Code::UpstreamRefused,
                "the backend refuses the service's tokens, new ones too",
            ),
            Kind::Deadline => Failure::new(Code::Deadline, "no token in time"),
        };
        if error.kind() == Kind::Unavailable {
            failure.retry_after = Some(error.retry_after().unwrap_or(Duration::from_secs(1)));
        }
        Self::refused(failure)
    }
}

/// Who has something to mend, the authorization server or we.
fn misconfigured(error: &TokenError) -> &'static str {
    match error {
        TokenError::Rejected { .. } => "the authorization server refuses the service's credential",
        TokenError::Discovery { .. } => "the authorization server's metadata cannot be used",
        TokenError::Redirected { .. } => "the authorization server redirects",
        TokenError::Malformed { .. } => "the authorization server's answer cannot be used",
        // Nothing was sent.
        _ => "the service's credential is not configured as its grant needs it",
    }
}

/// `Retry-After` (RFC 9110 §10.2.3) as a time from `now`: seconds or an HTTP date; also the
/// milliseconds that Azure's API for FHIR sends.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    let milliseconds = || {
        text("x-ms-retry-after-ms")
            .and_then(|text| text.parse().ok())
            .map(Duration::from_millis)
    };
    let wait = match text(RETRY_AFTER.as_str()) {
        Some(text) => match text.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => httpdate::parse_http_date(text)
                .ok()
                .map(|date| date.duration_since(now).unwrap_or_default()),
        },
        None => None,
    };
    wait.or_else(milliseconds)
        .map(|wait| wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_refusal_is_the_authorization_server_s_only_where_it_was_asked() {
        let detail = |error: TokenError| Fault::from(&error).failure.detail.to_string();
        let status = http::StatusCode::NOT_FOUND;
        let undiscovered = detail(TokenError::Discovery {
            what: token_provider::DiscoveryFault::Status(status),
            metadata: std::sync::Arc::new(token_provider::Metadata {
                url: "https://sso.example/.well-known/openid-configuration".to_owned(),
                issuer: None,
                configured: "https://sso.example".to_owned(),
            }),
        });
        assert_eq!(
            undiscovered,
            "the authorization server's metadata cannot be used"
        );
        let refused = detail(TokenError::Rejected {
            status,
            server_code: None,
        });
        assert!(refused.contains("refuses"));
        assert!(!detail(TokenError::Signing).contains("server"));
    }

    #[test]
    fn a40_retry_after_is_read_in_seconds_as_a_date_and_in_milliseconds() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (name, value, expected) in [
            ("retry-after", "7", Some(7_000)),
            ("retry-after", " 120 ", Some(120_000)),
            ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT", Some(60_000)),
            ("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("retry-after", "soon", None),
            ("retry-after", "99999999999", Some(86_400_000)),
            ("x-ms-retry-after-ms", "1500", Some(1_500)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(
                retry_after(&headers, now),
                expected.map(Duration::from_millis),
                "{value}"
            );
        }
    }
}
