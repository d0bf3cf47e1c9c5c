//! The codes. Adding one is a change of the public contract: registry, documents and README follow.

use serde::{Serialize, Serializer};

/// What a code means for the status of the whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The answer's HTTP status when this code decides it.
    Fixed(u16),
    /// The code only ever appears beside others (in `problems`), it has no status of its own.
    None,
}

macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:expr, $title:literal, $advice:literal;)+) => {
        /// Every way a request or a call can fail: a closed set, and a public contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// All codes, in the order of the registry.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as clients, metrics and logs spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The HTTP status this code gives an answer that it decides.
            #[must_use]
            pub const fn status(self) -> Status {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The `title` of the problem document (RFC 9457 §3.1.3): the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// What the reader of the code's page can do about it.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)+ }
            }
        }
    };
}

use Status::{Fixed, None as NoStatus};

registry! {
    /// A path, query or header parameter breaks its schema or its place in a URL.
    InvalidParameter = "invalid_parameter", Fixed(400), "A parameter is not valid",
        "Read `errors`: each entry names the parameter and the rule it breaks.";
    /// The request body is not JSON or breaks its schema.
    InvalidBody = "invalid_body", Fixed(400), "The request body is not valid",
        "Read `detail`, and `errors` where there are any: each names the place in the body and the rule it breaks.";
    /// No credentials, or wrong ones.
    Unauthenticated = "unauthenticated", Fixed(401), "Authentication is required",
        "Send credentials of one of the schemes named in `WWW-Authenticate`.";
    /// The client is known but lacks a scope.
    Forbidden = "forbidden", Fixed(403), "The client lacks a scope this endpoint requires",
        "Ask the operator to grant the client the scope that `detail` names.";
    /// No endpoint has this path.
    NoSuchEndpoint = "no_such_endpoint", Fixed(404), "No such endpoint",
        "Compare the path with the OpenAPI document.";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", Fixed(405), "The endpoint does not offer this method",
        "Use one of the methods in the `Allow` header.";
    /// The client accepts no media type that the endpoint can answer.
    NotAcceptable = "not_acceptable", Fixed(406), "No acceptable media type",
        "Accept a media type that `detail` names.";
    /// The request body is larger than the endpoint allows.
    PayloadTooLarge = "payload_too_large", Fixed(413), "The request body is too large",
        "Send less, or ask the operator to raise the endpoint's `body.max`.";
    /// The request body's media type is not one the endpoint reads.
    UnsupportedMediaType = "unsupported_media_type", Fixed(415), "Unsupported media type",
        "Send the body as a media type that `detail` names.";
    /// A required thing does not exist at its backend.
    NotFound = "not_found", Fixed(404), "The requested thing does not exist",
        "Read `calls`: the call whose outcome is `absent` names where it was looked for.";
    /// The client sends more than it may.
    RateLimited = "rate_limited", Fixed(429), "Too many requests",
        "Wait for the time in `Retry-After`.";
    /// The service has no capacity left.
    Overloaded = "overloaded", Fixed(503), "The service is overloaded",
        "Wait for the time in `Retry-After`.";
    /// No connection to a backend.
    UpstreamConnect = "upstream_connect", Fixed(502), "A backend cannot be reached",
        "Operators: is the backend up, its `url` right, its name resolvable?";
    /// TLS with a backend failed.
    UpstreamTls = "upstream_tls", Fixed(502), "A secure connection to a backend failed",
        "Operators: check the backend's certificate, its name and its issuer.";
    /// A backend broke the connection in mid-answer.
    UpstreamReset = "upstream_reset", Fixed(502), "A backend broke the connection",
        "Operators: look at the backend's own log at this time.";
    /// A backend answered with a status that is no success.
    UpstreamStatus = "upstream_status", Fixed(502), "A backend answered with an error",
        "Read the call's `status` and `issues`.";
    /// A backend answered with a redirect; redirects are never followed.
    UpstreamRedirect = "upstream_redirect", Fixed(502), "A backend answered with a redirect",
        "Operators: set the backend's `url` to where it really is; redirects are not followed, since a token would leak.";
    /// A backend answered with a login page.
    UpstreamLoginPage = "upstream_login_page", Fixed(502), "A backend answered with a login page",
        "Operators: the backend does not accept this credential (many gatekeepers want OAuth where Basic is configured), or shows a page for people in place of its answers, as under maintenance.";
    /// A backend's answer cannot be read as what it should be.
    UpstreamUnreadable = "upstream_unreadable", Fixed(502), "A backend's answer cannot be read",
        "Operators: the call's `detail` says what is wrong with the answer.";
    /// A backend's answer is larger than its cap.
    UpstreamTooLarge = "upstream_too_large", Fixed(502), "A backend's answer is too large",
        "Operators: raise the backend's `max_body`, or ask it for less.";
    /// A backend refused our credential, also after renewal.
    UpstreamRefused = "upstream_refused", Fixed(502), "A backend refused our credential",
        "Operators: the service's own credential lacks the right; the client cannot mend it.";
    /// The typed check says that a backend's answer is not valid.
    UpstreamCheck = "upstream_check", Fixed(502), "A backend's answer is not valid FHIR",
        "Operators: the backend's state on the admin listener names the element; `check: report` lets such answers pass.";
    /// A backend said 429.
    UpstreamThrottled = "upstream_throttled", Fixed(429), "A backend throttles us",
        "Wait for the time in `Retry-After`.";
    /// Our credential for a backend is not usable as it is configured, here or at the authorization
    /// server.
    UpstreamAuthConfig = "upstream_auth_config", Fixed(502), "The service's credential for a backend cannot be used",
        "Operators: the call's `detail` says whether the authorization server refuses it, or what else is wrong; the log names the credential and the server's error code, and `manifold doctor` what mends it.";
    /// The authorization server is away.
    UpstreamAuthUnavailable = "upstream_auth_unavailable", Fixed(503), "The authorization server is not available",
        "Wait for the time in `Retry-After`.";
    /// A backend's circuit breaker is open.
    BreakerOpen = "breaker_open", Fixed(503), "A backend is failing and is being spared",
        "Wait for the time in `Retry-After`.";
    /// A call's timeout or the endpoint's budget ran out.
    Deadline = "deadline", Fixed(504), "The time ran out",
        "Operators: compare the call's `latency_ms` with its timeout and the endpoint's budget.";
    /// What backends brought does not fit what is to be made of it: the next request, or the answer.
    Mapping = "mapping", Fixed(502), "What the backends answered does not fit what is made of it",
        "Operators: `detail`, or the call's, names the expression, the program or the part of `response` and what was wrong; for an answer, a warning in the log says so too, with the `request_id`.";
    /// A search could not be read to its end.
    SearchIncomplete = "search_incomplete", NoStatus, "A result is incomplete",
        "The member holds what was read; ask for less, or ask the operator to raise `pages`, `entries` or `max_items`.";
    /// A write may or may not have been applied.
    WriteUnknown = "write_unknown", NoStatus, "A write may have been applied",
        "Look the thing up before sending the write again.";
    /// A call was not made, or was abandoned, because of another call.
    Skipped = "skipped", NoStatus, "A call was skipped",
        "See the call that failed.";
    /// A defect of the service.
    Internal = "internal", Fixed(500), "Internal error",
        "Tell the operator the `request_id`.";
}

