//! The codes with which a request for an endpoint can fail: what its access, parameters, calls and
//! their backends can bring about, and nothing else.
//!
//! Must not know how a problem is described.

use std::collections::BTreeMap;

use backend::{Check, Dialect};
use config::{Access, AnswerSettings, Backend, Configuration, CredentialKind, EndpointSettings};
use mapping::{Body, Partial};
use orchestration::{Call, Effect, Need, Part};
use problem::{Code, Status};

/// Per status the codes, in the registry's order.
pub(super) fn of(
    endpoint: &EndpointSettings,
    configuration: &Configuration,
) -> BTreeMap<u16, Vec<Code>> {
    let asked = Asked::new(endpoint, configuration);
    let mut found: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in Code::ALL {
        for status in asked.statuses(*code) {
            found.entry(status).or_default().push(*code);
        }
    }
    found
}

/// What nearly all endpoints that can answer with `status` have in common: the codes that need no
/// particular setting.
pub(super) fn usual(status: u16) -> impl Iterator<Item = Code> {
    let all = Code::ALL.iter().copied();
    all.filter(move |code| code.status() == Status::Fixed(status) && is_usual(*code))
}

const fn is_usual(code: Code) -> bool {
    !matches!(
        code,
        Code::NoSuchEndpoint
            | Code::MethodNotAllowed
            | Code::RateLimited
            | Code::UpstreamTls
            | Code::UpstreamCheck
            | Code::UpstreamAuthConfig
            | Code::UpstreamAuthUnavailable
            | Code::BreakerOpen
            | Code::Mapping
    )
}

/// An endpoint, and what decides the status of its answers.
struct Asked<'a> {
    endpoint: &'a EndpointSettings,
    configuration: &'a Configuration,
    /// Calls whose failure fails the answer, with their backends.
    deciding: Vec<(&'a Call, &'a Backend)>,
}

impl<'a> Asked<'a> {
    fn new(endpoint: &'a EndpointSettings, configuration: &'a Configuration) -> Self {
        let quorum = endpoint.plan.quorum.as_ref();
        // An answer that is not given in part needs them all.
        let all = matches!(
            &endpoint.answer,
            AnswerSettings::Mapped(answer) if answer.mapping.partial == Partial::Refuse
        );
        let calls = endpoint.plan.calls.iter().enumerate();
        let decides = |(index, call): &(usize, &Call)| {
            all || call.need == Need::Required
                || quorum.is_some_and(|quorum| quorum.of.contains(index))
        };
        let with_backend = |(_, call): (usize, &'a Call)| {
            Some((call, configuration.backends.get(call.backend.index)?))
        };
        Self {
            endpoint,
            configuration,
            deciding: calls.filter(decides).filter_map(with_backend).collect(),
        }
    }

    /// With which statuses a request can come to `code`; a code of the registry that is not told of here
    /// does not compile.
    fn statuses(&self, code: Code) -> Vec<u16> {
        let occurs = match code {
            // A body or a parameter that the endpoint does not have is not valid.
            Code::InvalidParameter
            | Code::InvalidBody
            | Code::NotAcceptable
            | Code::Overloaded
            | Code::Internal => true,
            Code::Unauthenticated => self.endpoint.access != Access::Public,
            Code::Forbidden => self.may_be_forbidden(),
            Code::RateLimited => self.can_be_too_often(),
            Code::PayloadTooLarge | Code::UnsupportedMediaType => self.endpoint.body.is_some(),
            Code::UpstreamConnect
            | Code::UpstreamReset
            | Code::UpstreamStatus
            | Code::UpstreamRedirect
            | Code::UpstreamLoginPage
            | Code::UpstreamUnreadable
            | Code::UpstreamTooLarge
            | Code::UpstreamRefused => !self.deciding.is_empty(),
            Code::UpstreamTls => self.any(|_, backend| backend.url.scheme() == "https"),
            Code::UpstreamCheck => self.any(|_, backend| is_checked(backend)),
            Code::UpstreamAuthConfig => self.any_credential(|kind| {
                // There is none for any other client.
                matches!(
                    kind,
                    CredentialKind::OAuth2(_) | CredentialKind::ByClient(_)
                )
            }),
            Code::UpstreamAuthUnavailable => {
                self.any_credential(|kind| matches!(kind, CredentialKind::OAuth2(_)))
            }
            Code::BreakerOpen => self.any(|_, backend| backend.resilience.breaker.is_some()),
            Code::NotFound => self.any(|call, _| !call.expect.absent.is_empty()),
            Code::Mapping => self.any(|call, _| needs_values(call)) || self.is_mapped(),
            Code::Deadline => !self.deciding.is_empty() || self.takes_time(),
            Code::UpstreamThrottled => return self.throttled(),
            Code::WriteUnknown => return self.unknown(),
            // They belong to no endpoint, or decide nothing.
            Code::NoSuchEndpoint
            | Code::MethodNotAllowed
            | Code::SearchIncomplete
            | Code::Skipped => false,
        };
        match code.status() {
            Status::Fixed(status) if occurs => vec![status],
            Status::Fixed(_) | Status::None => Vec::new(),
        }
    }

