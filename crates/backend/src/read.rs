//! Reading a body: under a cap, checked as it arrives.

use std::time::Duration;

use bytes::BytesMut;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use json::{CheckedJson, Checker, FaultKind, Kind, Limits};
use orchestration::{Effect, Extra, Failure, Reading, Success};
use problem::Code;

use crate::Response;
use crate::classify::login_page;
use crate::exchange::Ask;
use crate::failure::Fault;

mod file;

/// Deepest nesting of an answer.
const DEPTH: usize = 128;

/// Most of an error's body that is read, and how long that may take.
const ERROR_BODY: usize = 64 * 1024;
const ERROR_PATIENCE: Duration = Duration::from_secs(1);

/// Reads a success as its call wants it.
pub(crate) async fn read(response: Response, ask: &Ask<'_>) -> Result<Success, Fault> {
    let status = response.status.as_u16();
    let headers = kept(&response, &ask.expect.keep_headers);
    let (body, opaque) = match &ask.expect.reading {
        Reading::Json | Reading::Pages { .. } => {
            (read_json(response, ask.effect, ask.max_body).await?, None)
        }
        reading @ Reading::Opaque { .. } => {
            let opaque = Box::pin(file::read(response, reading, ask.max_body)).await?;
            (CheckedJson::null(), opaque)
        }
    };
    let mut success = Success::new(status, body);
    if !headers.is_empty() || opaque.is_some() {
        success.extra = Some(Box::new(Extra {
            headers,
            opaque,
            ..Extra::default()
        }));
    }
    Ok(success)
}

/// The headers that a call keeps, as often as they came.
fn kept(response: &Response, names: &[HeaderName]) -> Vec<(HeaderName, HeaderValue)> {
    if names.is_empty() {
        return Vec::new();
    }
    let values = |name| response.headers.get_all(name).iter();
    names
        .iter()
        .flat_map(|name| values(name).map(|value| (name.clone(), value.clone())))
        .collect()
}

/// Reads the body of a success. `null` where there is none and there need not be one: 204, 205, and
/// an empty answer to a write.
pub(crate) async fn read_json(
    mut response: Response,
    effect: Effect,
    max_body: usize,
) -> Result<CheckedJson, Fault> {
    let status = response.status.as_u16();
    if matches!(status, 204 | 205) {
        return Ok(CheckedJson::null());
    }
    let fault =
        |code, detail: &'static str| Fault::unclear(Failure::new(code, detail).with_status(status));
    if content_length(&response).is_some_and(|length| length > max_body as u64) {
        return Err(too_large(status));
    }
    let mut checker = Checker::new(Limits {
        bytes: max_body,
        depth: DEPTH,
    });
    let mut begun = false;
    while let Some(chunk) = response.body.next().await {
        let chunk = chunk.map_err(|error| with_status(error.into(), status))?;
        if !begun && let Some(first) = chunk.iter().find(|byte| !byte.is_ascii_whitespace()) {
            begun = true;
            if *first == b'<' && !is_xml(&response) {
                return Err(Fault::unclear(login_page(status)));
            }
        }
        checker
            .feed(chunk)
            .map_err(|error| unreadable(error, status))?;
    }
    let body = match checker.finish() {
        Ok(body) => body,
        Err(error) if error.kind == FaultKind::Empty && effect == Effect::Write => {
            return Ok(CheckedJson::null());
        }
        Err(error) => return Err(unreadable(error, status)),
    };
    if is_labelled_otherwise(&response, body.kind()) {
        return Err(fault(
            Code::UpstreamUnreadable,
            "the answer's Content-Type is not JSON",
        ));
    }
    Ok(body)
}

/// The body of an error as far as it is worth reading; empty when it cannot be read.
pub(crate) async fn read_error(mut response: Response) -> BytesMut {
    let mut body = BytesMut::new();
    let read = async {
        while let Some(Ok(chunk)) = response.body.next().await {
            if body.len() + chunk.len() > ERROR_BODY {
                return;
            }
            body.extend_from_slice(&chunk);
        }
    };
    // What has been read so far is enough; an error is never waited for.
    tokio::time::timeout(ERROR_PATIENCE, read).await.ok();
    body
}

fn content_length(response: &Response) -> Option<u64> {
    response
        .headers
        .get(CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Bodies without a type, or typed as plain text by careless servers, are taken by what they hold,
/// as long as that is an object or an array: any line of digits is JSON, too.
fn is_labelled_otherwise(response: &Response, kind: Kind) -> bool {
    let Some(label) = response.headers.get(CONTENT_TYPE) else {
        return false;
    };
    // What nearly every answer says needs no taking apart.
    if label == "application/json" {
        return false;
    }
    let label = label.to_str().unwrap_or_default();
    let structured = matches!(kind, Kind::Object | Kind::Array);
    let plain = label
        .trim_start()
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("text/plain"));
    !(fhir::media::is_json(label) || (plain && structured))
}

/// Data in another format than the one asked for, and not a page for a person.
fn is_xml(response: &Response) -> bool {
    let label = response.headers.get(CONTENT_TYPE);
    let label = label.and_then(|label| label.to_str().ok());
    let essence = label.and_then(|label| label.split([';', ',']).next());
    essence.is_some_and(|essence| essence.trim_end().to_ascii_lowercase().ends_with("xml"))
}

fn with_status(mut fault: Fault, status: u16) -> Fault {
    fault.failure.status = Some(status);
    fault
}

fn too_large(status: u16) -> Fault {
    Fault::unclear(
        Failure::new(
            Code::UpstreamTooLarge,
            "the answer is larger than the backend's `max_body`",
        )
        .with_status(status),
    )
}

fn unreadable(error: json::Fault, status: u16) -> Fault {
    let detail = match error.kind {
        FaultKind::TooLarge => return too_large(status),
        FaultKind::Empty => "the answer is empty where JSON is expected".to_owned(),
        FaultKind::Truncated => "the answer's JSON ends too early".to_owned(),
        FaultKind::TooDeep => format!("the answer is nested more than {DEPTH} levels deep"),
        FaultKind::InvalidUtf8 => format!("the answer is not UTF-8, at byte {}", error.offset),
        FaultKind::Syntax | FaultKind::TrailingData => {
            format!("the answer is not JSON, at byte {}", error.offset)
        }
    };
    Fault::unclear(Failure::new(Code::UpstreamUnreadable, detail).with_status(status))
}

#[cfg(test)]
mod tests;
