//! One failed attempt, and what it means for the next one and for what was shown.

use std::time::Duration;

use http::StatusCode;

use crate::error::{Malformation, TokenError, Unavailability};
use crate::session::Fate;
use crate::transport::TransportError;

/// One failed attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: TokenError,
    /// How long the server asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the same flight may try once more.
    pub(crate) repeatable: bool,
    /// Whether the server asks for a nonce that it gave, and for nothing else.
    pub(crate) nonce_demanded: bool,
    /// Whether more failures like this one may lock an account or end a session.
    pub(crate) account_at_risk: bool,
}

impl Failure {
    /// Whether the request never reached the server.
    pub(crate) fn not_sent(&self) -> bool {
        match &self.error {
            TokenError::Signing => true,
            TokenError::Unavailable {
                cause: Unavailability::Transport(error),
                ..
            } => error.is_before_sending(),
            _ => false,
        }
    }

    /// Whether the server refuses what was shown, rather than the client that showed it.
    /// `unsaid` is the answer when it does not say.
    pub(crate) fn blames_grant(&self, unsaid: bool) -> bool {
        let TokenError::Rejected { server_code, .. } = &self.error else {
            return false;
        };
        server_code
            .as_ref()
            .map_or(unsaid, |code| code.as_str() == "invalid_grant")
    }

    /// What became of the refresh token that was shown.
    pub(crate) fn fate(&self) -> Fate {
        match &self.error {
            _ if self.not_sent() => Fate::Untouched,
            TokenError::Rejected { server_code, .. } => {
                let code = server_code.as_ref().map_or("", |code| code.as_str());
                // The client itself is refused, before anybody looked at the token.
                if matches!(
                    code,
                    "invalid_client" | "use_dpop_nonce" | "invalid_dpop_proof"
                ) {
                    Fate::Untouched
                } else {
                    Fate::Spent
                }
            }
            TokenError::Unavailable {
                cause: Unavailability::Status { status, .. },
                ..
            } if *status == StatusCode::TOO_MANY_REQUESTS
                || *status == StatusCode::SERVICE_UNAVAILABLE =>
            {
                Fate::Untouched
            }
            // A gatekeeper in front of the server.
            TokenError::Redirected { .. } => Fate::Untouched,
            _ => Fate::Unclear,
        }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        if error == TransportError::TooLarge {
            return Self::from(Malformation::TooLarge);
        }
        let repeatable = error.may_pass();
        let error = TokenError::Unavailable {
            cause: Unavailability::Transport(error),
            retry_after: None,
        };
        Self {
            repeatable,
            ..Self::from(error)
        }
    }
}

impl From<Malformation> for Failure {
    fn from(what: Malformation) -> Self {
        TokenError::Malformed { what }.into()
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self {
            error,
            retry_after: None,
            repeatable: false,
            nonce_demanded: false,
            account_at_risk: false,
        }
    }
}
