//! One line of JSON for each request, on standard output, without patients' data.
//!
//! Workers append to a buffer; a thread of its own writes it out, so that a slow reader of the log
//! never slows a request. Lines that find the buffer full are counted, and the count is logged.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

mod line;

pub(crate) use line::{CallLine, Line};

/// Most bytes that wait to be written.
const BUFFER: usize = 4 * 1024 * 1024;
/// Longest time a line waits.
const FLUSH_AFTER: Duration = Duration::from_millis(200);

/// The log. Dropping it writes out what is buffered.
pub(crate) struct AccessLog {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
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
        let writer = std::thread::Builder::new()
            .name("access-log".into())
            .spawn(move || write_out(&theirs, sink))?;
        Ok(Self {
            shared,
            writer: Some(writer),
        })
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
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
        if let Some(writer) = self.writer.take() {
            // A panic of the writer was reported when it happened; there is nothing left to save.
            writer.join().ok();
        }
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
            return;
        }
    }
}
