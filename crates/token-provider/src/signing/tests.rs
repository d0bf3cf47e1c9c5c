//! Signatures and thumbprints against values that OpenSSL made, and keys in every form they come in.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, KeyPair, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::SigningAlgorithm::{Es256, Es384, Ps256, Rs256, Rs384, Rs512};
use super::*;

const RSA_THUMBPRINT: &str = "L1rTcHpnV56XXfAS7c3KR-Wr8hQiBhoRkSuWEG1xb3w";
const EC256_THUMBPRINT: &str = "LLHsI180zC9oK5nwLLaJTaiDPV2vJqe6CsuedXr6x3M";
const EC384_THUMBPRINT: &str = "LbGnQgJmIGf4lX1FQWT5hWhgsjyUuKZ7NjsOcnB8Kcw";

macro_rules! key_file {
    ($name:literal) => {
        include_str!(concat!("../../tests/keys/", $name))
    };
}

fn pem(text: &str, algorithm: SigningAlgorithm) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(&SecretString::from(text), algorithm)
}

fn jwk(text: &str, algorithm: Option<SigningAlgorithm>) -> Result<SigningKey, KeyError> {
    SigningKey::from_jwk(&SecretString::from(text), algorithm)
}

#[test]
fn f49_a_key_is_the_same_in_every_form_it_comes_in() {
    for (key, thumbprint) in [
        (pem(key_file!("rsa.pkcs8.pem"), Rs384), RSA_THUMBPRINT),
        (pem(key_file!("rsa.pkcs1.pem"), Ps256), RSA_THUMBPRINT),
        (jwk(key_file!("rsa.jwk.json"), None), RSA_THUMBPRINT),
        (pem(key_file!("ec256.pkcs8.pem"), Es256), EC256_THUMBPRINT),
        (pem(key_file!("ec256.sec1.pem"), Es256), EC256_THUMBPRINT),
        (
            jwk(key_file!("ec256.jwk.json"), Some(Es256)),
            EC256_THUMBPRINT,
        ),
        (pem(key_file!("ec384.pkcs8.pem"), Es384), EC384_THUMBPRINT),
        (pem(key_file!("ec384.sec1.pem"), Es384), EC384_THUMBPRINT),
        (
            jwk(key_file!("ec384.jwk.json"), Some(Es384)),
            EC384_THUMBPRINT,
        ),
    ] {
        assert_eq!(key.unwrap().thumbprint(), thumbprint);
    }
    let rsa = jwk(key_file!("rsa.jwk.json"), None).unwrap();
    assert_eq!((rsa.algorithm(), rsa.key_id()), (Rs384, Some("rsa-2026")));
}

#[test]
fn f49_rsa_signatures_are_those_that_openssl_makes() {
    for (algorithm, expected) in [
        (Rs256, "UD1CL0w9mCUWsNZdBbDe8F9nPgr4ZPqWIIBEKChKcAM"),
        (Rs384, "oedfqPTYVrT3HPCn6IyGjSu2BOLxw60YubYQ1D1qQEM"),
        (Rs512, "CjIbfr77PjIw_RkdCs6mrI3Q0DjbDK_5-V-wYa71xic"),
    ] {
        let key = pem(key_file!("rsa.pkcs1.pem"), algorithm).unwrap();
        let signature = key.sign(b"header.claims").unwrap();
        assert_eq!(base64url(digest(&SHA256, &signature).as_ref()), expected);
    }
}

#[test]
fn f49_signatures_with_a_random_part_verify() {
    let verify =
        |algorithm: &'static dyn VerificationAlgorithm, key: &SigningKey, public: &[u8]| {
            let mut signature = key.sign(b"header.claims").unwrap();
            let public = UnparsedPublicKey::new(algorithm, public);
            assert!(public.verify(b"header.claims", &signature).is_ok());
            signature[0] ^= 1;
            assert!(public.verify(b"header.claims", &signature).is_err());
        };
    for (text, algorithm, verification) in [
        (key_file!("ec256.sec1.pem"), Es256, &ECDSA_P256_SHA256_FIXED),
        (key_file!("ec384.sec1.pem"), Es384, &ECDSA_P384_SHA384_FIXED),
    ] {
        let key = pem(text, algorithm).unwrap();
        let Pair::Ec(pair) = &key.pair else {
            unreachable!()
        };
        verify(verification, &key, pair.public_key().as_ref());
    }
    let key = pem(key_file!("rsa.pkcs8.pem"), Ps256).unwrap();
    let Pair::Rsa(pair, _) = &key.pair else {
        unreachable!()
    };
    verify(&RSA_PSS_2048_8192_SHA256, &key, pair.public_key().as_ref());
}