impl Code {
    /// The page that explains the code, as a path on the service itself: a problem's `type`
    /// (RFC 9457 §3.1.1 allows a relative reference; it resolves against the request).
    #[must_use]
    pub fn page(self) -> String {
        format!("/problems/{}", self.as_str())
    }

    /// The code spelt `name`, if there is one.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Status};

    #[test]
    fn names_are_unique_and_found_again() {
        for code in Code::ALL {
            assert_eq!(Code::find(code.as_str()), Some(*code));
            assert_eq!(code.page(), format!("/problems/{code}"));
        }
        assert_eq!(Code::find("no_such_code"), None);
    }

    #[test]
    fn the_registry_is_the_published_contract() {
        let table: Vec<(&str, Option<u16>)> = Code::ALL
            .iter()
            .map(|code| {
                let status = match code.status() {
                    Status::Fixed(status) => Some(status),
                    Status::None => None,
                };
                (code.as_str(), status)
            })
            .collect();
        let expected = [
            ("invalid_parameter", Some(400)),
            ("invalid_body", Some(400)),
            ("unauthenticated", Some(401)),
            ("forbidden", Some(403)),
            ("no_such_endpoint", Some(404)),
            ("method_not_allowed", Some(405)),
            ("not_acceptable", Some(406)),
            ("payload_too_large", Some(413)),
            ("unsupported_media_type", Some(415)),
            ("not_found", Some(404)),
            ("rate_limited", Some(429)),
            ("overloaded", Some(503)),
            ("upstream_connect", Some(502)),
            ("upstream_tls", Some(502)),
            ("upstream_reset", Some(502)),
            ("upstream_status", Some(502)),
            ("upstream_redirect", Some(502)),
            ("upstream_login_page", Some(502)),
            ("upstream_unreadable", Some(502)),
            ("upstream_too_large", Some(502)),
            ("upstream_refused", Some(502)),
            ("upstream_check", Some(502)),
            ("upstream_throttled", Some(429)),
            ("upstream_auth_config", Some(502)),
            ("upstream_auth_unavailable", Some(503)),
            ("breaker_open", Some(503)),
            ("deadline", Some(504)),
            ("mapping", Some(502)),
            ("search_incomplete", None),
            ("write_unknown", None),
            ("skipped", None),
            ("internal", Some(500)),
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn every_code_has_a_title_and_advice() {
        for code in Code::ALL {
            assert!(
                !code.title().is_empty() && !code.advice().is_empty(),
                "{code}"
            );
        }
    }
}
