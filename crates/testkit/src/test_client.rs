//! A client of the tests that sees the wire as it is: no pool, no redirect, no decoding.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::Server;

/// What came back until the connection ended.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) bytes: Vec<u8>,
    /// The error that ended the connection, if it did not end in good order.
    pub(crate) error: Option<io::ErrorKind>,
}

impl Seen {
    pub(crate) fn head(&self) -> String {
        String::from_utf8_lossy(self.parts().0).into_owned()
    }

    pub(crate) fn status(&self) -> u16 {
        self.head().split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.parts().1
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body().to_vec()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.body()).unwrap()
    }

    /// Returns the header's value as it was sent.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let mut pairs = head.lines().filter_map(|line| line.split_once(": "));
        let found = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned())
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        let end = self
            .bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n");
        end.map_or((&self.bytes, &[]), |end| self.bytes.split_at(end + 4))
    }
}

/// Sends bytes and reads until the connection ends.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Seen {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    let error = stream
        .read_to_end(&mut bytes)
        .await
        .err()
        .map(|error| error.kind());
    Seen { bytes, error }
}

/// Sends one request on a connection of its own.
pub(crate) async fn send(
    server: &Server,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Seen {
    let address = server.address();
    let mut request = format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    if !body.is_empty() {
        let length = body.len().to_string();
        request.extend(["Content-Length: ", &length, "\r\n"]);
    }
    request.extend(["\r\n", body]);
    exchange(address, request.as_bytes()).await
}

/// Sends a GET, with a bearer token unless it is empty.
pub(crate) async fn get(server: &Server, target: &str, token: &str) -> Seen {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    let headers = if token.is_empty() {
        &headers[..0]
    } else {
        &headers[..]
    };
    send(server, &format!("GET {target}"), headers, "").await
}
