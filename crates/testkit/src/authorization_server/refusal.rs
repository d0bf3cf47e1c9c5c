//! The error answers of RFC 6749 §5.2. Knows no request.

use http::StatusCode;
use serde_json::json;

use crate::reply::Response;

/// Why the server gives no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    code: &'static str,
    description: &'static str,
    status: StatusCode,
    challenge: bool,
}

impl Refusal {
    /// The request is malformed.
    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::bad_request("invalid_request", description)
    }

    /// Client authentication failed; a client that used the header gets a challenge.
    pub(super) fn invalid_client(used_header: bool) -> Self {
        let description = "client authentication failed";
        let status = StatusCode::UNAUTHORIZED;
        Self {
            code: "invalid_client",
            description,
            status,
            challenge: used_header,
        }
    }

    /// The client may not have this scope.
    pub(super) fn invalid_scope() -> Self {
        Self::bad_request(
            "invalid_scope",
            "the scope is unknown or not allowed to this client",
        )
    }

    /// The audience is not one of the client's (RFC 8707 §2).
    pub(super) fn invalid_target() -> Self {
        Self::bad_request(
            "invalid_target",
            "the audience is not allowed to this client",
        )
    }

    /// The grant type is not client credentials.
    pub(super) fn unsupported_grant_type() -> Self {
        Self::bad_request(
            "unsupported_grant_type",
            "only client_credentials is supported",
        )
    }

    fn bad_request(code: &'static str, description: &'static str) -> Self {
        Self {
            code,
            description,
            status: StatusCode::BAD_REQUEST,
            challenge: false,
        }
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let body = json!({ "error": refusal.code, "error_description": refusal.description });
        let response = Self::json(refusal.status, &body)
            .with_header("Cache-Control", "no-store")
            .with_header("Pragma", "no-cache");
        if refusal.challenge {
            response.with_header("WWW-Authenticate", "Basic realm=\"authorization-server\"")
        } else {
            response
        }
    }
}
