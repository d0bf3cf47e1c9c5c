//! Whether two configurations mean the same by a definition: what is kept for it outlives the change
//! from one to the other.

use secrecy::{ExposeSecret, SecretString};

use super::{Configuration, Credential, CredentialKind, TokenStore};

impl Configuration {
    /// Whether the backend of this index is defined here as the one of `index` is in `other`, with
    /// everything that its credential says.
    #[must_use]
    pub fn has_same_backend(&self, here: usize, other: &Self, index: usize) -> bool {
        let (Some(one), Some(another)) = (self.backends.get(here), other.backends.get(index))
        else {
            return false;
        };
        // The index of a credential says nothing of another configuration.
        let (mut one, mut another) = (one.clone(), another.clone());
        let credentials = (one.credential.take(), another.credential.take());
        let same_credential = match credentials {
            (None, None) => true,
            (Some(one), Some(another)) => {
                same_credential(&self.credentials, one, &other.credentials, another)
            }
            (None, Some(_)) | (Some(_), None) => false,
        };
        same_credential && one == another
    }
}

impl TokenStore {
    /// Whether replicas with either share their tokens in the same place under the same key.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let (one, another) = (&self.redis, &other.redis);
        one.url == another.url
            && one.username == another.username
            && one.password.as_ref().map(SecretString::expose_secret)
                == another.password.as_ref().map(SecretString::expose_secret)
            && one.prefix == another.prefix
            && one.ca == another.ca
            && self.encryption_key.is_same(&other.encryption_key)
    }
}

fn same_credential(ours: &[Credential], one: usize, theirs: &[Credential], another: usize) -> bool {
    let (Some(one), Some(another)) = (ours.get(one), theirs.get(another)) else {
        return false;
    };
    if one.name != another.name || one.network != another.network {
        return false;
    }
    let same =
        |one: &SecretString, another: &SecretString| one.expose_secret() == another.expose_secret();
    match (&one.kind, &another.kind) {
        (CredentialKind::OAuth2(one), CredentialKind::OAuth2(another)) => {
            one.key() == another.key()
        }
        (CredentialKind::Bearer(one), CredentialKind::Bearer(another))
        | (CredentialKind::BasicToken(one), CredentialKind::BasicToken(another)) => {
            same(one, another)
        }
        (
            CredentialKind::Basic { username, password },
            CredentialKind::Basic {
                username: other,
                password: another,
            },
        ) => username == other && same(password, another),
        (
            CredentialKind::ApiKeyHeader { name, value },
            CredentialKind::ApiKeyHeader {
                name: other,
                value: another,
            },
        ) => name == other && same(value, another),
        (
            CredentialKind::ApiKeyQuery { name, value },
            CredentialKind::ApiKeyQuery {
                name: other,
                value: another,
            },
        ) => name == other && same(value, another),
        (CredentialKind::ByClient(one), CredentialKind::ByClient(another)) => {
            let pairs = || one.iter().zip(another);
            one.len() == another.len()
                && pairs().all(|((client, one), (other, another))| {
                    client == other && same_credential(ours, *one, theirs, *another)
                })
        }
        // Kinds that differ.
        (
            CredentialKind::OAuth2(_)
            | CredentialKind::Bearer(_)
            | CredentialKind::BasicToken(_)
            | CredentialKind::Basic { .. }
            | CredentialKind::ApiKeyHeader { .. }
            | CredentialKind::ApiKeyQuery { .. }
            | CredentialKind::ByClient(_),
            _,
        ) => false,
    }
}

#[cfg(test)]
mod tests;
