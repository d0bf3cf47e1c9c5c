//! Requests off the wire, within caps. Knows no reply but the interim `100 Continue`.

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use httparse::Status;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::request::{Request, pairs};

const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why no request came.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The connection ended in the middle of a request.
    Broken,
    /// The request breaks HTTP or a cap, and this status says so.
    Refused(StatusCode),
}

const BAD_REQUEST: ReadError = ReadError::Refused(StatusCode::BAD_REQUEST);
const TOO_LARGE: ReadError = ReadError::Refused(StatusCode::PAYLOAD_TOO_LARGE);

/// Reads the next request; `None` when the client has closed the connection before one began.
///
/// # Errors
/// The connection broke, or the request does.
pub(super) async fn request<R, W>(
    reader: &mut R,
    writer: &mut W,
    buffer: &mut BytesMut,
) -> Result<Option<Request>, ReadError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut request = loop {
        if let Some((length, request)) = parse_head(buffer)? {
            buffer.advance(length);
            break request;
        }
        if buffer.len() > HEAD_BYTES_MAX {
            return Err(ReadError::Refused(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            ));
        }
        let was_idle = buffer.is_empty();
        match fill(reader, buffer).await {
            Err(ReadError::Broken) if was_idle => return Ok(None),
            filled => filled?,
        }
    };
    if says(&request, "expect", "100-continue") {
        let interim = writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
        interim.map_err(|_| ReadError::Broken)?;
    }
    request.body = if says(&request, "transfer-encoding", "chunked") {
        chunked_body(reader, buffer).await?
    } else {
        sized_body(&request, reader, buffer).await?
    };
    Ok(Some(request))
}

/// Tells whether the client wants to use the connection again (RFC 9112 §9.3).
pub(super) fn keeps_alive(request: &Request) -> bool {
    !says(request, "connection", "close")
}

fn says(request: &Request, name: &str, token: &str) -> bool {
    let values = request.headers.get_all(name).iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

fn parse_head(buffer: &[u8]) -> Result<Option<(usize, Request)>, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(buffer).map_err(|_| BAD_REQUEST)? {
        Status::Partial => return Ok(None),
        Status::Complete(length) => length,
    };
    let (Some(method), Some(target)) = (head.method, head.path) else {
        return Err(BAD_REQUEST);
    };
    let (path, raw_query) = target.split_once('?').unwrap_or((target, ""));
    let mut kept = HeaderMap::new();
    for header in head.headers.iter() {
        let name = HeaderName::try_from(header.name).map_err(|_| BAD_REQUEST)?;
        kept.append(
            name,
            HeaderValue::from_bytes(header.value).map_err(|_| BAD_REQUEST)?,
        );
    }
    let request = Request {
        method: Method::try_from(method).map_err(|_| BAD_REQUEST)?,
        path: path.to_owned(),
        raw_query: raw_query.to_owned(),
        query: pairs(raw_query.as_bytes()),
        headers: kept,
        body: Bytes::new(),
    };
    Ok(Some((length, request)))
}

async fn sized_body<R: AsyncRead + Unpin>(
    request: &Request,
    reader: &mut R,
    buffer: &mut BytesMut,
) -> Result<Bytes, ReadError> {
    let Some(length) = request.headers.get("content-length") else {
        return Ok(Bytes::new());
    };
    let length = length
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(BAD_REQUEST)?;
    if length > BODY_BYTES_MAX {
        return Err(TOO_LARGE);
    }
    take(reader, buffer, length).await
}

/// Undoes the chunked transfer coding (RFC 9112 §7.1); trailers are dropped.
async fn chunked_body<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
) -> Result<Bytes, ReadError> {
    let mut body = BytesMut::new();
    loop {
        let size = match httparse::parse_chunk_size(buffer).map_err(|_| BAD_REQUEST)? {
            Status::Complete((length, size)) => {
                buffer.advance(length);
                usize::try_from(size).map_err(|_| TOO_LARGE)?
            }
            Status::Partial if buffer.len() > HEAD_BYTES_MAX => return Err(BAD_REQUEST),
            Status::Partial => {
                fill(reader, buffer).await?;
                continue;
            }
        };
        if size == 0 {
            skip_trailers(reader, buffer).await?;
            return Ok(body.freeze());
        }
        if size > BODY_BYTES_MAX.saturating_sub(body.len()) {
            return Err(TOO_LARGE);
        }
        body.extend_from_slice(&take(reader, buffer, size).await?);
        if take(reader, buffer, 2).await? != "\r\n" {
            return Err(BAD_REQUEST);
        }
    }
}

async fn skip_trailers<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
) -> Result<(), ReadError> {
    loop {
        let line_end = buffer.iter().position(|byte| *byte == b'\n');
        match line_end {
            Some(end) => {
                if buffer.split_to(end + 1).trim_ascii().is_empty() {
                    return Ok(());
                }
            }
            None if buffer.len() > HEAD_BYTES_MAX => return Err(BAD_REQUEST),
            None => fill(reader, buffer).await?,
        }
    }
}

async fn take<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
    length: usize,
) -> Result<Bytes, ReadError> {
    while buffer.len() < length {
        fill(reader, buffer).await?;
    }
    Ok(buffer.split_to(length).freeze())
}

async fn fill<R: AsyncRead + Unpin>(
    reader: &mut R,
    buffer: &mut BytesMut,
) -> Result<(), ReadError> {
    match reader.read_buf(buffer).await {
        Ok(1..) => Ok(()),
        Ok(0) | Err(_) => Err(ReadError::Broken),
    }
}
