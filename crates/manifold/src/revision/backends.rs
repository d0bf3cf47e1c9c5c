//! From the configuration's backends and credentials to ones that can be called.

use std::sync::Arc;

use backend::{
    Backend, BackendSet, Credential, Dialect, ReqwestTransport, Settings, TransportSettings,
};
use config::{Configuration, CredentialKind};
use http::HeaderMap;

use super::RevisionError;
use crate::process::Shared;

pub(super) fn build(
    configuration: &Configuration,
    shared: &Shared,
) -> Result<BackendSet, RevisionError> {
    let backends = configuration
        .backends
        .iter()
        .map(|settings| one(settings, configuration, shared));
    Ok(BackendSet::new(backends.collect::<Result<_, _>>()?))
}

fn one(
    settings: &config::Backend,
    configuration: &Configuration,
    shared: &Shared,
) -> Result<Arc<Backend>, RevisionError> {
    let credential = match settings.credential {
        None => Credential::none(),
        Some(index) => {
            let missing = || RevisionError::Credential {
                backend: Arc::clone(&settings.alias),
            };
            credential(
                configuration.credentials.get(index).ok_or_else(missing)?,
                shared,
            )?
        }
    };
    let transport = ReqwestTransport::new(TransportSettings {
        connect_timeout: settings.connect_timeout,
        read_timeout: settings.read_timeout,
        network: None,
    });
    let observer: Arc<dyn backend::Observer> = Arc::clone(&shared.metrics) as _;
    let settings = Settings {
        alias: Arc::clone(&settings.alias),
        dialect: match settings.dialect {
            config::Dialect::Rest => Dialect::Rest,
            config::Dialect::FhirR4 { check } => Dialect::FhirR4 {
                check: self::check(check),
            },
        },
        url: settings.url.clone(),
        credential,
        headers: settings.headers.iter().cloned().collect::<HeaderMap>(),
        max_body: settings.max_body,
        token_rejected_statuses: settings.token_rejected_statuses.clone(),
    };
    Ok(Arc::new(Backend::new(
        settings,
        Arc::new(transport),
        observer,
    )))
}

fn credential(
    credential: &config::Credential,
    shared: &Shared,
) -> Result<Credential, RevisionError> {
    let ready = match &credential.kind {
        CredentialKind::OAuth2(definition) => Ok(Credential::oauth2(
            shared.tokens.source(definition.as_ref().clone()),
        )),
        CredentialKind::Bearer(token) => Credential::bearer(token),
        CredentialKind::Basic { username, password } => Credential::basic(username, password),
        CredentialKind::BasicToken(token) => Credential::basic_token(token),
        CredentialKind::ApiKeyHeader { name, value } => {
            Credential::api_key_header(name.clone(), value)
        }
        CredentialKind::ApiKeyQuery { name, value } => {
            Ok(Credential::api_key_query(name.clone(), value.clone()))
        }
    };
    ready.map_err(|_| RevisionError::Secret {
        credential: Arc::clone(&credential.name),
    })
}

const fn check(check: config::Check) -> backend::Check {
    match check {
        config::Check::Off => backend::Check::Off,
        config::Check::Report => backend::Check::Report,
        config::Check::Refuse => backend::Check::Refuse,
    }
}
