//! Everything that the process logs, kept to be searched.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tracing_subscriber::filter::LevelFilter;

/// A log in memory. What has been written is kept in parts that change no more, so that reading a
/// long log holds nobody up who writes.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    parts: Vec<Arc<[u8]>>,
    latest: Vec<u8>,
    /// Of all parts.
    length: usize,
}

const PART: usize = 1024 * 1024;

impl Lines {
    pub(crate) fn text(&self) -> String {
        self.text_from(0)
    }

    /// What was written after the log had this many bytes.
    pub(crate) fn text_from(&self, mark: usize) -> String {
        let kept = self.lock().clone();
        let mut bytes = Vec::new();
        let mut before = 0;
        let parts = kept.parts.iter().map(AsRef::as_ref);
        for part in parts.chain([kept.latest.as_slice()]) {
            bytes.extend_from_slice(part.get(mark.saturating_sub(before)..).unwrap_or_default());
            before += part.len();
        }
        match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(odd) => String::from_utf8_lossy(odd.as_bytes()).into_owned(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        let kept = self.lock();
        kept.length + kept.latest.len()
    }

    /// The lines so far, each a JSON object.
    pub(crate) fn json(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.lock();
        kept.latest.extend_from_slice(bytes);
        if kept.latest.len() >= PART {
            let part: Arc<[u8]> = std::mem::take(&mut kept.latest).into();
            kept.length += part.len();
            kept.parts.push(part);
        }
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
