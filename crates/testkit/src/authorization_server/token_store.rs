//! Issued tokens and the handle that checks them. A token is a random text: nothing is in it.
//! Knows no HTTP.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::random;
use crate::server::lock;

/// What a token stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) scopes: Vec<String>,
    pub(super) audience: Option<String>,
    /// The thumbprint of the key that it is bound to (RFC 9449 §6).
    pub(super) bound_to: Option<String>,
    pub(super) expires: Instant,
}

/// The tokens of one authorization server that are neither revoked nor expired.
pub(super) struct TokenStore {
    grants: Mutex<HashMap<String, Grant>>,
    lifetime: Mutex<Duration>,
}

impl TokenStore {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            grants: Mutex::default(),
            lifetime: Mutex::new(lifetime),
        }
    }

    pub(super) fn set_lifetime(&self, lifetime: Duration) {
        *lock(&self.lifetime) = lifetime;
    }

    /// Issues a token; returns it with its life.
    pub(super) fn issue(
        &self,
        client_id: &str,
        scopes: Vec<String>,
        audience: Option<String>,
        bound_to: Option<String>,
    ) -> Result<(String, Duration), Error> {
        let token = random::text()?;
        let lifetime = *lock(&self.lifetime);
        let now = Instant::now();
        let grant = Grant {
            client_id: client_id.to_owned(),
            scopes,
            audience,
            bound_to,
            expires: now + lifetime,
        };
        let mut grants = lock(&self.grants);
        grants.retain(|_, grant| grant.expires > now);
        grants.insert(token.clone(), grant);
        Ok((token, lifetime))
    }

    /// Returns what a live token stands for.
    pub(super) fn find(&self, token: &str) -> Option<Grant> {
        let grants = lock(&self.grants);
        grants
            .get(token)
            .filter(|grant| grant.expires > Instant::now())
            .cloned()
    }

    /// Revokes a token if it is this client's (RFC 7009 §2.1).
    pub(super) fn revoke(&self, token: &str, client_id: &str) {
        lock(&self.grants).retain(|known, grant| known != token || grant.client_id != client_id);
    }

    pub(super) fn revoke_all(&self) -> usize {
        std::mem::take(&mut *lock(&self.grants)).len()
    }
}

/// Tokens are not for logs.
impl fmt::Debug for TokenStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenStore").finish_non_exhaustive()
    }
}

/// What a resource server makes of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The token is good for this resource server.
    Valid,
    /// Unknown, expired, revoked, or meant for another audience.
    InvalidToken,
    /// Good, without the scope that is required.
    InsufficientScope,
}

/// Checks tokens in the authorization server's own memory, as introspection would.
#[derive(Debug, Clone)]
pub struct Verifier {
    tokens: Arc<TokenStore>,
    scope: Option<String>,
    audience: Option<String>,
}

impl Verifier {
    pub(super) fn new(tokens: Arc<TokenStore>) -> Self {
        Self {
            tokens,
            scope: None,
            audience: None,
        }
    }

    /// Returns a verifier that also demands a scope, compared whole.
    #[must_use]
    pub fn requiring_scope(mut self, scope: &str) -> Self {
        self.scope = Some(scope.to_owned());
        self
    }

    /// Returns a verifier that also demands an audience.
    #[must_use]
    pub fn requiring_audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }

    /// Checks a token as it stands now.
    #[must_use]
    pub fn verify(&self, token: &str) -> Verdict {
        let Some(grant) = self.tokens.find(token) else {
            return Verdict::InvalidToken;
        };
        if self.audience.is_some() && self.audience != grant.audience {
            return Verdict::InvalidToken;
        }
        match &self.scope {
            Some(scope) if !grant.scopes.contains(scope) => Verdict::InsufficientScope,
            Some(_) | None => Verdict::Valid,
        }
    }
}
