//! Noting each request of a call, where somebody wants to know.

use orchestration::{AttemptKind, AttemptNumber, Attempts};

use crate::failure::Fault;

/// Notes one request after the other.
#[derive(Clone, Copy)]
pub(crate) struct Sending<'a> {
    /// Where; `None`: nobody wants to know.
    attempts: Option<&'a Attempts>,
    /// What the next request is.
    kind: AttemptKind,
    /// The one under way; any, before the first.
    number: AttemptNumber,
}

impl<'a> Sending<'a> {
    /// Notes in `attempts`; the first request is of this `kind`.
    pub(crate) fn new(attempts: Option<&'a Attempts>, kind: AttemptKind) -> Self {
        Self {
            attempts,
            kind,
            number: AttemptNumber::default(),
        }
    }

    /// The same for requests the first of which is of this `kind`.
    pub(super) const fn beginning_as(mut self, kind: AttemptKind) -> Self {
        self.kind = kind;
        self
    }

    /// A request goes out. One after it in the same attempt puts right what this one was refused for.
    pub(super) fn begin(&mut self) {
        if let Some(attempts) = self.attempts {
            self.number = attempts.begin(self.kind);
            self.kind = AttemptKind::Resend;
        }
    }

    /// The backend answered with `status`, and that is no failure, or will be mended.
    pub(super) fn answered(&self, status: http::StatusCode) {
        if let Some(attempts) = self.attempts {
            attempts.end(self.number, Some(status.as_u16()), None);
        }
    }

    /// The request failed.
    pub(super) fn failed(&self, fault: &Fault) {
        if let Some(attempts) = self.attempts {
            attempts.end(self.number, fault.failure.status, Some(fault.failure.code));
        }
    }
}
