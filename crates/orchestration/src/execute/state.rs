//! How far a call has come.

use tokio::time::Instant;

use crate::{Outcome, Prepared, Report};

/// How far a call has come.
pub(crate) enum State {
    /// It waits for others.
    Waiting,
    /// It waits for nothing; its request is made.
    Ready(Prepared),
    /// It is under way since then.
    Running(Instant),
    /// It has ended.
    Ended(Report),
}

impl State {
    /// The request of a call that is ready; whoever takes it starts it.
    pub(super) fn take_ready(&mut self) -> Option<Prepared> {
        if !matches!(self, Self::Ready(_)) {
            return None;
        }
        match std::mem::replace(self, Self::Waiting) {
            Self::Ready(request) => Some(request),
            Self::Waiting | Self::Running(_) | Self::Ended(_) => None,
        }
    }

    pub(super) const fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Ended(report) => Some(&report.outcome),
            Self::Waiting | Self::Ready(_) | Self::Running(_) => None,
        }
    }
}
