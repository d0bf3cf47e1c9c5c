//! What a caller holds to get tokens of one credential.

use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;

use crate::definition::Definition;
use crate::error::TokenError;
use crate::signing::SigningKey;
use crate::slot::Slot;
use crate::state::State;
use crate::subject::Subject;
use crate::token::Token;

/// The tokens of one credential. Cloning is cheap; clones share one cache entry.
#[derive(Clone)]
pub struct TokenSource(pub(crate) Arc<Slot>);

impl TokenSource {
    /// A token: the cached one at once, else one fetched together with all other callers.
    ///
    /// Waits until `deadline` at most, however long the fetch takes, which goes on without the
    /// caller. While the credential backs off it answers at once.
    ///
    /// # Errors
    /// See [`TokenError`]; all callers that wait for one fetch get the same.
    ///
    /// # Cancel safety
    /// Cancel safe: the fetch runs in a task of its own and serves those who still wait.
    pub async fn token(&self, deadline: Instant) -> Result<Token, TokenError> {
        self.0.token(deadline).await
    }

    /// A token on behalf of `subject`, for a credential whose grant is
    /// [`TokenExchange`](crate::Grant::TokenExchange); otherwise as [`Self::token`].
    ///
    /// Tokens are kept by subject token and never shared between two; a change of the subject token
    /// is another subject. What the server grants is not used beyond the subject token's own life.
    ///
    /// # Errors
    /// See [`TokenError`].
    ///
    /// # Cancel safety
    /// As [`Self::token`].
    pub async fn token_for(
        &self,
        subject: Subject,
        deadline: Instant,
    ) -> Result<Token, TokenError> {
        self.0.entry(subject)?.token(deadline).await
    }

    /// The cached token, if it may be handed out without waiting. A fresh one costs no allocation
    /// and no lock; an ageing one is handed out too, and starts a refresh in the background.
    #[must_use]
    pub fn cached(&self) -> Option<Token> {
        self.0.cached()
    }

    /// Says that a backend did not accept `token`. If it is still the latest it is not handed out
    /// again, and the next call fetches; a late verdict on an older token changes nothing. When the
    /// token had just replaced another rejected one, nothing is fetched for a while. A subject's
    /// token is rejected for that subject.
    pub fn reject(&self, token: &Token) {
        self.0.reject(token);
    }

    /// Says that a backend answered `token` as if nobody had logged in, with a login page: a reason
    /// for a new token, but no proof against this one. Like [`reject`](Self::reject), but should the
    /// new token be rejected it is the first.
    pub fn suspect(&self, token: &Token) {
        token.mark_suspected();
        self.0.reject(token);
    }

    /// The credential's state, for operators.
    #[must_use]
    pub fn state(&self) -> State {
        self.0.state()
    }

    /// The credential's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.definition().name
    }

    /// The thumbprint of the key that the credential's tokens are bound to, to be registered as
    /// `dpop_jkt` for example; `None` without `dpop` (RFC 9449 §6.1, RFC 7638).
    #[must_use]
    pub fn key_thumbprint(&self) -> Option<&str> {
        self.0.key_thumbprint()
    }

    /// The keys that the credential's assertions are signed with, for [`jwks`](crate::jwks): those in
    /// use now and, for a while, those before. Empty when it signs none. May look at a key
    /// file, for half a second at most.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn published_keys(&self) -> Vec<Arc<SigningKey>> {
        self.definition().look_at_keys().await;
        self.definition().published_keys()
    }

    pub(crate) fn definition(&self) -> &Definition {
        self.0.definition()
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenSource")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
