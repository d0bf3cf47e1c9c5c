//! The codes with which a request for an endpoint can fail: what its access, parameters, calls and
//! their backends can bring about, and nothing else.
//!
//! Must not know how a problem is described.

use std::collections::BTreeMap;

use config::{Access, Backend, Check, Configuration, CredentialKind, Dialect, EndpointSettings};
use orchestration::{Call, Effect, Need, Part};
use problem::{Code, Status};

/// What any backend can do to a call.
const BACKEND: [Code; 10] = [
    Code::UpstreamConnect,
    Code::UpstreamReset,
    Code::UpstreamStatus,
    Code::UpstreamRedirect,
    Code::UpstreamLoginPage,
    Code::UpstreamUnreadable,
    Code::UpstreamTooLarge,
    Code::UpstreamRefused,
    Code::UpstreamThrottled,
    Code::Deadline,
];

/// What any request can come to. A query parameter that no endpoint declares is not valid.
const REQUEST: [Code; 4] = [
    Code::InvalidParameter,
    Code::NotAcceptable,
    Code::Internal,
    Code::Overloaded,
];

/// Per status the codes, in the registry's order.
pub(super) fn of(
    endpoint: &EndpointSettings,
    configuration: &Configuration,
) -> BTreeMap<u16, Vec<Code>> {
    let mut found = Found::default();
    for code in REQUEST {
        found.add(code);
    }
    if let Access::Scopes(scopes) = &endpoint.access {
        found.add(Code::Unauthenticated);
        if !scopes.is_empty() {
            found.add(Code::Forbidden);
        }
    }
    if can_be_too_often(endpoint, configuration) {
        found.add(Code::RateLimited);
    }
    if endpoint.body.is_some() {
        found.add(Code::InvalidBody);
        found.add(Code::PayloadTooLarge);
        found.add(Code::UnsupportedMediaType);
    }
    let quorum = endpoint.plan.quorum.as_ref();
    let calls = endpoint.plan.calls.iter().enumerate();
    // Optional calls fail an answer only as members of a quorum.
    let required: Vec<&Call> = calls
        .filter(|(index, call)| {
            call.need == Need::Required || quorum.is_some_and(|quorum| quorum.of.contains(index))
        })
        .map(|(_, call)| call)
        .collect();
    for call in &required {
        if let Some(backend) = configuration.backends.get(call.backend.index) {
            found.add_call(call, backend, configuration);
        }
    }
    if required.len() > 1 {
        // A throttled call beside one whose authorization server is away.
        found.add_as(503, Code::UpstreamThrottled);
    }
    found.0
}

/// Whether a limit refuses requests for this endpoint with 429.
fn can_be_too_often(endpoint: &EndpointSettings, configuration: &Configuration) -> bool {
    let rates = [configuration.limits, endpoint.limits];
    let of_clients = configuration
        .clients
        .iter()
        .any(|client| client.limits.is_some());
    rates.iter().flatten().any(|limits| limits.rate.is_some())
        || (of_clients && endpoint.access != Access::Public)
}

/// Whether every endpoint that can answer with `status` can give this code with it.
pub(super) fn is_usual(code: Code, status: u16) -> bool {
    let alone = [
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
    ];
    code.status() == Status::Fixed(status)
        && (REQUEST.contains(&code) || BACKEND.contains(&code) || alone.contains(&code))
}

#[derive(Default)]
struct Found(BTreeMap<u16, Vec<Code>>);

impl Found {
    fn add(&mut self, code: Code) {
        if let Status::Fixed(status) = code.status() {
            self.add_as(status, code);
        }
    }

    fn add_as(&mut self, status: u16, code: Code) {
        let codes = self.0.entry(status).or_default();
        if let Err(place) = codes.binary_search(&code) {
            codes.insert(place, code);
        }
    }

    fn add_call(&mut self, call: &Call, backend: &Backend, configuration: &Configuration) {
        for code in BACKEND {
            self.add(code);
        }
        if backend.url.scheme() == "https" {
            self.add(Code::UpstreamTls);
        }
        if matches!(
            backend.dialect,
            Dialect::FhirR4 {
                check: Check::Refuse
            }
        ) {
            self.add(Code::UpstreamCheck);
        }
        if let Some(index) = backend.credential {
            self.add_credential(index, configuration);
        }
        if backend.resilience.breaker.is_some() {
            self.add(Code::BreakerOpen);
        }
        if !call.expect.absent.is_empty() {
            self.add(Code::NotFound);
        }
        let is_value = |part: &Part| matches!(part, Part::Value { .. });
        if !call.waits_for.is_empty()
            || call.for_each.is_some()
            || call.path.parts.iter().any(is_value)
        {
            self.add(Code::Mapping);
        }
        if call.effect == Effect::Write {
            // Broken off, or late.
            self.add_as(502, Code::WriteUnknown);
            self.add_as(504, Code::WriteUnknown);
        }
    }
    fn add_credential(&mut self, index: usize, configuration: &Configuration) {
        match configuration.credentials.get(index).map(|own| &own.kind) {
            Some(CredentialKind::OAuth2(_)) => {
                self.add(Code::UpstreamAuthConfig);
                self.add(Code::UpstreamAuthUnavailable);
            }
            Some(CredentialKind::ByClient(choices)) => {
                // There is none for any other client. No choice is of this kind itself.
                self.add(Code::UpstreamAuthConfig);
                for (_, choice) in choices {
                    self.add_credential(*choice, configuration);
                }
            }
            _ => {}
        }
    }
}
