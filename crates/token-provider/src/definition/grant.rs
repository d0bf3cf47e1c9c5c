//! By which grant tokens are obtained, with what each needs. Plain data.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::signing::KeySource;
use crate::source::TokenSource;

/// How long an assertion that asks for a token is valid, unless the definition says otherwise.
pub const DEFAULT_ASSERTION_LIFE: Duration = Duration::from_mins(5);

/// How many subjects a credential keeps tokens for, unless the definition says otherwise.
pub const DEFAULT_SUBJECTS: usize = 1024;

/// The grant by which tokens are obtained. `Debug` shows which, and no names or secrets.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Grant {
    /// The service acts for itself (RFC 6749 §4.4).
    #[default]
    ClientCredentials,
    /// A user's name and password (RFC 6749 §4.3, which RFC 9700 §2.4 advises against). A refresh
    /// token in the answer is kept and used; the password only when there is none that works.
    Password {
        /// The user's name.
        username: String,
        /// The user's password.
        password: SecretString,
    },
    /// A refresh token obtained elsewhere (RFC 6749 §6). Its successors are kept in memory only: a
    /// server that rotates refresh tokens will not accept the configured one after a restart.
    RefreshToken {
        /// The first refresh token.
        token: SecretString,
    },
    /// An assertion signed by the service (RFC 7523 §2.1).
    JwtBearer(Box<Assertion>),
    /// The token of somebody else, exchanged (RFC 8693 §2.1): with
    /// [`TokenSource::token_for`](crate::TokenSource::token_for).
    TokenExchange(Box<Exchange>),
}

/// What the assertion of [`Grant::JwtBearer`] says and who signs it (RFC 7523 §3).
#[derive(Clone)]
pub struct Assertion {
    /// Signs it.
    pub key: Arc<dyn KeySource>,
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `sub`: whom the token is for. [`Self::new`] takes the issuer.
    pub subject: String,
    /// The claim `aud`.
    pub audience: AssertionAudience,
    /// From `iat` to `exp`: one second to one hour.
    pub life: Duration,
    /// Further claims. Those that the fields above decide are refused.
    pub claims: Map<String, Value>,
}

/// Whom an assertion is meant for (RFC 7523 §3, point 3): one audience, since servers refuse two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum AssertionAudience {
    /// The URL of the token endpoint, as it is configured or discovered.
    #[default]
    TokenUrl,
    /// This, verbatim: the server's issuer, for instance.
    Exactly(String),
}

/// How tokens are exchanged (RFC 8693 §2.1).
#[derive(Clone)]
pub struct Exchange {
    /// Who acts for the subject: `actor_token` and its type.
    pub actor: Option<Actor>,
    /// `requested_token_type`; left to the server when there is none.
    pub requested: Option<TokenType>,
    /// For how many subjects tokens are kept at most.
    pub subjects: usize,
}

/// Who acts for the subject: a token of the service's own, from another credential.
#[derive(Clone)]
pub struct Actor {
    /// Where the actor's token comes from.
    pub tokens: TokenSource,
    /// What kind of token it is.
    pub token_type: TokenType,
}

/// What kind of token something is (RFC 8693 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenType {
    /// `urn:ietf:params:oauth:token-type:access_token`.
    #[default]
    AccessToken,
    /// `urn:ietf:params:oauth:token-type:id_token`.
    IdToken,
    /// `urn:ietf:params:oauth:token-type:jwt`.
    Jwt,
    /// `urn:ietf:params:oauth:token-type:saml2`.
    Saml2,
    /// Any other, verbatim.
    Other(String),
}

impl Assertion {
    /// An assertion of `issuer` about itself for the token URL, valid for 5 minutes.
    pub fn new(key: Arc<dyn KeySource>, issuer: impl Into<String>) -> Self {
        let issuer = issuer.into();
        Self {
            key,
            subject: issuer.clone(),
            issuer,
            audience: AssertionAudience::TokenUrl,
            life: DEFAULT_ASSERTION_LIFE,
            claims: Map::new(),
        }
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self {
            actor: None,
            requested: None,
            subjects: DEFAULT_SUBJECTS,
        }
    }
}

impl TokenType {
    /// The identifier as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessToken => "urn:ietf:params:oauth:token-type:access_token",
            Self::IdToken => "urn:ietf:params:oauth:token-type:id_token",
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
            Self::Saml2 => "urn:ietf:params:oauth:token-type:saml2",
            Self::Other(identifier) => identifier,
        }
    }
}

impl Grant {
    /// The value of `grant_type`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password { .. } => "password",
            Self::RefreshToken { .. } => "refresh_token",
            Self::JwtBearer(_) => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::TokenExchange(_) => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The subject may be a person, and a claim may be anything.
        formatter
            .debug_struct("Assertion")
            .field("audience", &self.audience)
            .field("life", &self.life)
            .field("claims", &self.claims.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("actor", &self.actor.as_ref().map(|actor| &actor.tokens))
            .field("requested", &self.requested)
            .field("subjects", &self.subjects)
            .finish()
    }
}
