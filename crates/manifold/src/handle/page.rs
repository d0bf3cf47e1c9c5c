//! What the service serves besides endpoints: liveness, the documents, and the page of each code.

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use problem::{Code, Status};

use super::outcome::Exchange;
use super::{Refusal, authenticate, request_id};
use crate::process::Process;
use crate::revision::{Documents, Revision};
use crate::{documents, respond};

pub(super) async fn serve(
    request: &HttpRequest,
    process: &Process,
    revision: &Revision,
    exchange: &mut Exchange,
) -> Result<HttpResponse, Refusal> {
    let path = request.uri().path();
    let id = request_id(&exchange.trace);
    let nowhere = || Refusal::plain(Code::NoSuchEndpoint, "no endpoint has this path");
    let is_known = path == "/livez" || path.starts_with("/problems/") || is_document(path);
    if !is_known {
        return Err(nowhere());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Refusal::method("GET, HEAD"));
    }
    if path == "/livez" {
        if let Err(stuck) = process.pulse.check() {
            return Err(Refusal::unavailable(stuck.to_string()));
        }
        return Ok(respond::document(
            "text/plain; charset=utf-8",
            Bytes::from_static(b"alive\n"),
            &id,
        ));
    }
    if let Some(name) = path.strip_prefix("/problems/") {
        let code = Code::find(name).ok_or_else(nowhere)?;
        return Ok(respond::document(
            "text/plain; charset=utf-8",
            explain(code).into(),
            &id,
        ));
    }
    let found = revision.documents.as_ref().ok_or_else(nowhere)?;
    exchange.client = authenticate(request, revision, &found.access).await?;
    document(path, found, &id).ok_or_else(nowhere)
}

fn is_document(path: &str) -> bool {
    matches!(path, "/openapi.json" | "/docs") || path.starts_with("/docs/")
}

fn document(path: &str, found: &Documents, id: &HeaderValue) -> Option<HttpResponse> {
    if path == "/openapi.json" {
        return Some(respond::document(
            "application/json",
            found.openapi.clone(),
            id,
        ));
    }
    if path == "/docs" {
        let moved = HttpResponse::PermanentRedirect()
            .insert_header((LOCATION, "/docs/"))
            .finish();
        return Some(respond::finish(moved, id));
    }
    let file = documents::swagger(path.strip_prefix("/docs/")?)?;
    let mut response = respond::finish(
        HttpResponse::Ok()
            .content_type(file.content_type)
            .body(file.bytes.into_owned()),
        id,
    );
    response.headers_mut().insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(documents::CONTENT_SECURITY_POLICY),
    );
    Some(response)
}

/// A code's page: the `type` of its problem documents leads here.
fn explain(code: Code) -> String {
    let status = match code.status() {
        Status::Fixed(status) => format!("HTTP status {status}"),
        Status::None => "never decides the status".to_owned(),
    };
    format!("{code}: {}\n{status}\n\n{}\n", code.title(), code.advice())
}
