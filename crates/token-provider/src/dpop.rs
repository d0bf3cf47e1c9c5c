//! Proofs that the holder of a token holds its key too (RFC 9449). One key per credential, and the
//! nonces that servers ask for, by origin. It must not know what a proof goes along with.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use crate::clock::Clock;
use crate::signing::{
    Claims, SigningError, SigningKey, base64url, compact, jwk, random_id, unix_seconds,
};

/// The header of a proof (RFC 9449 §4.1).
pub(crate) const PROOF: HeaderName = HeaderName::from_static("dpop");
/// The header in which a server gives a nonce (RFC 9449 §8.1).
pub(crate) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The error by which a server asks for a nonce (RFC 9449 §8, §9).
pub(crate) const NONCE_DEMANDED: &str = "use_dpop_nonce";

/// A credential talks to a few servers; a caller that makes up URLs must not fill the memory.
const MOST_ORIGINS: usize = 64;
const LONGEST_NONCE: usize = 512;

/// A credential's key and the latest nonce of each server.
pub(crate) struct ProofKey {
    key: SigningKey,
    public: Value,
    thumbprint: String,
    nonces: Mutex<HashMap<String, String>>,
    clock: Clock,
}

impl ProofKey {
    pub(crate) fn generate(clock: Clock) -> Result<Self, SigningError> {
        let key = SigningKey::generate()?;
        Ok(Self {
            public: Value::Object(jwk::public(&key)),
            thumbprint: key.thumbprint(),
            key,
            nonces: Mutex::default(),
            clock,
        })
    }

    /// The `jkt` of tokens bound to the key (RFC 9449 §6.1).
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A proof for one request now (RFC 9449 §4.2), bound to `token` where one goes along.
    pub(crate) fn proof_now(
        &self,
        method: &str,
        url: &Url,
        token: &str,
    ) -> Result<HeaderValue, SigningError> {
        self.proof(method, url, Some(token), self.clock.now().wall)
    }

    /// As [`Self::proof_now`], at `now`.
    pub(crate) fn proof(
        &self,
        method: &str,
        url: &Url,
        token: Option<&str>,
        now: SystemTime,
    ) -> Result<HeaderValue, SigningError> {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let mut claims = Claims::new();
        claims.insert("jti".into(), random_id()?.into());
        claims.insert("htm".into(), method.into());
        claims.insert("htu".into(), target.as_str().into());
        claims.insert("iat".into(), unix_seconds(now).into());
        if let Some(token) = token {
            let hash = base64url(digest(&SHA256, token.as_bytes()).as_ref());
            claims.insert("ath".into(), hash.into());
        }
        if let Some(nonce) = self.nonces().get(&origin(url)) {
            claims.insert("nonce".into(), nonce.as_str().into());
        }
        let key = [("jwk".to_owned(), self.public.clone())];
        let proof = compact(&self.key, "dpop+jwt", key, claims)?;
        let mut value = HeaderValue::from_str(proof.expose_secret()).map_err(|_| SigningError)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Takes the nonce that the server at `url` gave; answers whether it is a new one, so that a
    /// request which was refused for want of it is worth sending again.
    pub(crate) fn note_nonce(&self, url: &Url, nonce: &HeaderValue) -> bool {
        let Ok(nonce) = nonce.to_str() else {
            return false;
        };
        if nonce.is_empty() || nonce.len() > LONGEST_NONCE {
            return false;
        }
        let mut nonces = self.nonces();
        let origin = origin(url);
        if nonces.len() >= MOST_ORIGINS && !nonces.contains_key(&origin) {
            nonces.clear();
        }
        let before = nonces.insert(origin, nonce.to_owned());
        before.as_deref() != Some(nonce)
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests;
