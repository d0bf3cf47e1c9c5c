//! What a credential is: where its tokens come from, for whom and for what.
//!
//! Plain data that any configuration format can fill. It must not know how the data was read, nor
//! anything about the cache that uses it.

mod client;
mod endpoint;
mod grant;
mod key;
mod validate;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::signing::{KeySource, SigningKey};

use crate::fingerprint::Fingerprint;
pub(crate) use client::basic;
pub use client::{BasicEncoding, ClientAuthentication};
pub use endpoint::{DiscoveryKind, Endpoint};
pub use grant::{
    Actor, Assertion, AssertionAudience, DEFAULT_ASSERTION_LIFE, DEFAULT_SUBJECTS, Exchange, Grant,
    TokenType,
};
pub use key::Key;
pub use validate::DefinitionError;
pub(crate) use validate::{acceptable, is_loopback};

/// How long one fetch may take, its retries included, unless the definition says otherwise.
pub const DEFAULT_FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a token is taken to live when the server does not say, unless the definition does.
pub const DEFAULT_LIFETIME: Duration = Duration::from_mins(5);

/// One credential: everything that decides which token is fetched.
///
/// Two definitions that differ in any field never share a token ([`Definition::key`]).
#[derive(Clone)]
pub struct Definition {
    /// The credential's name in logs, metrics and [`State`](crate::State).
    pub name: String,
    /// Where tokens are fetched: https, or http to loopback.
    pub endpoint: Endpoint,
    /// The grant by which tokens are obtained.
    pub grant: Grant,
    /// How the client authenticates itself at the token endpoint.
    pub client: ClientAuthentication,
    /// Scopes to ask for, sent as one space-joined `scope`; with none the parameter is absent.
    pub scopes: Vec<String>,
    /// The `audience` parameter, verbatim.
    pub audience: Option<String>,
    /// The `resource` parameters, one per element, verbatim (RFC 8707 §2).
    pub resources: Vec<String>,
    /// Further parameters of the request, as name and value.
    pub extra: Vec<(String, String)>,
    /// How long one fetch may take, its retries included.
    pub fetch_timeout: Duration,
    /// How long a token is taken to live when the server does not say.
    pub default_lifetime: Duration,
    /// Allows `http` to hosts other than loopback: the secret then travels in the clear.
    pub allow_plain_http: bool,
    /// Binds the tokens to a key of this process, and demands that the server does (RFC 9449 §5).
    /// The key is made when the source is, and leaves with it.
    pub dpop: bool,
    /// What tells apart the ways on which requests go out, where there are several: see
    /// [`TokenProvider::source_over`](crate::TokenProvider::source_over). A client certificate, for
    /// one, is part of what a token is given for (RFC 8705 §3). Only compared.
    pub route: Option<[u8; 32]>,
}

impl Definition {
    /// A client credentials definition with no scopes, no audience and the default times.
    pub fn new(name: impl Into<String>, token_url: Url, client: ClientAuthentication) -> Self {
        Self::at(name, Endpoint::Token(token_url), client)
    }

    /// As [`Self::new`], at an endpoint that may have to be discovered.
    pub fn at(name: impl Into<String>, endpoint: Endpoint, client: ClientAuthentication) -> Self {
        Self {
            name: name.into(),
            endpoint,
            grant: Grant::ClientCredentials,
            client,
            scopes: Vec::new(),
            audience: None,
            resources: Vec::new(),
            extra: Vec::new(),
            fetch_timeout: DEFAULT_FETCH_TIMEOUT,
            default_lifetime: DEFAULT_LIFETIME,
            allow_plain_http: false,
            dpop: false,
            route: None,
        }
    }

    /// Whether this definition may be used.
    ///
    /// # Errors
    /// The first fault found. A source made from a faulty definition answers every call with it and
    /// sends nothing.
    pub fn validate(&self) -> Result<(), DefinitionError> {
        validate::validate(self)
    }

    /// The keys whose public halves the authorization server needs, the client's own first; see
    /// [`KeySource::published`].
    pub(crate) fn published_keys(&self) -> Vec<Arc<SigningKey>> {
        self.key_sources()
            .flat_map(|source| source.published())
            .collect()
    }

    /// See [`KeySource::look`].
    pub(crate) async fn look_at_keys(&self) {
        for source in self.key_sources() {
            source.look().await;
        }
    }

    fn key_sources(&self) -> impl Iterator<Item = &Arc<dyn KeySource>> {
        let client = match &self.client {
            ClientAuthentication::PrivateKeyJwt { key, .. } => Some(key),
            _ => None,
        };
        let grant = match &self.grant {
            Grant::JwtBearer(assertion) => Some(&assertion.key),
            _ => None,
        };
        client.into_iter().chain(grant)
    }

    /// The identity of this definition within this process: equal only when every field is equal
    /// (the order of scopes aside), the secret included.
    #[must_use]
    pub fn key(&self) -> Key {
        key::of(self)
    }

    /// As [`Self::key`], by the key of the fingerprints that `begin` makes.
    pub(crate) fn hash(&self, begin: &dyn Fn() -> Fingerprint) -> [u8; 32] {
        key::hash(self, begin)
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A query, user information and extra parameters may hold secrets: only their names show.
        formatter
            .debug_struct("Definition")
            .field("name", &self.name)
            .field("host", &self.endpoint.host())
            .field("grant", &self.grant)
            .field("client", &self.client)
            .field("scopes", &self.scopes)
            .field("audience", &self.audience)
            .field("resources", &self.resources)
            .field(
                "extra",
                &self.extra.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            )
            .field("fetch_timeout", &self.fetch_timeout)
            .field("default_lifetime", &self.default_lifetime)
            .field("allow_plain_http", &self.allow_plain_http)
            .field("dpop", &self.dpop)
            .finish_non_exhaustive()
    }
}
