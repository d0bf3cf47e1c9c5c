//! Reading a file: bytes that are passed on unread, under a cap.

use bytes::BytesMut;
use futures::StreamExt;
use http::header::CONTENT_TYPE;
use orchestration::{Failure, Opaque, Reading};
use problem::Code;

use super::{content_length, too_large, with_status};
use crate::Response;
use crate::failure::Fault;

/// What a body without a type is taken for (RFC 9110 §8.3).
const UNTYPED: &str = "application/octet-stream";
/// A chunk below this many bytes is copied to its neighbours: kept as it came, it takes many times what it
/// holds, and the cap counts what it holds.
const SMALL_CHUNK: usize = 512;

/// The file; `None` where the answer has no body (204, 205).
pub(super) async fn read(
    mut response: Response,
    reading: &Reading,
    max_body: usize,
) -> Result<Option<Opaque>, Fault> {
    let status = response.status.as_u16();
    if matches!(status, 204 | 205) {
        return Ok(None);
    }
    let media_type = response.headers.get(CONTENT_TYPE).cloned();
    let told = media_type
        .as_ref()
        .map_or(UNTYPED, |told| told.to_str().unwrap_or_default());
    if !reading.takes(told) {
        return Err(Fault::unclear(
            Failure::new(
                Code::UpstreamUnreadable,
                "the answer's Content-Type is none that the call accepts",
            )
            .with_status(status),
        ));
    }
    if content_length(&response).is_some_and(|length| length > max_body as u64) {
        return Err(too_large(status));
    }
    let mut opaque = Opaque {
        media_type,
        slices: Vec::new(),
    };
    let mut left = max_body;
    let mut small = BytesMut::new();
    while let Some(chunk) = response.body.next().await {
        let chunk = chunk.map_err(|error| with_status(error.into(), status))?;
        left = left
            .checked_sub(chunk.len())
            .ok_or_else(|| too_large(status))?;
        if chunk.len() < SMALL_CHUNK {
            small.extend_from_slice(&chunk);
            continue;
        }
        if !small.is_empty() {
            opaque.slices.push(small.split().freeze());
        }
        opaque.slices.push(chunk);
    }
    if !small.is_empty() {
        opaque.slices.push(small.freeze());
    }
    Ok(Some(opaque))
}
