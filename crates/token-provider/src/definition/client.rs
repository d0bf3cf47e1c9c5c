//! How the client proves who it is at the token endpoint. Exactly one method per request: a server
//! may refuse two (RFC 6749 §2.3), and none is ever tried after another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::AssertionAudience;
use crate::signing::KeySource;

/// How the client authenticates itself at the token endpoint.
#[derive(Clone)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: id and secret in the `Authorization` header (RFC 6749 §2.3.1).
    SecretBasic {
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: SecretString,
        /// How id and secret are written before base64.
        encoding: BasicEncoding,
    },
    /// `client_secret_post`: id and secret in the body (RFC 6749 §2.3.1).
    SecretPost {
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: SecretString,
    },
    /// As `client_secret_post`, the whole request in a JSON object instead of a form, as Auth0 and
    /// others take it. No standard describes it.
    SecretJson {
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: SecretString,
        /// Members that are called otherwise than their parameters, by parameter.
        members: BTreeMap<String, String>,
    },
    /// `private_key_jwt`: an assertion by the client about itself, a new one for each request
    /// (RFC 7523 §2.2; SMART App Launch §4.1).
    PrivateKeyJwt {
        /// The client's id, and the assertion's `iss` and `sub`.
        client_id: String,
        /// Signs the assertion.
        key: Arc<dyn KeySource>,
        /// The assertion's `aud`.
        audience: AssertionAudience,
    },
    /// `tls_client_auth` and `self_signed_tls_client_auth`: the certificate is the transport's
    /// affair, the id goes in the body (RFC 8705 §2).
    TlsClientAuth {
        /// The client's id.
        client_id: String,
    },
    /// `none`: a public client, its id in the body (RFC 7591 §2).
    None {
        /// The client's id.
        client_id: String,
    },
}

/// How id and secret are written before base64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BasicEncoding {
    /// Each form-urlencoded, as RFC 6749 §2.3.1 demands.
    #[default]
    FormUrlEncoded,
    /// As they are, for servers that take them for plain HTTP Basic (RFC 7617).
    Raw,
}

impl ClientAuthentication {
    /// The client's id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        match self {
            Self::SecretBasic { client_id, .. }
            | Self::SecretPost { client_id, .. }
            | Self::SecretJson { client_id, .. }
            | Self::PrivateKeyJwt { client_id, .. }
            | Self::TlsClientAuth { client_id }
            | Self::None { client_id } => client_id,
        }
    }

    /// The client's secret, if the method has one.
    pub(crate) fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::SecretBasic { client_secret, .. }
            | Self::SecretPost { client_secret, .. }
            | Self::SecretJson { client_secret, .. } => Some(client_secret),
            Self::PrivateKeyJwt { .. } | Self::TlsClientAuth { .. } | Self::None { .. } => None,
        }
    }

    /// The method's name (RFC 7591 §2; `client_secret_json` is ours).
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::SecretBasic { .. } => "client_secret_basic",
            Self::SecretPost { .. } => "client_secret_post",
            Self::SecretJson { .. } => "client_secret_json",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
            Self::TlsClientAuth { .. } => "tls_client_auth",
            Self::None { .. } => "none",
        }
    }
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientAuthentication")
            .field("method", &self.method())
            .field("client_id", &self.client_id())
            .finish_non_exhaustive()
    }
}

/// The value of the `Authorization` header for `client_secret_basic`.
pub(crate) fn basic(
    client_id: &str,
    client_secret: &SecretString,
    encoding: BasicEncoding,
) -> Zeroizing<String> {
    let mut pair = Zeroizing::new(String::new());
    let mut value = Zeroizing::new(String::from("Basic "));
    match encoding {
        BasicEncoding::FormUrlEncoded => {
            pair.extend(form_urlencoded::byte_serialize(client_id.as_bytes()));
            pair.push(':');
            pair.extend(form_urlencoded::byte_serialize(
                client_secret.expose_secret().as_bytes(),
            ));
        }
        BasicEncoding::Raw => {
            pair.push_str(client_id);
            pair.push(':');
            pair.push_str(client_secret.expose_secret());
        }
    }
    STANDARD.encode_string(pair.as_bytes(), &mut value);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b02_awkward_secrets_are_form_encoded_before_base64_unless_raw() {
        let secret = SecretString::from("+ &=%:пароль");
        let encoded = basic("my client", &secret, BasicEncoding::FormUrlEncoded);
        let pair = "my+client:%2B+%26%3D%25%3A%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C";
        assert_eq!(*encoded, format!("Basic {}", STANDARD.encode(pair)));
        let raw = basic("my client", &secret, BasicEncoding::Raw);
        assert_eq!(
            *raw,
            format!("Basic {}", STANDARD.encode("my client:+ &=%:пароль"))
        );
    }
}
