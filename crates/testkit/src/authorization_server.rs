//! An OAuth 2.0 authorization server: client credentials, introspection, revocation, and answers
//! that a test dictates. Knows nothing of the backends that trust its tokens.

mod client;
mod endpoint;
mod oddity;
mod proof;
mod refusal;
mod token_store;
mod vendor;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;

pub use self::client::RegisteredClient;
use self::endpoint::Endpoint;
pub use self::oddity::{Oddity, UnknownOddity};
use self::proof::Proofs;
use self::token_store::TokenStore;
pub use self::token_store::{Verdict, Verifier};
pub use self::vendor::{UnknownVendor, Vendor};
use crate::error::Error;
use crate::reply::Reply;
use crate::server::{Server, lock};

const TOKEN_PATH: &str = "/token";

/// What an [`AuthorizationServer`] starts with.
#[derive(Debug, Clone)]
pub struct AuthorizationServerOptions {
    /// Its port on 127.0.0.1; 0 means any free one.
    pub port: u16,
    /// How long a token lives; told in whole seconds as `expires_in`.
    pub lifetime: Duration,
    /// Who may ask for tokens.
    pub clients: Vec<RegisteredClient>,
}

/// A running authorization server.
pub struct AuthorizationServer {
    server: Server,
    state: Arc<State>,
}

/// What the endpoints and the test share.
struct State {
    clients: Mutex<Vec<RegisteredClient>>,
    tokens: Arc<TokenStore>,
    script: Mutex<VecDeque<Reply>>,
    oddity: Mutex<Option<Oddity>>,
    vendor: Mutex<Option<Vendor>>,
    proofs: Proofs,
}

impl AuthorizationServer {
    /// Starts the server: `POST /token`, `POST /introspect`, `POST /revoke` and
    /// `GET /.well-known/oauth-authorization-server`.
    ///
    /// # Errors
    /// [`Error::Bind`] when the port cannot be had, [`Error::Random`] without random bytes.
    pub fn start(options: AuthorizationServerOptions) -> Result<Self, Error> {
        let state = Arc::new(State {
            clients: Mutex::new(options.clients),
            tokens: Arc::new(TokenStore::new(options.lifetime)),
            script: Mutex::default(),
            oddity: Mutex::default(),
            vendor: Mutex::default(),
            proofs: Proofs::new()?,
        });
        let handler = Arc::new(Endpoint::new(Arc::clone(&state)));
        Ok(Self {
            server: Server::start(options.port, handler)?,
            state,
        })
    }

    /// Returns the server itself: faults, requests, counters.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns the issuer, which is the server's own origin.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.server.url()
    }

    /// Returns the address of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.server.url() + TOKEN_PATH
    }

    /// Returns how many requests the token endpoint got since the last `clear`, whatever became of
    /// them.
    #[must_use]
    pub fn token_calls(&self) -> usize {
        self.server.count(TOKEN_PATH)
    }

    /// Queues answers of the token endpoint: each is given once, in order, before the endpoint
    /// does its own work again. Faults come first.
    pub fn script(&self, replies: Vec<Reply>) {
        lock(&self.state.script).extend(replies);
    }

    /// Answers granted requests oddly from now on, or by the book again.
    pub fn set_oddity(&self, oddity: Option<Oddity>) {
        *lock(&self.state.oddity) = oddity;
    }

    /// Returns the oddity that is on, if one is.
    #[must_use]
    pub fn oddity(&self) -> Option<Oddity> {
        *lock(&self.state.oddity)
    }

    /// Follows a vendor's rules from now on, or the RFC's own again. With or without a vendor, a
    /// request with a `DPoP` proof gets a token that is bound to its key (RFC 9449).
    pub fn set_vendor(&self, vendor: Option<Vendor>) {
        *lock(&self.state.vendor) = vendor;
    }

    /// Demands another nonce in proofs from now on (RFC 9449 §8).
    ///
    /// # Errors
    /// [`Error::Random`] when the operating system gives no random bytes.
    pub fn renew_nonce(&self) -> Result<(), Error> {
        self.state.proofs.renew()
    }

    /// Changes the life of the tokens issued from now on.
    pub fn set_lifetime(&self, lifetime: Duration) {
        self.state.tokens.set_lifetime(lifetime);
    }

    /// Gives a client a new secret; tokens already issued to it stay valid. Returns whether the
    /// client exists.
    #[must_use = "an unknown client keeps nothing"]
    pub fn set_secret(&self, client_id: &str, secret: SecretString) -> bool {
        let mut clients = lock(&self.state.clients);
        let client = clients.iter_mut().find(|client| client.id == client_id);
        client.map(|client| client.secret = secret).is_some()
    }

    /// Makes every token issued so far invalid at once; returns how many there were.
    #[must_use = "a test that revokes nothing shows nothing"]
    pub fn revoke_all(&self) -> usize {
        self.state.tokens.revoke_all()
    }

    /// Returns a handle with which a resource server checks tokens.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier::new(Arc::clone(&self.state.tokens))
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthorizationServer")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
