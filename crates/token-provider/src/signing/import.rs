//! Private keys from PEM and from JWK. Nothing of a key gets into an error.

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::EcdsaKeyPair;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{Family, Pair, SigningAlgorithm, SigningKey};

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No section of a PEM text that holds a private key.
    #[error("it is not a PEM text with a private key")]
    Pem,
    /// A PEM text with an encrypted private key.
    #[error("the private key is encrypted: decrypt it first")]
    Encrypted,
    /// Not a JSON object with the members that RFC 7518 §6 demands of a private key.
    #[error("it is not a JWK with a private RSA or EC key")]
    Jwk,
    /// The JWK says no algorithm, or none that is known, and none was given.
    #[error("its algorithm is none of RS256, RS384, RS512, PS256, ES256 and ES384")]
    Algorithm,
    /// The algorithm that the JWK names is not the one that was asked for.
    #[error("it is meant for another algorithm")]
    OtherAlgorithm,
    /// The key is not one that the algorithm takes.
    #[error("the algorithm needs an RSA key of 2048 to 8192 bits, or a key on its curve")]
    Unfit,
    /// An RSA key of less than 2048 bits (RFC 7518 §3.3).
    #[error("the RSA key has less than 2048 bits")]
    TooShort,
}

/// Why the library takes no such key: all that it says is a word.
fn refused(error: KeyRejected) -> KeyError {
    if error.to_string() == "TooSmall" {
        KeyError::TooShort
    } else {
        KeyError::Unfit
    }
}

impl SigningKey {
    /// The private key of a text that is a JWK when it begins with a brace, and PEM otherwise; for
    /// PEM the algorithm must be given.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_text(
        text: &SecretString,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Self, KeyError> {
        if text.expose_secret().trim_start().starts_with('{') {
            return Self::from_jwk(text, algorithm);
        }
        Self::from_pem(text, algorithm.ok_or(KeyError::Algorithm)?)
    }

    /// The first private key in a PEM text: PKCS#8, PKCS#1 or SEC1, not encrypted (RFC 7468 §10,
    /// RFC 5915 §4).
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_pem(pem: &SecretString, algorithm: SigningAlgorithm) -> Result<Self, KeyError> {
        let text = pem.expose_secret();
        if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::Pem)?;
        let pair = match (algorithm.family(), &der) {
            (Family::Rsa(encoding), PrivateKeyDer::Pkcs8(der)) => {
                KeyPair::from_pkcs8(der.secret_pkcs8_der()).map(|pair| Pair::Rsa(pair, encoding))
            }
            (Family::Rsa(encoding), der) => {
                KeyPair::from_der(der.secret_der()).map(|pair| Pair::Rsa(pair, encoding))
            }
            (Family::Ec(curve), der) => {
                EcdsaKeyPair::from_private_key_der(curve, der.secret_der()).map(Pair::Ec)
            }
        };
        Ok(Self {
            algorithm,
            key_id: None,
            pair: pair.map_err(refused)?,
        })
    }

    /// The private key of a JWK, with its `kid`; `algorithm` may be left out when the JWK has an
    /// `alg` (RFC 7517 §4, RFC 7518 §6.2 and §6.3).
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_jwk(
        jwk: &SecretString,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Self, KeyError> {
        let members: Map<String, Value> =
            serde_json::from_str(jwk.expose_secret()).map_err(|_| KeyError::Jwk)?;
        let named = match members.get("alg") {
            None => None,
            Some(name) => Some(
                name.as_str()
                    .and_then(SigningAlgorithm::from_name)
                    .ok_or(KeyError::Algorithm)?,
            ),
        };
        if named.is_some() && algorithm.is_some() && named != algorithm {
            return Err(KeyError::OtherAlgorithm);
        }
        let algorithm = named.or(algorithm).ok_or(KeyError::Algorithm)?;
        let parts = Parts(&members);
        let pair = match algorithm.family() {
            Family::Rsa(encoding) => Pair::Rsa(parts.rsa()?, encoding),
            Family::Ec(curve) => {
                // Uncompressed, as SEC 1 §2.3.3 writes a point.
                let point = [&[4][..], &parts.bytes("x")?, &parts.bytes("y")?].concat();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    curve,
                    &parts.bytes("d")?,
                    &point,
                );
                Pair::Ec(pair.map_err(|_| KeyError::Unfit)?)
            }
        };
        let key_id = members.get("kid").and_then(Value::as_str).map(String::from);
        Ok(Self {
            algorithm,
            key_id,
            pair,
        })
    }
}

struct Parts<'a>(&'a Map<String, Value>);

impl Parts<'_> {
    fn bytes(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = self.0.get(name).and_then(Value::as_str);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.ok_or(KeyError::Jwk)?);
        bytes.map(Zeroizing::new).map_err(|_| KeyError::Jwk)
    }

    fn rsa(&self) -> Result<KeyPair, KeyError> {
        let components = KeyPairComponents {
            public_key: PublicKeyComponents {
                n: self.bytes("n")?.to_vec(),
                e: self.bytes("e")?.to_vec(),
            },
            d: self.bytes("d")?,
            p: self.bytes("p")?,
            q: self.bytes("q")?,
            dP: self.bytes("dp")?,
            dQ: self.bytes("dq")?,
            qInv: self.bytes("qi")?,
        };
        KeyPair::from_components(&components).map_err(refused)
    }
}
