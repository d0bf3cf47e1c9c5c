//! Everything that the process logs, kept to be searched.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::Value;
use tracing_subscriber::filter::LevelFilter;

/// A log in memory.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub(crate) fn text(&self) -> String {
        self.text_from(0)
    }

    /// What was written after the log had this many bytes.
    pub(crate) fn text_from(&self, mark: usize) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes[mark..]).into_owned()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The lines so far, each a JSON object.
    pub(crate) fn json(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

static TRACES: LazyLock<Lines> = LazyLock::new(|| {
    let lines = Lines::default();
    let sink = lines.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || sink.clone())
        .init();
    lines
});

/// All tracing output of the process at TRACE, of the libraries too: tests look in it for secrets
/// and names that no other test has.
pub(crate) fn traces() -> &'static Lines {
    &TRACES
}
