//! One backend: called as the service calls it, with its credential and over its network.

mod answer;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use backend::{BackendSet, Dialect};
use config::{Configuration, Credential, CredentialKind};
use futures::future::join;
use http::Method;
use orchestration::{Backends, Effect, Exchange, Prepared};
use token_provider::{DiscoveryKind, Endpoint};
use tokio::time::Instant;

use super::capability::Capability;
use super::report::{Diagnosis, Finding};
use super::smart::{Needs, SmartConfiguration};
use crate::trace;
use answer::Asked;

const METADATA: &str = "/metadata";
const SMART_CONFIGURATION: &str = "/.well-known/smart-configuration";

/// A backend to be examined, as the service calls it for somebody.
pub(super) struct Probe {
    index: usize,
    /// Its alias, with the client where the credential depends on that.
    name: String,
    /// For which client it is called.
    principal: Option<Arc<str>>,
    credential: Option<Arc<str>>,
    is_fhir: bool,
    /// Set when the credential finds its token endpoint through this backend.
    smart: Option<Smart>,
}

/// A server's SMART metadata are for everybody, and are looked at when there is no token to show.
struct Smart {
    needs: Needs,
    /// The index of the same backend without a credential.
    anonymous: usize,
}

impl Probe {
    /// All backends of a configuration; where the credential depends on the client, once for each.
    /// Adds backends to the configuration for what is asked without a credential.
    pub(super) fn all(configuration: &mut Configuration) -> Vec<Self> {
        let credential = |index: usize| configuration.credentials.get(index);
        let mut probes = Vec::new();
        let mut anonymous = Vec::new();
        for (index, backend) in configuration.backends.iter().enumerate() {
            let mut add = |name: String, principal, credential: Option<&Credential>| {
                let smart = credential.and_then(|credential| needs(credential, backend));
                let smart = smart.map(|needs| {
                    anonymous.push(config::Backend {
                        dialect: Dialect::Rest,
                        credential: None,
                        ..backend.clone()
                    });
                    let before = configuration.backends.len() + anonymous.len();
                    Smart {
                        needs,
                        anonymous: before - 1,
                    }
                });
                probes.push(Self {
                    index,
                    name,
                    principal,
                    credential: credential.map(|credential| Arc::clone(&credential.name)),
                    is_fhir: matches!(backend.dialect, Dialect::FhirR4 { .. }),
                    smart,
                });
            };
            match backend.credential.and_then(credential) {
                Some(Credential {
                    kind: CredentialKind::ByClient(clients),
                    ..
                }) => {
                    for (client, chosen) in clients {
                        let name = format!("{} for {client}", backend.alias);
                        add(name, Some(Arc::clone(client)), credential(*chosen));
                    }
                }
                credential => add(backend.alias.to_string(), None, credential),
            }
        }
        configuration.backends.extend(anonymous);
        probes
    }

    /// The name of the credential that it is called with.
    pub(super) fn credential(&self) -> Option<&str> {
        self.credential.as_deref()
    }

    /// Asks what it is, once its credential is known not to be broken: a call without a token is not
    /// even made, and what is wrong then is the token's. Never fails.
    pub(super) async fn examine(
        &self,
        backends: &BackendSet,
        broken: impl Future<Output = bool>,
        deadline: Instant,
    ) -> Vec<Finding> {
        let itself = async {
            let (kind, path) = if self.is_fhir {
                ("FHIR R4", METADATA)
            } else {
                ("REST", "/")
            };
            let credential = self.credential();
            if let Some(name) = credential
                && broken.await
            {
                let result = format!("not asked: its credential `{name}` is broken");
                return Diagnosis::unasked(result).about(kind, &self.name, Duration::ZERO);
            }
            let asked = self.ask(self.index, path, backends, deadline).await;
            let diagnosis = if self.is_fhir {
                answer::conformance(&asked, credential)
            } else {
                answer::reachable(&asked, credential)
            };
            diagnosis.about(kind, &self.name, asked.took)
        };
        let Some(smart) = &self.smart else {
            return vec![itself.await];
        };
        let (itself, smart) = join(itself, self.smart(smart, backends, deadline)).await;
        vec![itself, smart]
    }

    /// Without the document the `CapabilityStatement` may still say where tokens are to be had.
    async fn smart(&self, smart: &Smart, backends: &BackendSet, deadline: Instant) -> Finding {
        let public = smart.anonymous;
        let asked = self
            .ask(public, SMART_CONFIGURATION, backends, deadline)
            .await;
        let took = asked.took;
        if let Some(document) = asked
            .body()
            .and_then(|body| SmartConfiguration::read(&body))
        {
            return document
                .diagnose(&smart.needs)
                .about("SMART", &self.name, took);
        }
        if let Some(fault) = asked.connection_fault() {
            return answer::unconnected(fault).about("SMART", &self.name, took);
        }
        let asked = self.ask(public, METADATA, backends, deadline).await;
        let took = took + asked.took;
        let statement = asked.body().and_then(|body| Capability::read(&body));
        let mend = match statement.as_ref().and_then(Capability::token_url) {
            Some(url) => {
                format!("its CapabilityStatement names one: `token_url: {url}` instead of `issuer`")
            }
            None => {
                "ask whoever runs it for the token endpoint, and name it in `token_url`".to_owned()
            }
        };
        Diagnosis::wrong("no smart-configuration", mend).about("SMART", &self.name, took)
    }

    async fn ask(
        &self,
        backend: usize,
        path: &str,
        backends: &BackendSet,
        deadline: Instant,
    ) -> Asked {
        let began = Instant::now();
        let request = Prepared {
            method: Method::GET,
            path: path.to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: None,
            id: 0..0,
            version: 0..0,
        };
        let outcome = backends.send(Exchange {
            backend,
            request,
            effect: Effect::Read,
            expect: Arc::default(),
            deadline,
            full_time: deadline.saturating_duration_since(began),
            principal: self.principal.clone(),
            attempts: None,
            trace: trace::of(&HeaderMap::new()),
        });
        let outcome = outcome.await;
        let asked = backends.iter().nth(backend);
        Asked {
            outcome,
            unconnected: asked.and_then(|backend| backend.connection_fault()),
            took: began.elapsed(),
        }
    }
}

/// What a credential needs of the metadata below this backend's base, when it reads them there.
fn needs(credential: &Credential, backend: &config::Backend) -> Option<Needs> {
    let CredentialKind::OAuth2(definition) = &credential.kind else {
        return None;
    };
    let Endpoint::Discover {
        issuer,
        kind: DiscoveryKind::Smart,
    } = &definition.endpoint
    else {
        return None;
    };
    let base = |url: &str| url.trim_end_matches('/').to_owned();
    (base(issuer) == base(backend.url.as_str())).then(|| Needs::of(definition))
}
