//! From the configuration's backends and credentials to ones that can be called.

use std::sync::Arc;

use backend::{Backend, BackendSet, Credential, ReqwestTransport, Settings, TransportSettings};
use config::{Configuration, CredentialKind};
use http::HeaderMap;

use super::tokens::Tokens;
use super::{Revision, RevisionError};
use crate::process::Shared;

pub(super) fn build(
    configuration: &Configuration,
    tokens: &Tokens,
    shared: &Shared,
    before: Option<&Revision>,
) -> Result<BackendSet, RevisionError> {
    let backends = configuration.backends.iter().enumerate();
    let backends = backends.map(|(index, settings)| {
        let kept = before.and_then(|before| kept(before, configuration, index));
        one(settings, configuration, tokens, shared, kept)
    });
    Ok(BackendSet::new(backends.collect::<Result<_, _>>()?))
}

/// The backend that runs by the definition of this index: what is known of it (how it last answered,
/// whether it is given a rest) is true under the new configuration, too.
fn kept(before: &Revision, configuration: &Configuration, index: usize) -> Option<Arc<Backend>> {
    let mut running = before.backends.iter().enumerate();
    let same = |there: usize| configuration.has_same_backend(index, &before.configuration, there);
    let (_, backend) = running.find(|(there, _)| same(*there))?;
    Some(Arc::clone(backend))
}

fn one(
    settings: &config::Backend,
    configuration: &Configuration,
    tokens: &Tokens,
    shared: &Shared,
    kept: Option<Arc<Backend>>,
) -> Result<Arc<Backend>, RevisionError> {
    let credentials = Credentials {
        all: &configuration.credentials,
        tokens,
        backend: &settings.alias,
    };
    let credential = match settings.credential {
        None => Credential::none(),
        Some(index) => credentials.get(index)?,
    };
    let network = settings.network.as_ref();
    let network = network.map(|network| shared.networks.open(network));
    let network = network
        .transpose()
        .map_err(|source| RevisionError::Network {
            owner: format!("backend `{}`", settings.alias),
            source,
        })?;
    // Its network's files have been looked at: a new certificate is used at once.
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let transport = ReqwestTransport::new(TransportSettings {
        connect_timeout: settings.connect_timeout,
        read_timeout: settings.read_timeout,
        network,
    });
    let observer: Arc<dyn backend::Observer> = Arc::clone(&shared.metrics) as _;
    let resilience = shared.resilience.open(
        &settings.alias,
        &settings.url,
        &settings.resilience,
        Arc::clone(&observer),
    );
    let settings = Settings {
        alias: Arc::clone(&settings.alias),
        dialect: settings.dialect,
        url: settings.url.clone(),
        credential,
        headers: settings.headers.iter().cloned().collect::<HeaderMap>(),
        max_body: settings.max_body,
        max_cache: settings.max_cache,
        page_origins: settings.page_origins.clone(),
        token_rejected_statuses: settings.token_rejected_statuses.clone(),
        resilience,
    };
    Ok(Arc::new(Backend::new(
        settings,
        Arc::new(transport),
        observer,
    )))
}

/// Where the credentials of one backend come from.
struct Credentials<'a> {
    all: &'a [config::Credential],
    tokens: &'a Tokens,
    backend: &'a Arc<str>,
}

impl Credentials<'_> {
    fn get(&self, index: usize) -> Result<Credential, RevisionError> {
        let missing = || RevisionError::Credential {
            backend: Arc::clone(self.backend),
        };
        let credential = self.all.get(index).ok_or_else(missing)?;
        let ready = match &credential.kind {
            CredentialKind::OAuth2(_) => {
                let source = self.tokens.source(index).ok_or_else(missing)?;
                Ok(Credential::oauth2(source.clone()))
            }
            CredentialKind::Bearer(token) => Credential::bearer(token),
            CredentialKind::Basic { username, password } => Credential::basic(username, password),
            CredentialKind::BasicToken(token) => Credential::basic_token(token),
            CredentialKind::ApiKeyHeader { name, value } => {
                Credential::api_key_header(name.clone(), value)
            }
            CredentialKind::ApiKeyQuery { name, value } => {
                Ok(Credential::api_key_query(name.clone(), value.clone()))
            }
            CredentialKind::ByClient(entries) => {
                let entry = |(client, index): &(Arc<str>, usize)| {
                    Ok((Arc::clone(client), self.get(*index)?))
                };
                let entries = entries.iter().map(entry);
                let entries = entries.collect::<Result<Vec<_>, RevisionError>>()?;
                Ok(Credential::by_client(entries))
            }
        };
        ready.map_err(|_| RevisionError::Secret {
            credential: Arc::clone(&credential.name),
        })
    }
}
