//! From an answer or a problem to an HTTP response. The one place that writes headers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use bytes::Bytes;
use json::CheckedJson;
use orchestration::{Answer, Body, Opaque, whole_seconds};
use problem::Problem;

use crate::limits::Remaining;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const COMPLETE: HeaderName = HeaderName::from_static("manifold-complete");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

const JSON: &str = "application/json";

/// actix copies a chunk as a whole into its write buffer.
const SLICE: usize = 32 * 1024;

/// The response for `answer`.
pub(crate) fn answer(answer: Answer, request_id: &HeaderValue) -> HttpResponse {
    let Answer {
        status,
        body,
        headers,
        complete,
        retry_after,
        ..
    } = answer;
    let (media_type, slices) = match body {
        Body::Json(json) => (HeaderValue::from_static(JSON), Slices::of(json)),
        Body::Opaque(opaque) => (media_type(&opaque), Slices::of_file(opaque)),
        Body::Problem(mut problem) => {
            problem.request_id = request_id.to_str().ok().map(str::to_owned);
            let mut response = self::problem(&problem, retry_after, request_id);
            if complete.is_some() {
                response
                    .headers_mut()
                    .insert(COMPLETE, completeness(complete));
            }
            return response;
        }
    };
    let mut response = HttpResponse::build(status_code(status)).message_body(slices);
    if let Ok(response) = &mut response {
        let own = response.headers_mut();
        if media_type != JSON {
            // A file of somebody else's must not act as a page of ours.
            own.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
        }
        if status != 204 {
            own.insert(CONTENT_TYPE, media_type);
        }
        own.insert(COMPLETE, completeness(complete));
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_str().as_bytes());
            let value = HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                own.append(name, value);
            }
        }
    }
    finish(
        response.map_or_else(HttpResponse::from_error, HttpResponse::map_into_boxed_body),
        request_id,
    )
}

/// What a file is, in its backend's words.
fn media_type(opaque: &Opaque) -> HeaderValue {
    let told = opaque.media_type.as_ref();
    told.and_then(|told| HeaderValue::from_bytes(told.as_bytes()).ok())
        .unwrap_or_else(|| HeaderValue::from_static("application/octet-stream"))
}

fn completeness(complete: Option<bool>) -> HeaderValue {
    HeaderValue::from_static(if complete == Some(true) {
        "true"
    } else {
        "false"
    })
}

/// The response for a problem (RFC 9457).
pub(crate) fn problem(
    problem: &Problem,
    retry_after: Option<Duration>,
    request_id: &HeaderValue,
) -> HttpResponse {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = HttpResponse::build(status_code(problem.status))
        .content_type("application/problem+json")
        .body(body);
    if let Some(wait) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    finish(response, request_id)
}

/// Says what is left of a rate (draft-ietf-httpapi-ratelimit-headers-10).
pub(crate) fn quota(response: &mut HttpResponse, quota: &Remaining) {
    let Remaining {
        owner, burst, left, ..
    } = *quota;
    let window = whole_seconds(quota.window);
    let whole_in = whole_seconds(quota.whole_in);
    for (name, text) in [
        (POLICY, format!("\"{owner}\";q={burst};w={window}")),
        (LEFT, format!("\"{owner}\";r={left};t={whole_in}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// The response for a document or a page of ours.
pub(crate) fn document(
    content_type: &'static str,
    body: Bytes,
    request_id: &HeaderValue,
) -> HttpResponse {
    finish(
        HttpResponse::Ok().content_type(content_type).body(body),
        request_id,
    )
}

/// What every response carries.
pub(crate) fn finish(mut response: HttpResponse, request_id: &HeaderValue) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, request_id.clone());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    response
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A body of known length in slices, none of them copied together.
struct Slices {
    left: u64,
    slices: VecDeque<Bytes>,
}

impl Slices {
    fn of(json: CheckedJson) -> Self {
        let left = json.len() as u64;
        let slices = if json.len() <= SLICE {
            VecDeque::from([json.bytes()])
        } else {
            json.into_slices().into_iter().collect()
        };
        Self { left, slices }
    }

    fn of_file(opaque: Opaque) -> Self {
        Self {
            left: opaque.len() as u64,
            slices: opaque.slices.into(),
        }
    }
}

impl MessageBody for Slices {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.left)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let Some(mut first) = self.slices.pop_front() else {
            return Poll::Ready(None);
        };
        if first.len() > SLICE {
            let slice = first.split_to(SLICE);
            self.slices.push_front(first);
            return Poll::Ready(Some(Ok(slice)));
        }
        Poll::Ready(Some(Ok(first)))
    }

    fn try_into_bytes(mut self) -> Result<Bytes, Self> {
        match (self.slices.len(), self.slices.pop_front()) {
            (1, Some(only)) if only.len() <= SLICE => Ok(only),
            (_, first) => {
                if let Some(first) = first {
                    self.slices.push_front(first);
                }
                Err(self)
            }
        }
    }
}
