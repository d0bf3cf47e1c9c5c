//! `DPoP` proofs as a server checks them (RFC 9449 §4.3): type, key, signature, method, address, time,
//! use, nonce. ES256 only. Knows no client and no token.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;
use crate::error::Error;
use crate::random;
use crate::request::Request;
use crate::server::lock;

/// How far a proof's `iat` may be from now.
const LEEWAY_SECONDS: u64 = 300;
/// An uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(rename = "alg")]
    _alg: Option<String>,
    #[serde(rename = "kid")]
    _kid: Option<String>,
    #[serde(rename = "use")]
    _use: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    iat: u64,
    jti: String,
    nonce: Option<String>,
}

/// The nonce in force and the proofs already used.
pub(super) struct Proofs {
    nonce: Mutex<String>,
    used: Mutex<HashSet<String>>,
}

impl Proofs {
    /// # Errors
    /// [`Error::Random`] when the operating system gives no random bytes.
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self {
            nonce: Mutex::new(random::text()?),
            used: Mutex::default(),
        })
    }

    /// From now on proofs need another nonce.
    pub(super) fn renew(&self) -> Result<(), Error> {
        *lock(&self.nonce) = random::text()?;
        Ok(())
    }

    /// Checks the proof of a request; returns the thumbprint of its key (RFC 7638).
    ///
    /// # Errors
    /// `invalid_dpop_proof`, or `use_dpop_nonce` with the nonce to use.
    pub(super) fn check(&self, request: &Request) -> Result<String, Refusal> {
        let mut proofs = request.headers.get_all("dpop").iter();
        let (proof, None) = (proofs.next(), proofs.next()) else {
            return Err(Refusal::invalid_proof("more than one DPoP proof"));
        };
        let proof = proof.ok_or(Refusal::invalid_proof(
            "The DPoP proof JWT header is missing.",
        ))?;
        let malformed = || Refusal::invalid_proof("The DPoP proof JWT is malformed.");
        let proof = proof.to_str().map_err(|_| malformed())?;
        let (header, claims) = verify(proof).ok_or_else(malformed)?;
        let path = request.origin() + &request.path;
        if claims.htm != request.method.as_str() || claims.htu != path {
            return Err(Refusal::invalid_proof("htm or htu is of another request."));
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        if now.unwrap_or_default().as_secs().abs_diff(claims.iat) > LEEWAY_SECONDS {
            return Err(Refusal::invalid_proof("iat is too far from now."));
        }
        if !lock(&self.used).insert(claims.jti) {
            return Err(Refusal::invalid_proof("The proof was used before."));
        }
        let nonce = lock(&self.nonce).clone();
        if claims.nonce.as_ref() != Some(&nonce) {
            return Err(Refusal::nonce_demanded(nonce));
        }
        Ok(thumbprint(&header.jwk))
    }
}

/// Header and claims of a proof whose own key has signed it.
fn verify(proof: &str) -> Option<(Header, Claims)> {
    let (signed, signature) = proof.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = part(header)?;
    let jwk = &header.jwk;
    if header.typ != "dpop+jwt" || header.alg != "ES256" || jwk.kty != "EC" || jwk.crv != "P-256" {
        return None;
    }
    let mut point = vec![UNCOMPRESSED];
    point.extend(URL_SAFE_NO_PAD.decode(&jwk.x).ok()?);
    point.extend(URL_SAFE_NO_PAD.decode(&jwk.y).ok()?);
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &signature)
        .ok()?;
    Some((header, part(claims)?))
}

fn part<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

/// Of the members that RFC 7638 §3.2 requires, in its order.
fn thumbprint(jwk: &Jwk) -> String {
    let Jwk { crv, kty, x, y, .. } = jwk;
    let canonical = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// The proof of RFC 9449 §4.1.
    const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    #[test]
    fn the_proof_of_the_rfc_verifies_and_a_changed_one_does_not() {
        let (header, claims) = verify(PROOF).unwrap();
        assert_eq!(claims.htu, "https://server.example.com/token");
        // RFC 9449 §6.1 has this key's thumbprint.
        assert_eq!(
            thumbprint(&header.jwk),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        );
        assert!(
            verify(
                &PROOF
                    .replace("LWaq", "x")
                    .replacen("eyJqdGki", "eyJqdGkj", 1)
            )
            .is_none()
        );
    }
}
