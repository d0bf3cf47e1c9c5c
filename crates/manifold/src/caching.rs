//! Answers that a client may keep: their tag, and whether it has them already.
//!
//! Only what is complete is tagged: a client must not go on with half an answer because it has it.

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, VARY};
use actix_web::{HttpRequest, HttpResponse};
use orchestration::{Answer, Body};

use crate::respond;

/// How clients may keep an endpoint's answers.
pub(crate) struct Caching {
    pub(crate) control: HeaderValue,
    /// The headers that tell one client from another.
    pub(crate) vary: Option<HeaderValue>,
}

impl Caching {
    /// The response for `answer`, or 304 for a client that has it.
    pub(crate) fn respond(
        &self,
        request: &HttpRequest,
        answer: Answer,
        request_id: &HeaderValue,
    ) -> HttpResponse {
        let Some(tag) = tag(&answer) else {
            return respond::answer(answer, request_id);
        };
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = if reads && has(request.headers(), &tag) {
            respond::finish(HttpResponse::NotModified().finish(), request_id)
        } else {
            respond::answer(answer, request_id)
        };
        let headers = response.headers_mut();
        headers.insert(ETAG, tag);
        headers.insert(CACHE_CONTROL, self.control.clone());
        if let Some(vary) = &self.vary {
            headers.insert(VARY, vary.clone());
        }
        response
    }
}

/// A strong tag (RFC 9110 §8.8.3): equal bytes, equal tag. `None`: the answer is not one to keep.
fn tag(answer: &Answer) -> Option<HeaderValue> {
    if answer.status != 200 || answer.complete == Some(false) {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    match &answer.body {
        Body::Json(json) => {
            for slice in json.slices() {
                hasher.update(slice);
            }
        }
        Body::Opaque(file) => {
            for slice in &file.slices {
                hasher.update(slice);
            }
        }
        Body::Problem(_) => return None,
    }
    let hash = hasher.finalize().to_hex();
    // 128 bits: nobody can make two answers with the same one.
    let short = hash.get(..32).unwrap_or_default();
    HeaderValue::from_str(&format!("\"{short}\"")).ok()
}

/// Whether the client has what is tagged so (RFC 9110 §13.1.2).
fn has(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(IF_NONE_MATCH);
    let tags = values.filter_map(|value| value.to_str().ok());
    // No tag of ours has a comma in it.
    let mut tags = tags.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|one| {
        let strong = one.strip_prefix("W/").unwrap_or(one);
        one == "*" || strong.as_bytes() == tag.as_bytes()
    })
}
