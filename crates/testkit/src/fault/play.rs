//! What each fault does to an answer. Works on any handler: the healthy answer comes from it, and
//! so does the dialect of its errors.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use super::{Fault, FaultSettings, gzip_bomb};
use crate::reply::{Reply, Response, Step};
use crate::request::Request;
use crate::server::Handler;

const RETRY_AFTER_SECONDS: &str = "7";
const NESTED_ARRAYS: usize = 100_000;
const MEBIBYTE: usize = 1024 * 1024;
/// Long enough for the client to have read what came before the reset.
const BEFORE_RESET: Duration = Duration::from_millis(50);
const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>\
    <form method=\"post\" action=\"/login\"><input name=\"username\"><input name=\"password\" \
    type=\"password\"><button>Sign in</button></form></body></html>\n";

/// Returns the spoilt answer to a request.
///
/// Faults that need the healthy answer, and `slow`, have the handler do its work; all others
/// answer in its place, so that a write is not applied.
pub(crate) async fn play(
    fault: Fault,
    settings: &FaultSettings,
    handler: &dyn Handler,
    request: Request,
) -> Reply {
    let media_type = handler.media_type();
    match fault {
        Fault::Slow => {
            tokio::time::sleep(settings.slow).await;
            handler.handle(request).await
        }
        Fault::StallBody => {
            spoil(handler, request, |response| {
                half_then(&response, [Step::Hang])
            })
            .await
        }
        Fault::ResetBody => {
            let end = [Step::Wait(BEFORE_RESET), Step::Reset];
            spoil(handler, request, |response| half_then(&response, end)).await
        }
        Fault::Truncated => {
            spoil(handler, request, |response| {
                half_then(&response, [Step::Close])
            })
            .await
        }
        Fault::TruncatedJson => spoil(handler, request, halve).await,
        Fault::Drip => spoil(handler, request, |response| drip(&response, settings.drip)).await,
        Fault::StallHead => Reply::Script(vec![Step::Hang]),
        Fault::Reset | Fault::Refused => Reply::Script(vec![Step::Reset]),
        Fault::Status500 => error(handler, StatusCode::INTERNAL_SERVER_ERROR).into(),
        Fault::Status503 => throttle(error(handler, StatusCode::SERVICE_UNAVAILABLE)),
        Fault::Status429 => throttle(error(handler, StatusCode::TOO_MANY_REQUESTS)),
        Fault::Status404 => error(handler, StatusCode::NOT_FOUND).into(),
        Fault::Status400 => error(handler, StatusCode::BAD_REQUEST).into(),
        Fault::Echo => handler
            .error(StatusCode::BAD_REQUEST, &echo(&request))
            .into(),
        Fault::Status401 => error(handler, StatusCode::UNAUTHORIZED).into(),
        Fault::Status403 => error(handler, StatusCode::FORBIDDEN).into(),
        Fault::Redirect => Response::empty(StatusCode::FOUND)
            .with_header("Location", &settings.login_url)
            .into(),
        Fault::Html => ok("text/html; charset=utf-8", LOGIN_PAGE).into(),
        Fault::Empty => Response::empty(StatusCode::OK).into(),
        Fault::NoJson => ok("text/plain; charset=utf-8", "All systems operational.\n").into(),
        Fault::Oversized => oversized(media_type, settings.oversized_mebibytes),
        Fault::Deep => {
            let nested = "[".repeat(NESTED_ARRAYS) + &"]".repeat(NESTED_ARRAYS);
            ok(media_type, nested).into()
        }
        Fault::BadUtf8 => ok(media_type, Bytes::from_static(b"{\"name\":\"\xff\xfe\"}")).into(),
        Fault::GzipBomb => ok(media_type, gzip_bomb::json(settings.gzip_bomb_mebibytes))
            .with_header("Content-Encoding", "gzip")
            .into(),
        Fault::Garbage => Reply::Script(vec![Step::Send(Bytes::from_static(
            b"\x00\x01\x02 this is not HTTP\r\n\r\n",
        ))]),
        Fault::BadContentLength => {
            let response = ok(media_type, "{}");
            let head = response.head_with_length(Some("twelve"));
            Reply::Script(vec![Step::Send(head), Step::Send(response.body)])
        }
        Fault::HugeHeader => ok(media_type, "{}")
            .with_header("X-Padding", "x".repeat(MEBIBYTE))
            .into(),
    }
}

/// Breaks the healthy answer; a handler that scripted its own is left alone.
async fn spoil(
    handler: &dyn Handler,
    request: Request,
    break_body: impl FnOnce(Response) -> Reply + Send,
) -> Reply {
    match handler.handle(request).await {
        Reply::Response(response) => break_body(with_body(response)),
        script @ Reply::Script(_) => script,
    }
}

fn half_then<const STEPS: usize>(response: &Response, end: [Step; STEPS]) -> Reply {
    let half = half_of(&response.body);
    let begun = [Step::Send(response.head()), Step::Send(half)];
    Reply::Script(begun.into_iter().chain(end).collect())
}

fn halve(mut response: Response) -> Reply {
    response.body = half_of(&response.body);
    response.into()
}

fn drip(response: &Response, pause: Duration) -> Reply {
    let body = &response.body;
    let bytes = (0..body.len()).map(|at| Step::Send(body.slice(at..=at)));
    let dripped = bytes.flat_map(|byte| [Step::Wait(pause), byte]);
    Reply::Script(
        [Step::Send(response.head())]
            .into_iter()
            .chain(dripped)
            .collect(),
    )
}

fn half_of(body: &Bytes) -> Bytes {
    body.slice(..body.len() / 2)
}

/// A body must exist to be broken: an answer without one becomes an empty object.
fn with_body(response: Response) -> Response {
    if response.body.is_empty() {
        ok("application/json", "{}")
    } else {
        response
    }
}

fn ok(media_type: &str, body: impl Into<Bytes>) -> Response {
    Response::new(StatusCode::OK, media_type, body)
}

fn error(handler: &dyn Handler, status: StatusCode) -> Response {
    handler.error(status, "a fault is switched on")
}

/// What a careless server quotes.
fn echo(request: &Request) -> String {
    let authorization = request.header("authorization").unwrap_or("nothing");
    let Request {
        method,
        path,
        raw_query,
        ..
    } = request;
    format!("cannot serve {method} {path}?{raw_query} with {authorization}")
}

fn throttle(response: Response) -> Reply {
    response
        .with_header("Retry-After", RETRY_AFTER_SECONDS)
        .into()
}

/// A JSON string of many MiB. The chunk is shared, so that the size costs no memory here.
fn oversized(media_type: &str, mebibytes: usize) -> Reply {
    let (open, close) = ("{\"padding\":\"", "\"}");
    let length = open.len() + mebibytes * MEBIBYTE + close.len();
    let head = ok(media_type, "").head_with_length(Some(&length.to_string()));
    let chunk = Step::Send(Bytes::from(vec![b'x'; MEBIBYTE]));
    let mut steps = vec![
        Step::Send(head),
        Step::Send(Bytes::from_static(open.as_bytes())),
    ];
    steps.extend(std::iter::repeat_n(chunk, mebibytes));
    steps.push(Step::Send(Bytes::from_static(close.as_bytes())));
    Reply::Script(steps)
}