#[test]
fn a_key_that_cannot_be_used_is_refused_by_what_is_wrong_with_it() {
    for (key, fault) in [
        (pem("", Rs256), KeyError::Pem),
        (pem(key_file!("public.pem"), Rs256), KeyError::Pem),
        (pem(key_file!("encrypted.pem"), Es256), KeyError::Encrypted),
        (
            pem(key_file!("rsa1024.pkcs8.pem"), Rs256),
            KeyError::TooShort,
        ),
        (pem(key_file!("rsa.pkcs8.pem"), Es256), KeyError::Unfit),
        (pem(key_file!("ec256.sec1.pem"), Es384), KeyError::Unfit),
        (pem(key_file!("ec384.pkcs8.pem"), Es256), KeyError::Unfit),
        (pem(key_file!("ec256.sec1.pem"), Rs256), KeyError::Unfit),
        (jwk("[]", None), KeyError::Jwk),
        (jwk(key_file!("ec256.jwk.json"), None), KeyError::Algorithm),
        (
            jwk(key_file!("ec256.jwk.json"), Some(Es384)),
            KeyError::Unfit,
        ),
        (jwk(key_file!("ec256.jwk.json"), Some(Rs256)), KeyError::Jwk),
        (
            jwk(key_file!("rsa.jwk.json"), Some(Rs256)),
            KeyError::OtherAlgorithm,
        ),
        (
            jwk(r#"{"alg":"HS256","k":"MARKED"}"#, None),
            KeyError::Algorithm,
        ),
        (jwk(r#"{"alg":"none"}"#, Some(Rs256)), KeyError::Algorithm),
        (jwk(r#"{"alg":7}"#, Some(Rs256)), KeyError::Algorithm),
        (
            jwk(r#"{"x":"AA","y":"!","d":"AA"}"#, Some(Es256)),
            KeyError::Jwk,
        ),
    ] {
        let found = key.unwrap_err();
        assert_eq!(found, fault);
        assert!(!found.to_string().contains("MARKED"));
    }
    // The public half alone signs nothing.
    let mut public: Value = serde_json::from_str(key_file!("ec256.jwk.json")).unwrap();
    public.as_object_mut().unwrap().remove("d");
    assert_eq!(
        jwk(&public.to_string(), Some(Es256)).unwrap_err(),
        KeyError::Jwk
    );
}

#[test]
fn f49_the_published_key_set_holds_public_parts_only() {
    let rsa = jwk(key_file!("rsa.jwk.json"), None).unwrap();
    let ec = pem(key_file!("ec384.sec1.pem"), Es384).unwrap();
    let thumbprint = ec.thumbprint();
    let set = jwks(&[&rsa, &ec.with_key_id(thumbprint)]);
    let (rsa, ec) = (&set["keys"][0], &set["keys"][1]);
    let names = |key: &Value| -> Vec<String> { key.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(rsa), ["e", "kty", "n", "use", "alg", "kid"]);
    assert_eq!(names(ec), ["crv", "kty", "x", "y", "use", "alg", "kid"]);
    let source: Value = serde_json::from_str(key_file!("rsa.jwk.json")).unwrap();
    for name in ["kty", "n", "e", "kid", "alg"] {
        assert_eq!(rsa[name], source[name], "{name}");
    }
    assert_eq!(ec["kid"], EC384_THUMBPRINT);
    let source: Value = serde_json::from_str(key_file!("ec384.jwk.json")).unwrap();
    for name in ["kty", "crv", "x", "y"] {
        assert_eq!(ec[name], source[name], "{name}");
    }
}

#[test]
fn a_token_is_header_claims_and_signature_over_both() {
    let key = pem(key_file!("rsa.pkcs8.pem"), Rs256).unwrap();
    let mut claims = Claims::new();
    claims.insert("iss".into(), "manifold".into());
    let extra = [("x".to_owned(), Value::from(1))];
    let token = compact(&key.with_key_id("k1"), "JWT", extra, claims).unwrap();
    let token = token.expose_secret();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let part = |text: &str| -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    let (header, claims) = signed.split_once('.').unwrap();
    assert_eq!(
        part(header),
        json!({ "typ": "JWT", "alg": "RS256", "kid": "k1", "x": 1 })
    );
    assert_eq!(part(claims), json!({ "iss": "manifold" }));
    let again = pem(key_file!("rsa.pkcs1.pem"), Rs256).unwrap();
    assert_eq!(
        base64url(&again.sign(signed.as_bytes()).unwrap()),
        signature
    );
}

#[test]
fn random_ids_differ_and_a_key_prints_no_part_of_itself() {
    assert_ne!(random_id().unwrap(), random_id().unwrap());
    let key = jwk(key_file!("rsa.jwk.json"), None).unwrap();
    assert_eq!(
        format!("{key:?}"),
        r#"SigningKey { algorithm: Rs384, key_id: Some("rsa-2026"), .. }"#
    );
}
