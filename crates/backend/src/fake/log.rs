//! What the whole process logs, at TRACE. Not per test: tracing remembers per call site, across
//! threads, whether anybody listens.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use tracing_subscriber::fmt::MakeWriter;

/// The lines so far.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens from the first call on.
    pub(crate) fn listen() -> &'static Self {
        static LOG: LazyLock<Log> = LazyLock::new(|| {
            let log = Log::default();
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_writer(log.clone())
                .with_ansi(false)
                .init();
            log
        });
        &LOG
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// No line of any test holds what is marked; the other texts are base64 of `user:MARKED` and
    /// `us:MARKED`.
    pub(crate) fn assert_clean(&self) {
        let text = self.text();
        for needle in ["MARKED", "dXNlcjpNQVJLRUQ", "dXM6TUFSS0VE"] {
            assert_eq!(text.lines().find(|line| line.contains(needle)), None);
        }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
