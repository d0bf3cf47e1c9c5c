//! A client over raw sockets: what is sent is what the test wrote, what came is what it sees.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Answer;

/// One connection to a service.
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            unread: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The next answer, or `None` when the service has closed the connection.
    pub(crate) async fn receive(&mut self) -> Option<Answer> {
        self.receive_answer(false).await
    }

    /// The head of the next answer, and nothing of its body: the rest waits in the service.
    pub(crate) async fn receive_only_head(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        Answer::from_head(std::str::from_utf8(&head).unwrap())
    }

    /// Everything that comes until the service closes the connection.
    pub(crate) async fn receive_to_end(&mut self) -> Vec<u8> {
        while self.fill().await {}
        std::mem::take(&mut self.unread)
    }

    /// The answer to HEAD: its length is announced, and no body follows.
    pub(crate) async fn receive_head(&mut self) -> Option<Answer> {
        self.receive_answer(true).await
    }

    async fn receive_answer(&mut self, head_only: bool) -> Option<Answer> {
        let end = loop {
            let position = self.unread.windows(4).position(|four| four == b"\r\n\r\n");
            match position {
                Some(position) => break position + 4,
                None if !self.fill().await => return None,
                None => {}
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let mut answer = Answer::from_head(std::str::from_utf8(&head).unwrap());
        assert_eq!(answer.header("transfer-encoding"), None, "bodies are sized");
        let length = answer.header("content-length").unwrap_or("0");
        let length: usize = if head_only {
            0
        } else {
            length.parse().unwrap()
        };
        while self.unread.len() < length {
            assert!(self.fill().await, "the body is cut off");
        }
        answer.body = self.unread.drain(..length).collect();
        Some(answer)
    }

    /// Reads more; `false` at the end of the connection.
    async fn fill(&mut self) -> bool {
        self.stream.read_buf(&mut self.unread).await.unwrap_or(0) > 0
    }
}

/// Sends one request on a connection of its own.
pub(crate) async fn exchange(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut request = format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.extend([*name, ": ", *value, "\r\n"]);
    }
    let framed = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !body.is_empty() && !framed {
        request.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
    }
    request.push_str("\r\n");
    let mut connection = Connection::open(address).await;
    connection.send([request.as_bytes(), body].concat()).await;
    let received = if line.starts_with("HEAD ") {
        connection.receive_head().await
    } else {
        connection.receive().await
    };
    received.unwrap()
}
