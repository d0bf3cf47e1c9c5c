//! Proofs as a server reads them, and nonces by origin.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::*;
use crate::clock::SystemClock;

fn proof_key() -> ProofKey {
    ProofKey::generate(Clock::new(Arc::new(SystemClock))).unwrap()
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn decode(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn claims(proof: &HeaderValue) -> Value {
    let claims = proof.to_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&decode(claims)).unwrap()
}

#[test]
fn a_proof_verifies_with_the_key_it_carries_which_is_the_one_of_the_thumbprint() {
    let key = proof_key();
    let proof = key
        .proof_now("GET", &url("https://ehr.example/a"), "t")
        .unwrap();
    let (signed, signature) = proof.to_str().unwrap().rsplit_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(signed.split('.').next().unwrap())).unwrap();
    let part = |name: &str| header["jwk"][name].as_str().unwrap().to_owned();
    let point = [&[4][..], &decode(&part("x")), &decode(&part("y"))].concat();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    assert!(public.verify(signed.as_bytes(), &decode(signature)).is_ok());
    let canonical = format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
        part("x"),
        part("y")
    );
    let thumbprint = base64url(digest(&SHA256, canonical.as_bytes()).as_ref());
    assert_eq!(key.thumbprint(), thumbprint);
    assert_ne!(proof_key().thumbprint(), thumbprint);
}

#[test]
fn a_proof_names_method_and_target_without_query_and_hashes_the_token() {
    let target = url("https://ehr.example:8443/fhir/Patient?name=x#y");
    let claims = claims(
        &proof_key()
            .proof_now(
                "PUT",
                &target,
                "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
            )
            .unwrap(),
    );
    assert_eq!(claims["htm"], "PUT");
    assert_eq!(claims["htu"], "https://ehr.example:8443/fhir/Patient");
    // RFC 9449 §7.1, the example's token and hash.
    assert_eq!(claims["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    assert_eq!(claims["nonce"], Value::Null);
}

#[test]
fn a_nonce_goes_into_the_proofs_for_its_origin_and_no_other() {
    let key = proof_key();
    let nonce = |text: &str| HeaderValue::from_str(text).unwrap();
    let (ehr, labs) = (url("https://ehr.example/a"), url("https://labs.example/a"));
    assert!(key.note_nonce(&ehr, &nonce("n1")));
    assert!(!key.note_nonce(&ehr, &nonce("n1")));
    assert!(key.note_nonce(&ehr, &nonce("n2")));
    let elsewhere = url("https://ehr.example/other?b=1");
    assert_eq!(
        claims(&key.proof_now("GET", &elsewhere, "t").unwrap())["nonce"],
        "n2"
    );
    for other in [
        &labs,
        &url("http://ehr.example/a"),
        &url("https://ehr.example:1/a"),
    ] {
        assert_eq!(
            claims(&key.proof_now("GET", other, "t").unwrap())["nonce"],
            Value::Null
        );
    }
}

#[test]
fn nonces_that_cannot_be_sent_back_are_ignored_and_those_of_many_origins_are_bounded() {
    let key = proof_key();
    let ehr = url("https://ehr.example/");
    for unusable in [&b""[..], b"\xff", &[b'n'; LONGEST_NONCE + 1]] {
        assert!(!key.note_nonce(&ehr, &HeaderValue::from_bytes(unusable).unwrap()));
    }
    let longest = HeaderValue::from_bytes(&[b'n'; LONGEST_NONCE]).unwrap();
    assert!(key.note_nonce(&ehr, &longest));
    for number in 0..10 * MOST_ORIGINS {
        let origin = url(&format!("https://{number}.example/"));
        assert!(key.note_nonce(&origin, &HeaderValue::from_static("n")));
        assert!(key.nonces().len() <= MOST_ORIGINS);
    }
}

#[test]
fn each_of_as_many_origins_as_there_is_room_for_keeps_its_nonce() {
    let key = proof_key();
    let origins: Vec<_> = (0..MOST_ORIGINS)
        .map(|number| url(&format!("https://{number}.example/")))
        .collect();
    for nonce in ["n1", "n2"] {
        for origin in &origins {
            assert!(key.note_nonce(origin, &HeaderValue::from_static(nonce)));
        }
        for origin in &origins {
            let proof = key.proof_now("GET", origin, "t").unwrap();
            assert_eq!(claims(&proof)["nonce"], nonce);
        }
    }
}
