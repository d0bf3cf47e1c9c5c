//! Who is calling: from request headers to a [`Principal`], or to the reason why not.
//!
//! Fails closed: an endpoint that is not public is answered only to a client whose credentials are
//! right and whose scopes suffice. Must not know routes, bodies or backends; the client's
//! credentials are read here and go no further.

mod api_keys;
mod basic;
mod challenge;
mod passwords;
mod principal;
mod scheme;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use config::{Access, Client};
use problem::Code;

use api_keys::ApiKeys;
use basic::Credentials;
use passwords::StoredHash;

pub(crate) use challenge::from_script;
pub(crate) use passwords::{Limits as PasswordLimits, Passwords};
pub(crate) use principal::Principal;
pub(crate) use scheme::{Scheme, missing_scopes, usable_schemes};

/// How long a client waits before it tries again when the password queue is full. The queue holds
/// about a second of work.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Knows the clients of one revision.
///
/// Passwords that were verified under an earlier revision stay remembered: what is remembered
/// belongs to the pair of password and stored hash, not to the revision.
pub(crate) struct Authenticator {
    clients: Vec<Client>,
    users: HashMap<String, User>,
    /// Verified in place of the hash of a user who does not exist; `None`: nobody uses passwords.
    decoy: Option<Arc<StoredHash>>,
    api_keys: ApiKeys,
    passwords: Arc<Passwords>,
    realm: String,
}

struct User {
    stored: Arc<StoredHash>,
    principal: Principal,
}

/// Why a request is not let in. The texts hold nothing of what the client sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    /// There are no credentials.
    #[error("the request carries no credentials")]
    Missing,
    /// The credentials are malformed, sent twice, or not those of a client.
    #[error("the credentials are not valid")]
    Wrong,
    /// The client is known and lacks scopes.
    #[error("the client lacks the scope {missing}")]
    Forbidden {
        /// The lacking scopes, separated by spaces.
        missing: String,
    },
    /// Too many passwords wait to be verified.
    #[error("too many passwords wait to be verified")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
}

impl Denied {
    /// The code of the problem that the client reads.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::Missing | Self::Wrong => Code::Unauthenticated,
            Self::Forbidden { .. } => Code::Forbidden,
            Self::Overloaded { .. } => Code::Overloaded,
        }
    }
}

impl Authenticator {
    /// Knows `clients` and asks `passwords` to verify theirs; `realm` is shown in challenges.
    ///
    /// A stored hash that cannot be read never verifies; configuration refuses it at load.
    pub(crate) fn new(clients: &[Client], passwords: Arc<Passwords>, realm: &str) -> Self {
        let mut users = HashMap::new();
        let mut decoy: Option<Arc<StoredHash>> = None;
        for client in clients {
            let Some(basic) = &client.basic else { continue };
            let Some(stored) = StoredHash::read(&basic.password_hash) else {
                tracing::error!(client = %client.name, "password hash cannot be read; the client cannot log in");
                continue;
            };
            if decoy
                .as_ref()
                .is_none_or(|decoy| decoy.cost() < stored.cost())
            {
                decoy = stored.decoy().map(Arc::new);
            }
            let user = User {
                stored: Arc::new(stored),
                principal: Principal::new(client),
            };
            users.entry(basic.username.clone()).or_insert(user);
        }
        Self {
            clients: clients.to_vec(),
            users,
            decoy,
            api_keys: ApiKeys::new(clients),
            passwords,
            realm: challenge::quotable(realm),
        }
    }

    /// The client behind `headers` if it may use what `access` protects; `None` where access is
    /// public, whatever credentials are sent there.
    ///
    /// Where a request carries credentials of several schemes, as a page with more than one of them
    /// filled in sends, all of them must be right, and the caller is the first of them whose scopes
    /// suffice: `Authorization`, then keys in the order of the clients.
    ///
    /// # Errors
    /// Why the request is not let in.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a verification that has begun running for others who wait for it.
    pub(crate) async fn authenticate(
        &self,
        access: &Access,
        headers: &HeaderMap,
    ) -> Result<Option<Principal>, Denied> {
        let Access::Scopes(required) = access else {
            return Ok(None);
        };
        let authorization = only(headers.get_all(AUTHORIZATION))?;
        let keys = self.holders_of_keys(headers)?;
        let user = match authorization {
            Some(value) => Some(self.log_in(value).await?),
            None => None,
        };
        let mut callers = user.into_iter().chain(keys).peekable();
        let first = *callers.peek().ok_or(Denied::Missing)?;
        let lacks = |caller: &Principal| scheme::missing_scopes(required, caller.scopes());
        match callers.find(|caller| lacks(caller).is_empty()) {
            Some(caller) => Ok(Some(caller.clone())),
            None => Err(Denied::Forbidden {
                missing: lacks(first),
            }),
        }
    }

    /// One `WWW-Authenticate` value per scheme with which somebody can use what `access` protects
    /// (RFC 9110 §11.6.1), none where access is public. Those for a page's own script
    /// ([`from_script`]) open no login box in a browser.
    pub(crate) fn challenges(&self, access: &Access, from_script: bool) -> Vec<HeaderValue> {
        usable_schemes(&self.clients, access)
            .iter()
            .filter_map(|scheme| challenge::challenge(scheme, &self.realm, from_script))
            .collect()
    }

    /// The headers that tell one client of what `access` protects from another; none: whoever asks gets
    /// the same.
    pub(crate) fn distinguishing(&self, access: &Access) -> Vec<&str> {
        if *access == Access::Public {
            return Vec::new();
        }
        let keys = self.api_keys.headers().iter();
        let names = keys.map(|header| header.name().as_str());
        std::iter::once(AUTHORIZATION.as_str())
            .chain(names)
            .collect()
    }

    fn holders_of_keys(&self, headers: &HeaderMap) -> Result<Vec<&Principal>, Denied> {
        let mut holders = Vec::new();
        for header in self.api_keys.headers() {
            if let Some(value) = only(headers.get_all(header.name()))? {
                holders.push(header.find(value.as_bytes()).ok_or(Denied::Wrong)?);
            }
        }
        Ok(holders)
    }

    async fn log_in(&self, authorization: &HeaderValue) -> Result<&Principal, Denied> {
        let credentials = Credentials::decode(authorization.as_bytes()).ok_or(Denied::Wrong)?;
        let user = self.users.get(credentials.username());
        // A name nobody has costs what a wrong password costs, so that names cannot be probed.
        let stored = user
            .map(|user| &user.stored)
            .or(self.decoy.as_ref())
            .ok_or(Denied::Wrong)?;
        let verdict = self
            .passwords
            .verify(credentials.username(), credentials.password(), stored)
            .await;
        match (verdict, user) {
            (Ok(true), Some(user)) => Ok(&user.principal),
            (Ok(_), _) => Err(Denied::Wrong),
            (Err(passwords::Busy), _) => Err(Denied::Overloaded {
                retry_after: RETRY_AFTER,
            }),
        }
    }
}

impl std::fmt::Debug for Authenticator {
    /// Without names, hashes and keys.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Authenticator({} clients)", self.clients.len())
    }
}

/// The only value of a header; one sent twice is refused, since a proxy may have read the other.
fn only<'a>(
    mut values: impl Iterator<Item = &'a HeaderValue>,
) -> Result<Option<&'a HeaderValue>, Denied> {
    let first = values.next();
    if values.next().is_some() {
        Err(Denied::Wrong)
    } else {
        Ok(first)
    }
}

#[cfg(test)]
mod tests;
