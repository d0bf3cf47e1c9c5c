//! One line of JSON for each request, on standard output, without patients' data, when the request
//! has ended: its answer was sent, or its client left.
//!
//! Workers append to a buffer; a thread of its own writes it out, so that a slow reader of the log
//! never slows a request. Lines that find the buffer full are counted, and the count is logged.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

mod line;

pub(crate) use line::{CallLine, Line};

/// Most bytes that wait to be written.
const BUFFER: usize = 4 * 1024 * 1024;
/// How long the end of the process waits for the last lines.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Longest time a line waits.
const FLUSH_AFTER: Duration = Duration::from_millis(200);

/// The log. Closing or dropping it writes out what is buffered.
pub(crate) struct AccessLog {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    dropped: u64,
    closed: bool,
    written: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccessLog {
    /// A log that writes to `sink`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(sink: Box<dyn Write + Send>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("access-log".into())
            .spawn(move || write_out(&theirs, sink))?;
        Ok(Self { shared })
    }

    /// Appends one line. Never waits for the sink.
    pub(crate) fn write(&self, line: &Line<'_>) {
        let mut state = self.shared.lock();
        if state.buffer.len() >= BUFFER {
            state.dropped += 1;
            return;
        }
        let mark = state.buffer.len();
        if line.write(&mut state.buffer).is_ok() {
            state.buffer.push(b'\n');
        } else {
            state.buffer.truncate(mark);
        }
    }

    /// Writes out what is buffered, and ends. Waits a second at most.
    pub(crate) fn close(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        self.shared.wake.notify_all();
        // A reader of the log that has stopped reading must not keep the process from ending.
        let ended = self
            .shared
            .wake
            .wait_timeout_while(state, LAST_WORDS, |state| !state.written);
        if ended.is_ok_and(|(_, waited)| waited.timed_out()) {
            tracing::error!("the access log was not written to its end");
        }
    }
}

#[cfg(test)]
impl AccessLog {
    /// Lets nobody write between these two messages.
    pub(crate) fn hold(
        &self,
        held: &std::sync::mpsc::Sender<()>,
        released: &std::sync::mpsc::Receiver<()>,
    ) {
        let _state = self.shared.lock();
        held.send(()).ok();
        released.recv().ok();
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.close();
    }
}

fn write_out(shared: &Shared, mut sink: Box<dyn Write + Send>) {
    let mut batch = Vec::new();
    loop {
        let state = shared.lock();
        let (mut state, _) = shared
            .wake
            .wait_timeout_while(state, FLUSH_AFTER, |state| !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut batch, &mut state.buffer);
        let (dropped, closed) = (std::mem::take(&mut state.dropped), state.closed);
        drop(state);
        if sink.write_all(&batch).and_then(|()| sink.flush()).is_err() {
            tracing::error!(bytes = batch.len(), "the access log cannot be written");
        }
        batch.clear();
        if dropped > 0 {
            tracing::error!(
                lines = dropped,
                "the access log is too slow: lines were dropped"
            );
        }
        if closed {
            shared.lock().written = true;
            shared.wake.notify_all();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::io::Write;
    use std::sync::mpsc::{Receiver, channel};

    use super::{AccessLog, BUFFER, Line};

    /// A log whose reader takes nothing until the test says so.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.recv().ok();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn line() -> Line<'static> {
        Line {
            time: jiff::Timestamp::UNIX_EPOCH,
            request_id: "r-1",
            method: "GET",
            endpoint: "GET /a",
            client: None,
            status: 200,
            code: None,
            complete: Some(true),
            duration_us: 1,
            bytes: 2,
            aborted: false,
            calls: Vec::new(),
        }
    }

    #[test]
    fn a_reader_that_is_stuck_neither_stops_a_request_nor_the_end() {
        let (release, stuck) = channel();
        let log = AccessLog::start(Box::new(Stuck(stuck))).unwrap();
        for _ in 0..100_000 {
            log.write(&line());
        }
        {
            let state = log.shared.lock();
            assert!(state.dropped > 0 && state.buffer.len() <= BUFFER + 1024);
        }
        drop(log);
        drop(release);
    }
}