    fn any(&self, is: impl Fn(&Call, &Backend) -> bool) -> bool {
        self.deciding
            .iter()
            .any(|(call, backend)| is(call, backend))
    }

    /// Whether a call authenticates with a credential of such a kind, or with one for some clients.
    fn any_credential(&self, is: impl Fn(&CredentialKind) -> bool) -> bool {
        let kind = |index: usize| {
            self.configuration
                .credentials
                .get(index)
                .map(|own| &own.kind)
        };
        self.any(|_, backend| match backend.credential.and_then(kind) {
            // No choice is of this kind itself.
            Some(chosen @ CredentialKind::ByClient(choices)) => {
                is(chosen)
                    || choices
                        .iter()
                        .filter_map(|(_, choice)| kind(*choice))
                        .any(&is)
            }
            Some(own) => is(own),
            None => false,
        })
    }

    /// Whether a client may lack a scope, or a claim that the endpoint needs.
    fn may_be_forbidden(&self) -> bool {
        match &self.endpoint.access {
            Access::Public => false,
            Access::Scopes(scopes) => {
                !scopes.is_empty() || self.endpoint.claims || self.configuration.explain.is_some()
            }
        }
    }

    /// Whether a limit refuses requests for this endpoint with 429.
    fn can_be_too_often(&self) -> bool {
        let rates = [self.configuration.limits, self.endpoint.limits];
        let mut clients = self.configuration.clients.iter();
        rates.iter().flatten().any(|limits| limits.rate.is_some())
            || (self.endpoint.access != Access::Public
                && clients.any(|client| client.limits.is_some()))
    }

    /// A throttled call beside one that is not to be had counts as that.
    fn throttled(&self) -> Vec<u16> {
        match self.deciding.as_slice() {
            [] => Vec::new(),
            [_] => vec![429],
            [_, _, ..] => vec![429, 503],
        }
    }

    /// A write that was broken off, or is late.
    fn unknown(&self) -> Vec<u16> {
        if self.any(|call, _| call.effect == Effect::Write) {
            vec![502, 504]
        } else {
            Vec::new()
        }
    }

    /// Whether the answer is made of values that results may lack, or may grow too large.
    fn is_mapped(&self) -> bool {
        matches!(self.endpoint.answer, AnswerSettings::Mapped(_))
    }

    /// Whether making the answer may take longer than the budget.
    fn takes_time(&self) -> bool {
        matches!(
            &self.endpoint.answer,
            AnswerSettings::Mapped(answer) if matches!(answer.mapping.body, Body::Program(_))
        )
    }
}

fn is_checked(backend: &Backend) -> bool {
    let refuses = Dialect::FhirR4 {
        check: Check::Refuse,
    };
    backend.dialect == refuses
}

/// Whether a request is made of values that may not fit it.
fn needs_values(call: &Call) -> bool {
    let is_value = |part: &Part| matches!(part, Part::Value { .. });
    !call.waits_for.is_empty() || call.for_each.is_some() || call.path.parts.iter().any(is_value)
}

#[cfg(test)]
mod tests;
