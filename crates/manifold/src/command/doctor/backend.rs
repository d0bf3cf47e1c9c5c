//! One backend: called as the service calls it, with its credential and over its network.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use backend::BackendSet;
use bytes::Bytes;
use config::{Configuration, Credential, CredentialKind, Dialect};
use futures::future::join;
use http::Method;
use orchestration::{Backends, Effect, Exchange, Failure, Outcome, Prepared};
use problem::Code;
use token_provider::{DiscoveryKind, Endpoint};
use tokio::time::Instant;

use super::capability::Capability;
use super::report::{Diagnosis, Finding};
use super::smart::{Needs, SmartConfiguration};
use crate::trace;

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

    /// Asks what it is; never fails.
    pub(super) async fn examine(&self, backends: &BackendSet, deadline: Instant) -> Vec<Finding> {
        if !self.is_fhir {
            let (outcome, took) = self.ask(self.index, "/", backends, deadline).await;
            return vec![self.reachable(&outcome).about("REST", &self.name, took)];
        }
        let statement = async {
            let (outcome, took) = self.ask(self.index, METADATA, backends, deadline).await;
            self.conformance(&outcome)
                .about("FHIR R4", &self.name, took)
        };
        let Some(smart) = &self.smart else {
            return vec![statement.await];
        };
        let (statement, smart) = join(statement, self.smart(smart, backends, deadline)).await;
        vec![statement, smart]
    }

    /// Without the document the `CapabilityStatement` may still say where tokens are to be had.
    async fn smart(&self, smart: &Smart, backends: &BackendSet, deadline: Instant) -> Finding {
        let public = smart.anonymous;
        let (outcome, took) = self
            .ask(public, SMART_CONFIGURATION, backends, deadline)
            .await;
        if let Some(document) = body(&outcome).and_then(|body| SmartConfiguration::read(&body)) {
            return document
                .diagnose(&smart.needs)
                .about("SMART", &self.name, took);
        }
        let (outcome, more) = self.ask(public, METADATA, backends, deadline).await;
        let statement = body(&outcome).and_then(|body| Capability::read(&body));
        let mend = match statement.as_ref().and_then(Capability::token_url) {
            Some(url) => {
                format!("its CapabilityStatement names one: `token_url: {url}` instead of `issuer`")
            }
            None => {
                "ask whoever runs it for the token endpoint, and name it in `token_url`".to_owned()
            }
        };
        Diagnosis::wrong("no smart-configuration", mend).about("SMART", &self.name, took + more)
    }

    async fn ask(
        &self,
        backend: usize,
        path: &str,
        backends: &BackendSet,
        deadline: Instant,
    ) -> (Outcome, Duration) {
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
            principal: self.principal.clone(),
            attempts: None,
            trace: trace::of(&HeaderMap::new()),
        });
        (outcome.await, began.elapsed())
    }

    /// A REST backend says nothing of itself: any answer shows that it is there.
    fn reachable(&self, outcome: &Outcome) -> Diagnosis {
        let failure = match outcome {
            Outcome::Ok(success) => {
                return Diagnosis::fine(format!("reachable, answers {}", success.status));
            }
            Outcome::Failed(failure) | Outcome::Unknown(failure) => failure,
            Outcome::Absent | Outcome::Incomplete { .. } | Outcome::Skipped(_) => {
                return Diagnosis::fine("reachable");
            }
        };
        match (failure.code, failure.status) {
            (Code::UpstreamLoginPage, Some(status)) => Diagnosis::look(
                format!("reachable, answers {status} with what may be a login page"),
                "if it is one, the backend does not take this kind of credential; OAuth 2.0 may be what it wants",
            ),
            (Code::UpstreamRedirect, Some(status)) => Diagnosis::look(
                format!("reachable, redirects ({status}), which is never followed"),
                "name the address that it redirects to in `url`",
            ),
            (Code::UpstreamThrottled, _) => Diagnosis::look(
                "reachable, throttles us (429)",
                "wait; ask for a higher limit if this stays",
            ),
            (Code::UpstreamStatus, Some(status)) if status >= 500 => Diagnosis::look(
                format!("reachable, answers {status}"),
                "the backend is in trouble, or does not answer at its base: look there",
            ),
            (Code::UpstreamStatus | Code::UpstreamUnreadable, Some(status)) => {
                Diagnosis::fine(format!("reachable, answers {status} at its base"))
            }
            (Code::UpstreamUnreadable | Code::UpstreamTooLarge, None) => {
                Diagnosis::fine("reachable, answers at its base")
            }
            _ => self.unusable(failure),
        }
    }

    /// A FHIR server says what it is.
    fn conformance(&self, outcome: &Outcome) -> Diagnosis {
        if let Some(capability) = body(outcome).and_then(|body| Capability::read(&body)) {
            return capability.diagnose();
        }
        match outcome {
            Outcome::Failed(failure) | Outcome::Unknown(failure)
                if failure.code != Code::UpstreamStatus
                    || failure.status.is_some_and(|status| status >= 500) =>
            {
                self.unusable(failure)
            }
            _ => Diagnosis::wrong(
                "no CapabilityStatement at /metadata",
                "check `url`: it names the FHIR base, for example https://ehr.example/fhir",
            ),
        }
    }

    fn unusable(&self, failure: &Failure) -> Diagnosis {
        let credential = match &self.credential {
            Some(name) => format!("`{name}`"),
            None => "(it has none)".to_owned(),
        };
        let mend = match failure.code {
            Code::UpstreamConnect => {
                format!("{CAUSE}; check host and port of `url`, the firewall, and the proxy, if there is to be one (`network: {{ proxy: … }}`)")
            }
            Code::UpstreamTls => {
                format!("{CAUSE}: an unknown issuer needs its authority's certificate in `network: {{ ca: … }}`, not the server's own; an alert may ask for a `client_certificate`; anything else is for whoever runs the backend")
            }
            Code::UpstreamRefused => {
                format!("check the credential {credential}: its kind, scopes and audience, and its rights at the backend")
            }
            Code::UpstreamAuthConfig | Code::UpstreamAuthUnavailable => {
                format!("mend the token of the credential {credential}")
            }
            Code::UpstreamLoginPage => {
                format!("it does not take the kind of the credential {credential}, or `url` is not its API")
            }
            Code::UpstreamRedirect => "name the address that it redirects to in `url`".to_owned(),
            Code::Deadline => "the backend is slow or swallows packets: check it and the firewall, or give more time with `--timeout`".to_owned(),
            Code::UpstreamThrottled => "wait, then ask again".to_owned(),
            _ => "look at the backend, then ask again".to_owned(),
        };
        let result = match failure.status {
            Some(status) if !failure.detail.contains(&status.to_string()) => {
                format!("{} ({status})", failure.detail)
            }
            _ => failure.detail.clone().into_owned(),
        };
        Diagnosis::wrong(result, mend)
    }
}

/// Where the operator reads what a client is not to know.
const CAUSE: &str = "with `MANIFOLD_LOG=warn` the cause is printed";

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

fn body(outcome: &Outcome) -> Option<Bytes> {
    match outcome {
        Outcome::Ok(success) => Some(success.body.bytes()),
        _ => None,
    }
}
