//! The public half of a key as a JWK: to be published, to be hashed, to stand in a proof. It must not
//! touch the private half.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::KeyPair;
use serde_json::{Map, Value, json};

use super::{Pair, SigningAlgorithm, SigningKey, base64url};

/// The JWK Set of `keys`, public parts only: what a service publishes for servers that verify its
/// assertions (RFC 7517 §5).
///
/// Each key has `use: sig`, its `alg` and, if it has one, its `kid`. A key being replaced is listed
/// beside its successor until nothing signed with it can be on its way.
#[must_use]
pub fn jwks(keys: &[&SigningKey]) -> Value {
    let entry = |key: &&SigningKey| {
        let mut members = public(key);
        members.insert("use".into(), "sig".into());
        members.insert("alg".into(), key.algorithm.as_str().into());
        if let Some(key_id) = key.key_id() {
            members.insert("kid".into(), key_id.into());
        }
        Value::Object(members)
    };
    json!({ "keys": keys.iter().map(entry).collect::<Vec<_>>() })
}

/// The required members of the public key in the order of their names, as RFC 7638 §3.2 hashes them.
pub(crate) fn public(key: &SigningKey) -> Map<String, Value> {
    let members = match &key.pair {
        Pair::Rsa(pair, _) => {
            let public = pair.public_key();
            let exponent = base64url(public.exponent().big_endian_without_leading_zero());
            let modulus = base64url(public.modulus().big_endian_without_leading_zero());
            vec![("e", exponent), ("kty", "RSA".into()), ("n", modulus)]
        }
        Pair::Ec(pair) => {
            let curve = if key.algorithm == SigningAlgorithm::Es384 {
                "P-384"
            } else {
                "P-256"
            };
            // An uncompressed point: one byte that says so, then both coordinates.
            let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
            let (x, y) = point.split_at(point.len() / 2);
            vec![
                ("crv", curve.into()),
                ("kty", "EC".into()),
                ("x", base64url(x)),
                ("y", base64url(y)),
            ]
        }
    };
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect()
}

/// RFC 7638 §3: SHA-256 over the required members in order, without white space.
pub(super) fn thumbprint(key: &SigningKey) -> String {
    let members = Value::Object(public(key)).to_string();
    base64url(digest(&SHA256, members.as_bytes()).as_ref())
}
