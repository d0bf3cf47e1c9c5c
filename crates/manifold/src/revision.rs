//! A configuration made ready to serve: routes, checks, backends, documents.

mod backends;
mod tokens;

use std::sync::Arc;

use actix_web::http::Method;
use backend::BackendSet;
use bytes::Bytes;
use config::{Access, AnswerSettings, Configuration, EndpointSettings, Server};
use orchestration::{Endpoint, Members, Plan, Reading, Shape};
use token_provider::{Key, TokenSource};

use crate::authenticate::Authenticator;
use crate::caching::Caching;
use crate::documents;
use crate::limits::LimitSet;
use crate::metrics::EndpointMetrics;
use crate::parameters::{Checker, Uncompilable};
use crate::process::Shared;
use crate::route::Routes;

/// One configuration, running. A request holds one revision from beginning to end.
pub(crate) struct Revision {
    /// What it was built from, endpoints aside.
    pub(crate) configuration: Configuration,
    pub(crate) server: Server,
    pub(crate) routes: Routes,
    pub(crate) endpoints: Vec<Served>,
    /// Those of endpoints by the same indices.
    pub(crate) limits: LimitSet,
    /// The scopes of clients that may see how an answer came about; `None`: nobody may.
    pub(crate) explain: Option<Vec<String>>,
    pub(crate) authenticator: Authenticator,
    pub(crate) backends: BackendSet,
    pub(crate) tokens: Vec<TokenSource>,
    pub(crate) documents: Option<Documents>,
    /// Who may read the public keys of our assertions.
    pub(crate) jwks: Option<Access>,
    token_keys: Vec<Key>,
}

/// One endpoint, ready.
pub(crate) struct Served {
    pub(crate) access: Access,
    /// Of the file that it answers with; empty: it answers with JSON.
    pub(crate) media_types: Vec<String>,
    /// `None`: no client may keep an answer.
    pub(crate) caching: Option<Caching>,
    pub(crate) checker: Checker,
    pub(crate) counters: Arc<EndpointMetrics>,
    pub(crate) endpoint: Arc<Endpoint>,
}

/// The documents, written once.
pub(crate) struct Documents {
    pub(crate) access: Access,
    pub(crate) openapi: Bytes,
}

/// Why a configuration that is well-formed cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// A schema cannot be compiled.
    #[error("{endpoint}: {fault}")]
    Schema {
        /// The endpoint's label.
        endpoint: Arc<str>,
        /// Which one, and why.
        fault: String,
    },
    /// Two routes conflict.
    #[error("{endpoint}: the route conflicts with another")]
    Route {
        /// The endpoint's label.
        endpoint: Arc<str>,
    },
    /// It differs from the one that runs in something that is fixed at the start.
    #[error(
        "{settings} cannot change while the service runs: put back what was there, or restart the service"
    )]
    Fixed {
        /// The keys, each in backticks.
        settings: String,
    },
    /// A secret cannot stand in a header.
    #[error("credential `{credential}`: the secret holds characters that no header may")]
    Secret {
        /// The credential's name.
        credential: Arc<str>,
    },
    /// A call names a credential that is not there.
    #[error("backend `{backend}` names a credential that is not there")]
    Credential {
        /// The backend's alias.
        backend: Arc<str>,
    },
    /// What a network is made of cannot be used any more: it could when the configuration was read.
    #[error("{owner}: {source}")]
    Network {
        /// The credential or backend.
        owner: String,
        /// What is wrong.
        source: network::NetworkError,
    },
    /// The client for a token endpoint cannot be built.
    #[error("credential `{credential}`: {source}")]
    Transport {
        /// The credential's name.
        credential: Arc<str>,
        /// Why.
        source: token_provider::TransportBuildError,
    },
    /// The document cannot be written.
    #[error("the OpenAPI document cannot be written: {0}")]
    Document(#[from] serde_json::Error),
}

