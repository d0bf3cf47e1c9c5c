//! `OperationOutcome`, this server's errors (FHIR R4, page `http.html#Status-Codes`).

use http::StatusCode;
use serde_json::json;

use crate::reply::Response;

/// The media type of everything a FHIR server says.
pub(super) const FHIR_JSON: &str = "application/fhir+json";

/// Returns an error with one issue; its code follows from the status.
pub(super) fn response(status: StatusCode, diagnostics: &str) -> Response {
    let body = json!({
        "resourceType": "OperationOutcome",
        "issue": [{
            "severity": "error",
            "code": issue_code(status),
            "diagnostics": diagnostics,
        }],
    });
    Response::new(status, FHIR_JSON, body.to_string())
}

fn issue_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "invalid",
        401 => "login",
        403 => "forbidden",
        404 => "not-found",
        405 | 406 | 415 => "not-supported",
        410 => "deleted",
        429 => "throttled",
        503 => "transient",
        _ => "exception",
    }
}
