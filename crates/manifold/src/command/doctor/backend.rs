//! One backend: called as the service calls it, with its credential and over its network.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use backend::BackendSet;
use config::{Configuration, CredentialKind, Dialect};
use futures::future::join;
use http::Method;
use http::header::{ACCEPT, HeaderValue};
use orchestration::{Backends, Effect, Exchange, Failure, Outcome, Prepared};
use problem::Code;
use token_provider::{Definition, DiscoveryKind, Endpoint};
use tokio::time::Instant;

use super::capability::Capability;
use super::report::{Diagnosis, Finding};
use super::smart::{Needs, SmartConfiguration};
use crate::trace;

const METADATA: &str = "/metadata";
const SMART_CONFIGURATION: &str = "/.well-known/smart-configuration";

/// A backend to be examined.
pub(super) struct Probe {
    index: usize,
    alias: Arc<str>,
    credential: Option<Arc<str>>,
    is_fhir: bool,
    /// Set when the credential finds its token endpoint through this backend.
    smart: Option<Needs>,
}

impl Probe {
    /// All backends of a configuration.
    pub(super) fn all(configuration: &Configuration) -> Vec<Self> {
        let one = |(index, backend): (usize, &config::Backend)| {
            let credential = backend
                .credential
                .and_then(|credential| configuration.credentials.get(credential));
            let definition = credential.and_then(|credential| match &credential.kind {
                CredentialKind::OAuth2(definition) => Some(definition.as_ref()),
                _ => None,
            });
            Self {
                index,
                alias: Arc::clone(&backend.alias),
                credential: credential.map(|credential| Arc::clone(&credential.name)),
                is_fhir: matches!(backend.dialect, Dialect::FhirR4 { .. }),
                smart: definition
                    .filter(|definition| discovers_at(definition, backend))
                    .map(Needs::of),
            }
        };
        configuration.backends.iter().enumerate().map(one).collect()
    }

    /// Asks what it is; never fails.
    pub(super) async fn examine(&self, backends: &BackendSet, deadline: Instant) -> Vec<Finding> {
        if !self.is_fhir {
            let (outcome, took) = self.ask("/", None, backends, deadline).await;
            return vec![self.reachable(&outcome).about("REST", &self.alias, took)];
        }
        let metadata = self.ask(METADATA, None, backends, deadline);
        let Some(needs) = &self.smart else {
            let (outcome, took) = metadata.await;
            let (diagnosis, _) = self.conformance(&outcome);
            return vec![diagnosis.about("FHIR R4", &self.alias, took)];
        };
        let plain = Some(HeaderValue::from_static("application/json"));
        let smart = self.ask(SMART_CONFIGURATION, plain, backends, deadline);
        let ((outcome, took), (smart, smart_took)) = join(metadata, smart).await;
        let (diagnosis, capability) = self.conformance(&outcome);
        vec![
            diagnosis.about("FHIR R4", &self.alias, took),
            smart_configuration(&smart, needs, capability.as_ref()).about(
                "SMART",
                &self.alias,
                smart_took,
            ),
        ]
    }

    async fn ask(
        &self,
        path: &str,
        accept: Option<HeaderValue>,
        backends: &BackendSet,
        deadline: Instant,
    ) -> (Outcome, Duration) {
        let began = Instant::now();
        let request = Prepared {
            method: Method::GET,
            path: path.to_owned(),
            query: String::new(),
            headers: accept.map(|accept| (ACCEPT, accept)).into_iter().collect(),
            body: None,
            id: 0..0,
            version: 0..0,
        };
        let outcome = backends.send(Exchange {
            backend: self.index,
            request,
            effect: Effect::Read,
            expect: Arc::default(),
            deadline,
            principal: None,
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
    fn conformance(&self, outcome: &Outcome) -> (Diagnosis, Option<Capability>) {
        match outcome {
            Outcome::Ok(success) => match Capability::read(&success.body.bytes()) {
                Some(capability) => (capability.diagnose(), Some(capability)),
                None => (no_statement(), None),
            },
            Outcome::Failed(failure) | Outcome::Unknown(failure) => {
                let missing = failure.code == Code::UpstreamStatus
                    && failure.status.is_some_and(|status| status < 500);
                if missing {
                    (no_statement(), None)
                } else {
                    (self.unusable(failure), None)
                }
            }
            Outcome::Absent | Outcome::Incomplete { .. } | Outcome::Skipped(_) => {
                (no_statement(), None)
            }
        }
    }

    fn unusable(&self, failure: &Failure) -> Diagnosis {
        let credential = match &self.credential {
            Some(name) => format!("`{name}`"),
            None => "(it has none)".to_owned(),
        };
        let mend = match failure.code {
            Code::UpstreamConnect => {
                "check host and port of `url`, the firewall, and whether a proxy is needed (`network: { proxy: … }`)".to_owned()
            }
            Code::UpstreamTls => {
                "check its certificate: one of a private authority needs `network: { ca: … }`; it may want a client certificate (`client_certificate`)".to_owned()
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

/// Whether the credential reads the metadata below this backend's base.
fn discovers_at(definition: &Definition, backend: &config::Backend) -> bool {
    match &definition.endpoint {
        Endpoint::Discover {
            issuer,
            kind: DiscoveryKind::Smart,
        } => issuer.trim_end_matches('/') == backend.url.as_str().trim_end_matches('/'),
        _ => false,
    }
}

fn no_statement() -> Diagnosis {
    Diagnosis::wrong(
        "no CapabilityStatement at /metadata",
        "check `url`: it names the FHIR base, for example https://ehr.example/fhir",
    )
}

/// Without the document the `CapabilityStatement` may still say where tokens are to be had.
fn smart_configuration(
    outcome: &Outcome,
    needs: &Needs,
    capability: Option<&Capability>,
) -> Diagnosis {
    let read = match outcome {
        Outcome::Ok(success) => SmartConfiguration::read(&success.body.bytes()),
        _ => None,
    };
    if let Some(document) = read {
        return document.diagnose(needs);
    }
    let mend = match capability.and_then(Capability::token_url) {
        Some(url) => {
            format!("its CapabilityStatement names one: `token_url: {url}` instead of `issuer`")
        }
        None => "ask whoever runs it for the token endpoint, and name it in `token_url`".to_owned(),
    };
    Diagnosis::wrong("no smart-configuration", mend)
}
