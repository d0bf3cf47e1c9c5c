//! What the service serves besides endpoints: liveness, our public keys, the documents, and the page
//! of each code.

use std::collections::HashSet;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures::future::join_all;
use problem::{Code, Status};
use token_provider::{SigningKey, TokenSource};

use super::outcome::Exchange;
use super::{Refusal, authenticate, request_id};
use crate::process::Process;
use crate::revision::{Documents, Revision};
use crate::{documents, respond};

/// Where authorization servers look for the keys of a client (SMART App Launch 2.2 §4.1).
const JWKS: &str = "/.well-known/jwks.json";
/// A new key is used at once: a server must not go on for long with what it knows.
const KEYS_HOLD: &str = "public, max-age=60";

pub(super) async fn serve(
    request: &HttpRequest,
    process: &Process,
    revision: &Revision,
    exchange: &mut Exchange,
) -> Result<HttpResponse, Refusal> {
    let path = request.uri().path();
    let id = request_id(&exchange.trace);
    let nowhere = || Refusal::plain(Code::NoSuchEndpoint, "no endpoint has this path");
    let is_known =
        matches!(path, "/livez" | JWKS) || path.starts_with("/problems/") || is_document(path);
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
    if path == JWKS {
        let access = revision.jwks.as_ref().ok_or_else(nowhere)?;
        exchange.client = authenticate(request, revision, access).await?;
        return Ok(keys(revision, &id).await);
    }
    let found = revision.documents.as_ref().ok_or_else(nowhere)?;
    exchange.client = authenticate(request, revision, &found.access).await?;
    document(path, found, &id).ok_or_else(nowhere)
}

/// The public halves of the keys that our assertions are signed with (RFC 7517 §5). Written anew for
/// each request: a key file may have changed.
async fn keys(revision: &Revision, id: &HeaderValue) -> HttpResponse {
    let published = revision.tokens.iter().map(TokenSource::published_keys);
    let keys = join_all(published).await.concat();
    let mut seen = HashSet::new();
    let distinct: Vec<&SigningKey> = keys
        .iter()
        .map(AsRef::as_ref)
        .filter(|key| seen.insert((key.key_id(), key.algorithm(), key.thumbprint())))
        .collect();
    let body = token_provider::jwks(&distinct).to_string();
    let mut response = respond::document("application/jwk-set+json", body.into(), id);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(KEYS_HOLD));
    response
}

fn is_document(path: &str) -> bool {
    matches!(path, "/openapi.json" | "/docs") || path.starts_with("/docs/")
}

fn document(path: &str, found: &Documents, id: &HeaderValue) -> Option<HttpResponse> {
    // The second is the page's own: what is below `/docs/` a browser asks for with the login that it
    // opened `/docs/` with (RFC 7617 §2.2).
    if matches!(path, "/openapi.json" | "/docs/openapi.json") {
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
