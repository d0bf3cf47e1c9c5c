//! The identity of a definition. The hash covers the secret, so it is keyed with a random of this
//! process: a leaked key cannot be used to guess the secret offline.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use secrecy::ExposeSecret;

use super::{BasicEncoding, ClientAuthentication, Definition, Grant};

/// The identity of a [`Definition`] within this process; worthless outside of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// Seeded by the operating system through the standard library, which cannot fail halfway.
static PROCESS_KEY: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for round in 0_u8..8 {
        hasher.update(&RandomState::new().hash_one(round).to_le_bytes());
    }
    hasher.finalize().into()
});

struct Fields(blake3::Hasher);

impl Fields {
    /// The length goes first, so that no two lists of fields run together into the same bytes.
    fn text(&mut self, text: &str) {
        self.number(text.len() as u128);
        self.0.update(text.as_bytes());
    }

    fn number(&mut self, number: u128) {
        self.0.update(&number.to_le_bytes());
    }

    fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) {
        self.number(texts.len() as u128);
        texts.for_each(|text| self.text(text));
    }
}

pub(super) fn of(definition: &Definition) -> Key {
    // Exhaustive on purpose: a field that is added and not hashed does not compile.
    let Definition {
        name,
        token_url,
        grant,
        client,
        scopes,
        audience,
        resources,
        extra,
        fetch_timeout,
        default_lifetime,
        allow_plain_http,
    } = definition;
    let mut fields = Fields(blake3::Hasher::new_keyed(&PROCESS_KEY));
    fields.text(name);
    fields.text(token_url.as_str());
    fields.text(match grant {
        Grant::ClientCredentials => "client_credentials",
    });
    fields.text(match client {
        ClientAuthentication::SecretBasic {
            encoding: BasicEncoding::FormUrlEncoded,
            ..
        } => "client_secret_basic",
        ClientAuthentication::SecretBasic {
            encoding: BasicEncoding::Raw,
            ..
        } => "client_secret_basic raw",
        ClientAuthentication::SecretPost { .. } => "client_secret_post",
        ClientAuthentication::None { .. } => "none",
    });
    fields.text(client.client_id());
    fields.texts(client.secret().map(ExposeSecret::expose_secret).into_iter());
    let mut sorted: Vec<_> = scopes.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    fields.texts(sorted.into_iter());
    fields.texts(audience.as_deref().into_iter());
    fields.texts(resources.iter().map(String::as_str));
    fields.texts(extra.iter().map(|(name, _)| name.as_str()));
    fields.texts(extra.iter().map(|(_, value)| value.as_str()));
    fields.number(fetch_timeout.as_nanos());
    fields.number(default_lifetime.as_nanos());
    fields.number(u128::from(*allow_plain_http));
    Key(fields.0.finalize().into())
}
