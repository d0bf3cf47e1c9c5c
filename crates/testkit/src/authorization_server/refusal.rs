//! The error answers of RFC 6749 §5.2. Knows no request.

use http::StatusCode;
use serde_json::json;

use crate::reply::Response;

/// Why the server gives no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    code: &'static str,
    description: &'static str,
    status: StatusCode,
    challenge: bool,
    /// The nonce that the next proof needs (RFC 9449 §8).
    nonce: Option<String>,
    /// Whether it says anything but its status.
    silent: bool,
}

impl Refusal {
    /// A refusal in a server's own words.
    pub(super) fn new(status: StatusCode, code: &'static str, description: &'static str) -> Self {
        Self {
            code,
            description,
            status,
            challenge: false,
            nonce: None,
            silent: false,
        }
    }

    /// Nothing but a status.
    pub(super) fn silent(status: StatusCode) -> Self {
        Self {
            silent: true,
            ..Self::new(status, "", "")
        }
    }

    /// The proof of possession is missing or not valid (RFC 9449 §5).
    pub(super) fn invalid_proof(description: &'static str) -> Self {
        Self::bad_request("invalid_dpop_proof", description)
    }

    /// The proof lacks the nonce of the server (RFC 9449 §8).
    pub(super) fn nonce_demanded(nonce: String) -> Self {
        Self {
            nonce: Some(nonce),
            ..Self::bad_request(
                "use_dpop_nonce",
                "Authorization server requires nonce in DPoP proof.",
            )
        }
    }

    /// The error code.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// The request is malformed.
    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::bad_request("invalid_request", description)
    }

    /// Client authentication failed; a client that used the header gets a challenge.
    pub(super) fn invalid_client(used_header: bool) -> Self {
        let description = "client authentication failed";
        Self {
            challenge: used_header,
            ..Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
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
        Self::new(StatusCode::BAD_REQUEST, code, description)
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        if refusal.silent {
            return Self::empty(refusal.status);
        }
        let body = json!({ "error": refusal.code, "error_description": refusal.description });
        let mut response = Self::json(refusal.status, &body)
            .with_header("Cache-Control", "no-store")
            .with_header("Pragma", "no-cache");
        if let Some(nonce) = refusal.nonce {
            response = response.with_header("DPoP-Nonce", nonce);
        }
        if refusal.challenge {
            response.with_header("WWW-Authenticate", "Basic realm=\"authorization-server\"")
        } else {
            response
        }
    }
}
