//! Replies onto the wire. Knows sockets, and nothing about why a reply looks as it does.

use std::io;

use http::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::WriteHalf;

use crate::reply::{Reply, Response, Step};

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    KeepAlive,
    Close,
}

/// Writes a reply.
///
/// # Errors
/// The client is gone.
pub(super) async fn reply(
    writer: &mut WriteHalf<'_>,
    reply: Reply,
    method: &Method,
) -> io::Result<After> {
    match reply {
        Reply::Response(answer) => response(writer, &answer, method).await,
        Reply::Script(steps) => script(writer, steps).await,
    }
}

async fn response(
    writer: &mut WriteHalf<'_>,
    response: &Response,
    method: &Method,
) -> io::Result<After> {
    if response.is_bodiless() {
        writer.write_all(&response.head_with_length(None)).await?;
    } else {
        writer.write_all(&response.head()).await?;
        if *method != Method::HEAD {
            writer.write_all(&response.body).await?;
        }
    }
    Ok(After::KeepAlive)
}

async fn script(writer: &mut WriteHalf<'_>, steps: Vec<Step>) -> io::Result<After> {
    for step in steps {
        match step {
            Step::Send(bytes) => writer.write_all(&bytes).await?,
            Step::Wait(duration) => tokio::time::sleep(duration).await,
            Step::Hang => std::future::pending().await,
            Step::Close => break,
            Step::Reset => {
                writer.as_ref().set_zero_linger()?;
                return Ok(After::Close);
            }
        }
    }
    writer.shutdown().await?;
    Ok(After::Close)
}
