//! What a server has seen, for assertions. Bounded: a benchmark must not fill the memory.

use std::collections::VecDeque;

use crate::request::Request;

const REQUESTS_KEPT: usize = 10_000;

/// Requests and counters of one server.
#[derive(Default)]
pub(super) struct Log {
    requests: VecDeque<Request>,
    /// Connections accepted.
    pub(super) connections: usize,
    /// Clients that left before their answer was complete.
    pub(super) disconnects: usize,
}

impl Log {
    /// Keeps a request, in place of the oldest one when the log is full.
    pub(super) fn record(&mut self, request: Request) {
        if self.requests.len() == REQUESTS_KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
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
