//! A resource server's check of proofs (RFC 9449 §4.3, §7.1): signature, method, address, token, time,
//! nonce, and that none comes twice. It must not know how proofs are made.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use http::{HeaderMap, Method};
use serde_json::Value;

/// Remembers what was used.
#[derive(Default)]
pub(crate) struct Proofs(Mutex<HashSet<String>>);

impl Proofs {
    /// The key of the proof that goes along with a request to `url`, or what is wrong.
    pub(crate) fn check(
        &self,
        method: &Method,
        url: &str,
        headers: &HeaderMap,
        nonce: Option<&str>,
    ) -> Result<Value, &'static str> {
        let mut proofs = headers.get_all("dpop").iter();
        let (Some(proof), None) = (proofs.next(), proofs.next()) else {
            return Err("not one proof");
        };
        let proof = proof.to_str().unwrap();
        let (signed, signature) = proof.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let (header, claims) = (json(header), json(claims));
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        if text(&header, "typ") != "dpop+jwt" || text(&header, "alg") != "ES256" {
            return Err("another type or algorithm");
        }
        let key = &header["jwk"];
        if key.get("d").is_some() {
            return Err("the private key");
        }
        let mut point = vec![4];
        for coordinate in ["x", "y"] {
            point.extend(BASE64.decode(text(key, coordinate)).unwrap());
        }
        let verified = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &BASE64.decode(signature).unwrap());
        if verified.is_err() {
            return Err("signature");
        }
        if text(&claims, "htm") != method.as_str() {
            return Err("htm");
        }
        if text(&claims, "htu") != url.split('?').next().unwrap() {
            return Err("htu");
        }
        let authorization = headers
            .get("authorization")
            .map(|value| value.to_str().unwrap());
        let token = authorization.and_then(|value| value.strip_prefix("DPoP "));
        let hash = token.map(|token| BASE64.encode(digest(&SHA256, token.as_bytes())));
        if claims["ath"].as_str() != hash.as_deref() {
            return Err("ath");
        }
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        if claims["iat"].as_u64().unwrap().abs_diff(now) > 60 {
            return Err("iat");
        }
        if claims["nonce"].as_str() != nonce {
            return Err("nonce");
        }
        if !self.0.lock().unwrap().insert(text(&claims, "jti")) {
            return Err("jti");
        }
        Ok(key.clone())
    }
}

fn json(encoded: &str) -> Value {
    serde_json::from_slice(&BASE64.decode(encoded).unwrap()).unwrap()
}
