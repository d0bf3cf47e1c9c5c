//! A credential's state as an operator sees it. No secret, no token.

use std::time::Duration;

use crate::error::TokenError;

/// A credential's state at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct State {
    /// The credential's name.
    pub name: String,
    /// The `grant_type` by which its tokens are obtained.
    pub grant: &'static str,
    /// Its token.
    pub token: TokenState,
    /// Whether a fetch is under way.
    pub fetching: bool,
    /// Set while no fetch is made because the last one failed, or its token was rejected.
    pub backing_off: Option<BackingOff>,
    /// How the last fetch failed; `None` after a success.
    pub last_error: Option<TokenError>,
    /// For how many subjects there is a cache entry: the other fields then tell what concerns all.
    pub subjects: usize,
}

/// A credential's token at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenState {
    /// None was ever fetched.
    Never,
    /// It is handed out.
    Fresh {
        /// Since its request was sent.
        age: Duration,
        /// Until it expires.
        expires_in: Duration,
    },
    /// It has expired, or was not worth keeping.
    Expired,
    /// A backend rejected it.
    Rejected,
}

/// Why no fetch is made, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackingOff {
    /// What callers without a token get meanwhile; holds the server's error code.
    pub error: TokenError,
    /// Until the next fetch may be made.
    pub retry_in: Duration,
}