impl Revision {
    /// `configuration`, ready. Backends that `before` has by the same definition are kept, with what
    /// is known of them.
    pub(crate) fn build(
        mut configuration: Configuration,
        shared: &Shared,
        before: Option<&Self>,
    ) -> Result<Self, RevisionError> {
        let documents = configuration
            .documents
            .clone()
            .map(|access| {
                let openapi = serde_json::to_vec(&documents::openapi(
                    &configuration,
                    env!("CARGO_PKG_VERSION"),
                )?)?;
                Ok::<_, serde_json::Error>(Documents {
                    access,
                    openapi: openapi.into(),
                })
            })
            .transpose()?;
        let authenticator = Authenticator::new(
            &configuration.clients,
            Arc::clone(&shared.passwords),
            &configuration.server.name,
        );
        let tokens = tokens::build(&configuration.credentials, shared)?;
        let backends = backends::build(&configuration, &tokens, shared, before)?;
        let limits = LimitSet::new(&configuration, before.map(|before| &before.limits));
        let mut routes = Routes::default();
        let mut endpoints = Vec::with_capacity(configuration.endpoints.len());
        let all = std::mem::take(&mut configuration.endpoints);
        for (index, settings) in all.into_iter().enumerate() {
            let conflict = |_| RevisionError::Route {
                endpoint: Arc::clone(&settings.label),
            };
            let method =
                Method::from_bytes(settings.method.as_str().as_bytes()).unwrap_or(Method::GET);
            routes
                .add(&method, &settings.route, index)
                .map_err(conflict)?;
            endpoints.push(serve(settings, &authenticator)?);
        }
        Ok(Self {
            server: configuration.server.clone(),
            routes,
            endpoints,
            limits,
            explain: configuration.explain.clone(),
            authenticator,
            backends,
            jwks: configuration.jwks.clone(),
            token_keys: tokens.keys(),
            tokens: tokens.into_sources(),
            documents,
            configuration,
        })
    }

    /// The definitions whose tokens this revision uses.
    pub(crate) fn token_keys(&self) -> &[Key] {
        &self.token_keys
    }
}

fn serve(
    mut settings: EndpointSettings,
    authenticator: &Authenticator,
) -> Result<Served, RevisionError> {
    let control = settings.cache_control.take();
    let caching = control.and_then(|control| {
        let credentials = authenticator.distinguishing(&settings.access);
        Caching::new(&control, &credentials, &settings.parameters)
    });
    let broken = |fault: Uncompilable| RevisionError::Schema {
        endpoint: Arc::clone(&settings.label),
        fault: fault.to_string(),
    };
    let checker = Checker::new(&settings).map_err(broken)?;
    let media_types = media_types(&settings);
    let endpoint = Arc::new(Endpoint {
        public: settings.access == Access::Public,
        claims: settings.claims,
        location: settings.location,
        label: Arc::clone(&settings.label),
        parameters: settings
            .parameters
            .iter()
            .map(|parameter| parameter.name.clone())
            .collect(),
        shape: shape(settings.answer, &settings.plan),
        plan: settings.plan,
    });
    Ok(Served {
        access: settings.access,
        media_types,
        caching,
        checker,
        counters: Arc::new(EndpointMetrics::new(Arc::clone(&endpoint))),
        endpoint,
    })
}

/// How the calls' results become one answer.
fn shape(answer: AnswerSettings, plan: &Plan) -> Arc<dyn Shape> {
    match answer {
        AnswerSettings::Members => Arc::new(Members::new(plan)),
        AnswerSettings::Fixed(fixed) => Arc::new(fixed),
        AnswerSettings::File(file) => Arc::new(file),
        AnswerSettings::Mapped(mapped) => mapped.mapping,
    }
}

/// The media types of an endpoint's answers, as a client may ask for them.
fn media_types(settings: &EndpointSettings) -> Vec<String> {
    let file = match &settings.answer {
        AnswerSettings::File(file) => settings.plan.calls.get(file.call),
        AnswerSettings::Members | AnswerSettings::Fixed(_) | AnswerSettings::Mapped(_) => None,
    };
    match file.map(|call| &call.expect.reading) {
        Some(Reading::Opaque { media_types, .. }) => media_types.clone(),
        Some(Reading::Json | Reading::Pages { .. }) | None => Vec::new(),
    }
}
