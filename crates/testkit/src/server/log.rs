//! What a server has seen, for assertions. Bounded: a benchmark must not fill the memory.

use std::collections::VecDeque;

use crate::request::Request;

const REQUESTS_KEPT: usize = 10_000;
const BODY_BYTES_KEPT: usize = 256 * 1024 * 1024;

/// Requests and counters of one server.
#[derive(Default)]
pub(super) struct Log {
    requests: VecDeque<Request>,
    body_bytes: usize,
    /// Connections accepted.
    pub(super) connections: usize,
    /// Clients that left before their answer was complete.
    pub(super) disconnects: usize,
}

impl Log {
    /// Keeps a request, in place of the oldest ones when the log is full.
    pub(super) fn record(&mut self, request: Request) {
        self.body_bytes += request.body.len();
        self.requests.push_back(request);
        while self.requests.len() > REQUESTS_KEPT || self.body_bytes > BODY_BYTES_KEPT {
            let Some(oldest) = self.requests.pop_front() else {
                return;
            };
            self.body_bytes -= oldest.body.len();
        }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.iter().cloned().collect()
    }

    pub(super) fn count(&self, path: &str) -> usize {
        self.requests
            .iter()
            .filter(|request| request.path == path)
            .count()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
