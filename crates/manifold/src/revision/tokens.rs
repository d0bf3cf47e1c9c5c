//! From the configuration's OAuth 2.0 credentials to sources of tokens, each over its own network.

use std::sync::Arc;

use config::{Credential, CredentialKind};
use network::Network;
use token_provider::{Definition, Key, ReqwestTransport, TokenSource};

use super::RevisionError;
use crate::process::Shared;

/// One source per credential that has tokens, in the order of the configuration.
pub(super) struct Tokens(Vec<Option<(Key, TokenSource)>>);

impl Tokens {
    /// The source of the credential with this index, if that has tokens.
    pub(super) fn source(&self, credential: usize) -> Option<&TokenSource> {
        let (_, source) = self.0.get(credential)?.as_ref()?;
        Some(source)
    }

    /// The definitions whose tokens are used.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.0.iter().flatten().map(|(key, _)| *key).collect()
    }

    pub(super) fn into_sources(self) -> Vec<TokenSource> {
        let sources = self.0.into_iter().flatten();
        sources.map(|(_, source)| source).collect()
    }
}

pub(super) fn build(credentials: &[Credential], shared: &Shared) -> Result<Tokens, RevisionError> {
    let one = |credential: &Credential| match &credential.kind {
        CredentialKind::OAuth2(definition) => {
            source(definition.as_ref().clone(), credential, shared).map(Some)
        }
        CredentialKind::Bearer(_)
        | CredentialKind::Basic { .. }
        | CredentialKind::BasicToken(_)
        | CredentialKind::ApiKeyHeader { .. }
        | CredentialKind::ApiKeyQuery { .. }
        | CredentialKind::ByClient(_) => Ok(None),
    };
    credentials
        .iter()
        .map(one)
        .collect::<Result<_, _>>()
        .map(Tokens)
}

fn source(
    mut definition: Definition,
    credential: &Credential,
    shared: &Shared,
) -> Result<(Key, TokenSource), RevisionError> {
    let Some(settings) = &credential.network else {
        return Ok((definition.key(), shared.tokens.source(definition)));
    };
    let network = shared.networks.open(settings);
    let network = network.map_err(|source| RevisionError::Network {
        owner: format!("credential `{}`", credential.name),
        source,
    })?;
    // The certificate that a token was given for is part of the credential (RFC 8705 §3).
    definition.route = Some(network.fingerprint());
    let transport = transport(network).map_err(|source| RevisionError::Transport {
        credential: Arc::clone(&credential.name),
        source,
    })?;
    let key = definition.key();
    let source = shared.tokens.source_over(definition, Arc::new(transport));
    Ok((key, source))
}

/// A client for token endpoints that is built anew when the network's files change.
fn transport(network: Network) -> Result<ReqwestTransport, token_provider::TransportBuildError> {
    let observed = network.clone();
    ReqwestTransport::reloading(
        move || observed.generation(),
        move |builder| network.configure(builder),
    )
}
