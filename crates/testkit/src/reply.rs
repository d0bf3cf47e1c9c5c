//! What a stub sends back: a well-formed response, or a script of steps on the wire.
//! Knows no fault and no backend.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;

/// An answer to one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A well-formed response; the connection is kept for the next request.
    Response(Response),
    /// Steps in order; the connection is closed after the last one.
    Script(Vec<Step>),
}

/// One thing done to the connection.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends bytes as they are: the status line, headers and framing are the script's own affair.
    Send(Bytes),
    /// Lets time pass.
    Wait(Duration),
    /// Resets the connection (RST): what was not delivered yet is lost.
    Reset,
    /// Closes the connection in good order (FIN).
    Close,
    /// Does nothing until the client goes away or the server stops.
    Hang,
}

/// A well-formed response. `Content-Length` is added when it is written.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// Header names and values as they go out, in order.
    pub headers: Vec<(String, String)>,
    /// The body as it goes out.
    pub body: Bytes,
}

impl Response {
    /// Returns a response without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Returns a response with a body of the given media type.
    #[must_use]
    pub fn new(status: StatusCode, media_type: &str, body: impl Into<Bytes>) -> Self {
        let response = Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        };
        response.with_header("Content-Type", media_type)
    }

    /// Returns an `application/json` response.
    #[must_use]
    pub fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Returns the response with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Returns the response with its body compressed and `Content-Encoding: gzip`.
    #[must_use]
    pub fn gzip(mut self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to memory cannot fail; were it to, the plain body is still a right answer.
        let Ok(compressed) = encoder
            .write_all(&self.body)
            .and_then(|()| encoder.finish())
        else {
            return self;
        };
        self.body = compressed.into();
        self.with_header("Content-Encoding", "gzip")
    }

    /// Returns the response's head with its true `Content-Length`.
    #[must_use]
    pub(crate) fn head(&self) -> Bytes {
        self.head_with_length(Some(&self.body.len().to_string()))
    }

    /// Returns the head with any `Content-Length`, or none: faults lie about it.
    pub(crate) fn head_with_length(&self, length: Option<&str>) -> Bytes {
        let reason = self.status.canonical_reason().unwrap_or("Unknown");
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status.as_u16());
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if let Some(length) = length {
            head.extend(["Content-Length: ", length, "\r\n"]);
        }
        head.push_str("\r\n");
        head.into()
    }

    /// Tells whether this status has no body by definition (RFC 9110 §6.4.1), so that a
    /// `Content-Length` would be wrong.
    pub(crate) fn is_bodiless(&self) -> bool {
        matches!(
            self.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        )
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}
