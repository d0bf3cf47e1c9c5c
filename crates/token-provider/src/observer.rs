//! What a service counts about its tokens. Labels come from a closed set; it must not know which
//! metrics library listens.

use std::time::Duration;

use crate::error::{TokenError, Unavailability};
use crate::transport::TransportError;

/// Listens to what happens, for metrics. Called from the tasks that fetch: must not block.
pub trait Observer: Send + Sync {
    /// One token request ended, after `elapsed`.
    fn fetched(&self, name: &str, outcome: FetchOutcome, elapsed: Duration) {
        let _ = (name, outcome, elapsed);
    }

    /// The metadata name a token endpoint on another host than before, which is not used.
    fn endpoint_moved(&self, name: &str) {
        let _ = name;
    }

    /// A backend rejected the current token of this credential.
    fn rejected(&self, name: &str) {
        let _ = name;
    }

    /// The shared token store has gone away, or has come back.
    fn store_answers(&self, answers: bool) {
        let _ = answers;
    }

    /// The server granted fewer scopes than were asked for; `missing` were not.
    fn scope_narrowed(&self, name: &str, missing: &[&str]) {
        let _ = (name, missing);
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}

/// How one token request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchOutcome {
    /// A token came.
    Token,
    /// The server refused the credential.
    Rejected,
    /// A gatekeeper redirected.
    Redirected,
    /// The answer could not be used.
    Malformed,
    /// The server asked for a nonce, and gets one (RFC 9449 §8).
    NonceDemanded,
    /// The token endpoint could not be discovered.
    Undiscovered,
    /// An assertion or a proof could not be signed.
    Unsigned,
    /// The server said that it cannot answer now.
    Unavailable,
    /// No connection, or one that broke.
    Unreachable,
    /// No answer in time.
    TimedOut,
}

impl FetchOutcome {
    /// The label for metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Rejected => "rejected",
            Self::Redirected => "redirected",
            Self::Malformed => "malformed",
            Self::NonceDemanded => "nonce_demanded",
            Self::Undiscovered => "undiscovered",
            Self::Unsigned => "unsigned",
            Self::Unavailable => "unavailable",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
        }
    }
}

impl From<&TokenError> for FetchOutcome {
    fn from(error: &TokenError) -> Self {
        match error {
            TokenError::Rejected { .. }
            | TokenError::RejectedAgain { .. }
            | TokenError::Subject(_)
            | TokenError::Definition(_) => Self::Rejected,
            TokenError::Discovery { .. } => Self::Undiscovered,
            TokenError::Signing => Self::Unsigned,
            TokenError::Redirected { .. } => Self::Redirected,
            TokenError::Malformed { .. } => Self::Malformed,
            TokenError::Unavailable {
                cause: Unavailability::Status { .. },
                ..
            } => Self::Unavailable,
            TokenError::Unavailable {
                cause: Unavailability::Transport(TransportError::Timeout),
                ..
            }
            | TokenError::Deadline => Self::TimedOut,
            TokenError::Unavailable { .. } => Self::Unreachable,
        }
    }
}
