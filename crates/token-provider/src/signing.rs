//! Private keys that sign assertions and proofs, and the ways they come in. It must not know what is
//! signed, nor where a key is kept.

mod file;
mod import;
pub(crate) mod jwk;
mod jwt;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, RsaEncoding};
use aws_lc_rs::{error::Unspecified, rsa};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

pub use file::{KeyFile, KeyFileError};
pub use import::KeyError;
pub use jwk::jwks;
pub(crate) use jwt::{Claims, compact, unix_seconds};

/// The algorithm of a signature (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS#1 v1.5 with SHA-384; one of the two that SMART App Launch §4.1 demands.
    Rs384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512,
    /// RSA PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384; one of the two that SMART App Launch §4.1 demands.
    Es384,
}

/// Which kind of key an algorithm takes, with what the cryptographic library calls it.
enum Family {
    Rsa(&'static dyn RsaEncoding),
    Ec(&'static EcdsaSigningAlgorithm),
}

impl SigningAlgorithm {
    const ALL: [Self; 6] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Es256,
        Self::Es384,
    ];

    /// The value of `alg` in a JOSE header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }

    /// The algorithm whose `alg` is `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    fn family(self) -> Family {
        match self {
            Self::Rs256 => Family::Rsa(&signature::RSA_PKCS1_SHA256),
            Self::Rs384 => Family::Rsa(&signature::RSA_PKCS1_SHA384),
            Self::Rs512 => Family::Rsa(&signature::RSA_PKCS1_SHA512),
            Self::Ps256 => Family::Rsa(&signature::RSA_PSS_SHA256),
            Self::Es256 => Family::Ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Self::Es384 => Family::Ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        }
    }
}

/// A private key with its algorithm and, if it has one, its id. `Debug` shows no part of the key.
pub struct SigningKey {
    algorithm: SigningAlgorithm,
    key_id: Option<String>,
    pair: Pair,
}

enum Pair {
    Rsa(rsa::KeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
}

/// A signature could not be made, or no random number: the cryptographic library says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refuses to sign")]
pub struct SigningError;

impl From<Unspecified> for SigningError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl SigningKey {
    /// A new ES256 key without an id.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub(crate) fn generate() -> Result<Self, SigningError> {
        let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(Self {
            algorithm: SigningAlgorithm::Es256,
            key_id: None,
            pair: Pair::Ec(pair),
        })
    }

    /// The same key with this `kid` (RFC 7515 §4.1.4): servers find the public key by it.
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// The `kid`, if the key has one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The algorithm that it signs by.
    #[must_use]
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The SHA-256 thumbprint of the public key, base64url: a good `kid` (RFC 7638 §3).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        jwk::thumbprint(self)
    }

    /// The signature over `message` as it stands in a JWS (RFC 7518 §3.3 to §3.5).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)?;
                Ok(signature)
            }
            Pair::Ec(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// Where the key to sign with comes from, asked anew for each signature: a service may exchange the
/// key, when a file changes for instance, without a new definition.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The key to sign with now. Must not block: it is asked on threads that serve others.
    fn current(&self) -> Arc<SigningKey>;

    /// The keys whose public halves servers should know now: the current one, and those that what is
    /// still on its way may be signed with.
    fn published(&self) -> Vec<Arc<SigningKey>> {
        vec![self.current()]
    }

    /// What tells this source from others, part of the definition's identity: the path of a file,
    /// say. It should outlive a change of the key, and must not be a secret.
    fn identity(&self) -> String;

    /// Takes up a key that has changed, if there is one, before it is asked for; within a moment, or
    /// the next look does.
    ///
    /// # Cancel safety
    /// Cancel safe: a look that has begun ends on its own.
    async fn look(&self) {}
}

/// A key that never changes; its identity is that of the public key, its algorithm and its id.
#[async_trait]
impl KeySource for Arc<SigningKey> {
    fn current(&self) -> Arc<SigningKey> {
        Self::clone(self)
    }

    fn identity(&self) -> String {
        let algorithm = self.algorithm.as_str();
        format!("{algorithm} {} {:?}", self.thumbprint(), self.key_id)
    }
}

/// 128 random bits, base64url: for a `jti`.
pub(crate) fn random_id() -> Result<String, SigningError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(base64url(&bytes))
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
