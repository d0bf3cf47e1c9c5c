//! How resource servers refuse a request that has no good bearer token (RFC 6750 §3).
//! Knows no resources: each server words the refusal in its own dialect.

use http::StatusCode;

use crate::authorization_server::{Verdict, Verifier};
use crate::reply::Response;
use crate::request::Request;
use crate::server::Handler;

/// Returns the refusal of a request, or `None` when it may pass. Without a verifier all may.
pub(crate) fn refuse(
    verifier: Option<&Verifier>,
    request: &Request,
    dialect: &dyn Handler,
) -> Option<Response> {
    let verifier = verifier?;
    let (status, challenge, message) = match request.bearer().map(|token| verifier.verify(token)) {
        Some(Verdict::Valid) => return None,
        // No error code for a client that did not try (RFC 6750 §3.1).
        None => (
            StatusCode::UNAUTHORIZED,
            "Bearer",
            "a bearer token is required",
        ),
        Some(Verdict::InvalidToken) => (
            StatusCode::UNAUTHORIZED,
            "Bearer error=\"invalid_token\"",
            "the token is unknown, expired or revoked",
        ),
        Some(Verdict::InsufficientScope) => (
            StatusCode::FORBIDDEN,
            "Bearer error=\"insufficient_scope\"",
            "the token lacks a scope",
        ),
    };
    Some(
        dialect
            .error(status, message)
            .with_header("WWW-Authenticate", challenge),
    )
}
