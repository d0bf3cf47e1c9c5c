//! A request as it came over the wire, kept whole so that tests can assert on it.
//! Knows nothing about what any server makes of it.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// One request that a stub has read to its end.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as it was sent: percent-encoded, without the query.
    pub path: String,
    /// The query as it was sent, without the question mark; empty when there is none.
    pub raw_query: String,
    /// The query's decoded pairs, in order, repeated ones included.
    pub query: Vec<(String, String)>,
    /// The headers, repeated ones included. A value is what was sent.
    pub headers: HeaderMap,
    /// The body, transfer coding undone; at most 16 MiB.
    pub body: Bytes,
}

impl Request {
    /// Returns the first value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a header, when it is visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the bearer token (RFC 6750 §2.1); the scheme is case-insensitive.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }

    /// Returns the path's segments, each decoded on its own, so that `%2F` separates nothing.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        path.split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect()
    }

    /// Returns the decoded pairs of a form body (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    /// Returns `http://` and the host the client asked for: what a server that builds absolute
    /// links from the request puts in front of them.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("127.0.0.1"))
    }
}

/// Decodes form or query pairs, in order.
pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// Shows method, path and header names: values may be tokens, queries may name patients.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
