//! One connection: requests in, replies out, and the moment the client leaves in between.
//! Knows no fault: a reply is a reply.

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;

use super::read::{self, ReadError};
use super::write::{self, After};
use super::{Shared, lock};
use crate::reply::Response;

/// More than this from a client that is waiting for its answer is not read.
const EARLY_BYTES_MAX: usize = 64 * 1024;

/// Serves one connection until one side ends it.
pub(super) async fn serve(mut stream: TcpStream, shared: &Shared) {
    // Drips and half bodies must leave at once, not when a segment is full.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // Borrowed halves: an owned one says goodbye (FIN) when it is dropped, even before a reset.
    let (mut reader, mut writer) = stream.split();
    let mut buffer = BytesMut::new();
    loop {
        let request = match read::request(&mut reader, &mut writer, &mut buffer).await {
            Ok(Some(request)) => request,
            Ok(None) | Err(ReadError::Broken) => return,
            Err(ReadError::Refused(status)) => {
                let refusal = Response::empty(status).with_header("Connection", "close");
                // The client broke the protocol: whether it hears of it makes no difference.
                let _ = write::reply(&mut writer, refusal.into(), &http::Method::GET).await;
                return;
            }
        };
        let keeps_alive = read::keeps_alive(&request);
        let method = request.method.clone();
        lock(&shared.log).record(request.clone());
        let exchange = async {
            let reply = shared.answer(request).await;
            write::reply(&mut writer, reply, &method).await
        };
        let after = tokio::select! {
            biased;
            after = exchange => after.ok(),
            () = left(&mut reader, &mut buffer) => None,
        };
        match after {
            Some(After::KeepAlive) if keeps_alive => {}
            Some(_) => return,
            None => {
                lock(&shared.log).disconnects += 1;
                return;
            }
        }
    }
}

/// Completes when the client has closed or reset the connection.
async fn left<R: AsyncRead + Unpin>(reader: &mut R, buffer: &mut BytesMut) {
    while buffer.len() < EARLY_BYTES_MAX {
        if !matches!(reader.read_buf(buffer).await, Ok(1..)) {
            return;
        }
    }
    std::future::pending::<()>().await;
}
