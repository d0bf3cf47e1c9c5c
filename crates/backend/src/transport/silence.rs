//! A body that gives up on a backend that is silent for too long.
//!
//! The client library can do so too, but sets a timer for every chunk, also for one that is there
//! already, as it nearly always is.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use tokio::time::{Sleep, sleep};

use super::TransportError;

/// The chunks of `S`, or [`TransportError::Silent`] after a silence.
pub(super) struct Chunks<S> {
    inner: Pin<Box<S>>,
    patience: Duration,
    is_over: bool,
    /// Running while a chunk is waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Chunks<S> {
    /// Waits for each chunk no longer than `patience`.
    pub(super) fn new(chunks: S, patience: Duration) -> Self {
        Self {
            inner: Box::pin(chunks),
            patience,
            is_over: false,
            timer: None,
        }
    }
}

impl<S: Stream<Item = Result<Bytes, TransportError>>> Stream for Chunks<S> {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(chunk) = self.inner.as_mut().poll_next(context) {
            self.timer = None;
            return Poll::Ready(chunk);
        }
        let patience = self.patience;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(timer.as_mut().poll(context));
        self.is_over = true;
        Poll::Ready(Some(Err(TransportError::Silent)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use futures::stream::{self, Stream, StreamExt as _};
    use tokio::time::{Instant, sleep};

    use super::{Chunks, TransportError};

    const PATIENCE: Duration = Duration::from_secs(5);

    /// A chunk after each of these pauses, in seconds.
    fn chunks(pauses: &'static [u64]) -> impl Stream<Item = Result<Bytes, TransportError>> {
        stream::iter(pauses).then(|pause| async {
            sleep(Duration::from_secs(*pause)).await;
            Ok(Bytes::from_static(b"chunk"))
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_backend_may_take_long_if_it_is_never_silent_for_long() {
        let read: Vec<_> = Chunks::new(chunks(&[4, 0, 4, 4]), PATIENCE).collect().await;
        assert!(read.len() == 4 && read.iter().all(Result::is_ok));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silence_ends_the_body_after_exactly_its_time() {
        let began = Instant::now();
        let mut body = Chunks::new(chunks(&[1, 6]), PATIENCE);
        assert!(body.next().await.is_some_and(|chunk| chunk.is_ok()));
        assert_eq!(body.next().await, Some(Err(TransportError::Silent)));
        assert_eq!(began.elapsed(), Duration::from_secs(6));
        assert_eq!(body.next().await, None);
    }
}
