//! Reading a request's body: under a cap, within a time.

use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use problem::{Code, Problem};
use tokio::time::Instant;

/// The whole body, or `None` when there is none.
///
/// # Errors
/// 413 when it is, or announces that it will be, larger than `max` bytes; an endpoint that takes no
/// body reads as far as its first byte. 400 when it breaks off or does not arrive by `deadline`.
pub(crate) async fn read_body(
    payload: &mut Payload,
    headers: &HeaderMap,
    max: Option<usize>,
    deadline: Instant,
) -> Result<Option<Bytes>, Box<Problem>> {
    if let (Some(max), Some(announced)) = (max, content_length(headers))
        && announced > max as u64
    {
        return Err(too_large(max));
    }
    let reading = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| {
                refuse(
                    Code::InvalidBody,
                    "the body breaks off or is not framed as HTTP says",
                )
            })?;
            match max {
                // The first byte is enough to say that there should be none.
                None if !chunk.is_empty() => return Ok(Some(chunk)),
                None => {}
                Some(max) if body.len() + chunk.len() > max => {
                    return Err(too_large(max));
                }
                Some(_) => body.extend_from_slice(&chunk),
            }
        }
        Ok((!body.is_empty()).then(|| body.freeze()))
    };
    tokio::time::timeout_at(deadline, reading)
        .await
        .unwrap_or_else(|_| Err(refuse(Code::InvalidBody, "the body did not arrive in time")))
}

fn refuse(code: Code, detail: impl Into<String>) -> Box<Problem> {
    Box::new(Problem::new(code, detail))
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(max: usize) -> Box<Problem> {
    refuse(
        Code::PayloadTooLarge,
        format!("the body may have {max} bytes"),
    )
}
