//! As much HTTP/1.1 as the stub and the load generator need: messages whose length is known.
//!
//! Both must cost little beside what they measure, so they share this instead of a library.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Headers in a message, at most.
const HEADERS: usize = 32;
/// One read; a large body comes in few of them.
const READ: usize = 64 * 1024;

/// A connection and what was read from it beyond the last message.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Takes over `stream`.
    ///
    /// # Errors
    /// When the socket refuses to send at once.
    pub(super) fn new(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(READ),
        })
    }

    /// Whether the peer has closed while nothing was asked of it.
    pub(super) async fn is_closed(&self) -> bool {
        // What has arrived is known as soon as the runtime has looked once.
        let peeked = timeout(Duration::from_millis(1), self.stream.peek(&mut [0])).await;
        matches!(peeked, Ok(Ok(0) | Err(_)))
    }

    /// Sends `bytes`.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Reads until there is a whole head, and takes it; `None` when the peer has closed before.
    ///
    /// # Errors
    /// When the connection breaks inside a head.
    pub(super) async fn head(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                return Ok(Some(self.buffer.drain(..end + 4).collect()));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                bail!("the connection ends inside a head");
            }
        }
    }

    /// Reads a body of `length` bytes into `body`, which is emptied first.
    ///
    /// # Errors
    /// When the connection ends before.
    pub(super) async fn body(&mut self, length: usize, body: &mut Vec<u8>) -> Result<()> {
        body.clear();
        let here = length.min(self.buffer.len());
        body.extend(self.buffer.drain(..here));
        body.reserve(length - here);
        while body.len() < length {
            let missing = (length - body.len()) as u64;
            if (&mut self.stream).take(missing).read_buf(body).await? == 0 {
                bail!("the connection ends inside a body");
            }
        }
        Ok(())
    }
}

/// What matters of a request's head: its path, and how long its body is.
///
/// # Errors
/// When it is no HTTP.
pub(super) fn request(head: &[u8]) -> Result<(String, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head)?;
    let path = request.path.context("a request without a path")?.to_owned();
    Ok((path, length(request.headers)?.unwrap_or(0)))
}

/// What matters of an answer's head: its status, and how long its body is.
///
/// # Errors
/// When it is no HTTP, or its body has no known length.
pub(super) fn response(head: &[u8]) -> Result<(u16, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(head)?;
    let status = response.code.context("an answer without a status")?;
    let length = length(response.headers)?.context("an answer without Content-Length")?;
    Ok((status, length))
}

fn length(headers: &[httparse::Header<'_>]) -> Result<Option<usize>> {
    headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .map(|header| Ok(std::str::from_utf8(header.value)?.trim().parse()?))
        .transpose()
}
