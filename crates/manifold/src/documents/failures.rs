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

use super::explained;

/// A code with which a request for an endpoint can fail.
#[derive(Clone, Copy)]
pub(super) struct Failure<'a> {
    pub(super) code: Code,
    /// The first call that can bring it about; `None` where the request itself or the making of its
    /// answer does.
    pub(super) call: Option<&'a Call>,
}

/// Per status the failures, in the registry's order.
pub(super) fn of<'a>(
    endpoint: &'a EndpointSettings,
    configuration: &'a Configuration,
) -> BTreeMap<u16, Vec<Failure<'a>>> {
    let asked = Asked::new(endpoint, configuration);
    let mut found: BTreeMap<u16, Vec<Failure<'a>>> = BTreeMap::new();
    for failure in Code::ALL.iter().filter_map(|code| asked.failure(*code)) {
        for status in asked.statuses(failure.code) {
            found.entry(status).or_default().push(failure);
        }
    }
    found
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

    /// How a request can come to `code`; a code of the registry that is not told of here does not
    /// compile.
    fn failure(&self, code: Code) -> Option<Failure<'a>> {
        let itself = |occurs: bool| occurs.then_some(Failure { code, call: None });
        let by = |call: Option<&'a Call>| {
            let call = Some(call?);
            Some(Failure { code, call })
        };
        match code {
            // A body or a parameter that the endpoint does not have is not valid.
            Code::InvalidParameter
            | Code::InvalidBody
            | Code::NotAcceptable
            | Code::Overloaded
            | Code::Internal => itself(true),
            Code::Unauthenticated => itself(self.may_say_who_it_is()),
            Code::Forbidden => itself(self.may_be_forbidden()),
            Code::RateLimited => itself(self.can_be_too_often()),
            Code::PayloadTooLarge | Code::UnsupportedMediaType => {
                itself(self.endpoint.body.is_some())
            }
            Code::UpstreamConnect
            | Code::UpstreamReset
            | Code::UpstreamStatus
            | Code::UpstreamRedirect
            | Code::UpstreamLoginPage
            | Code::UpstreamUnreadable
            | Code::UpstreamTooLarge
            | Code::UpstreamRefused
            | Code::UpstreamThrottled => by(self.first(|_, _| true)),
            Code::UpstreamTls => by(self.first(|_, backend| backend.url.scheme() == "https")),
            Code::UpstreamCheck => by(self.first(|_, backend| is_checked(backend))),
            Code::UpstreamAuthConfig => by(self.first_with(|kind| {
                // There is none for any other client.
                matches!(
                    kind,
                    CredentialKind::OAuth2(_) | CredentialKind::ByClient(_)
                )
            })),
            Code::UpstreamAuthUnavailable => {
                by(self.first_with(|kind| matches!(kind, CredentialKind::OAuth2(_))))
            }
            Code::BreakerOpen => by(self.first(|_, backend| backend.resilience.breaker.is_some())),
            Code::NotFound => by(self.first(|call, _| !call.expect.absent.is_empty())),
            Code::Mapping => {
                by(self.first(|call, _| needs_values(call))).or_else(|| itself(self.is_mapped()))
            }
            Code::Deadline => by(self.first(|_, _| true)).or_else(|| itself(self.takes_time())),
            // One that was broken off, or is late.
            Code::WriteUnknown => by(self.first(|call, _| call.effect == Effect::Write)),
            // They belong to no endpoint, or decide nothing.
            Code::NoSuchEndpoint
            | Code::MethodNotAllowed
            | Code::SearchIncomplete
            | Code::Skipped => None,
        }
    }

    /// With which statuses a request can fail that comes to `code`.
    fn statuses(&self, code: Code) -> Vec<u16> {
        match (code, code.status()) {
            // Beside a call that is not to be had it counts as that.
            (Code::UpstreamThrottled, _) if self.deciding.len() > 1 => vec![429, 503],
            (Code::WriteUnknown, _) => vec![502, 504],
            (_, Status::Fixed(status)) => vec![status],
            (_, Status::None) => Vec::new(),
        }
    }

    fn first(&self, is: impl Fn(&Call, &Backend) -> bool) -> Option<&'a Call> {
        let mut deciding = self.deciding.iter();
        let (call, _) = deciding.find(|(call, backend)| is(call, backend))?;
        Some(call)
    }

    /// The first call that authenticates with a credential of such a kind, or with one for some clients.
    fn first_with(&self, is: impl Fn(&CredentialKind) -> bool) -> Option<&'a Call> {
        let kind = |index: usize| {
            self.configuration
                .credentials
                .get(index)
                .map(|own| &own.kind)
        };
        self.first(|_, backend| match backend.credential.and_then(kind) {
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

    /// Whether a client's credentials are looked at.
    fn may_say_who_it_is(&self) -> bool {
        self.endpoint.access != Access::Public || explained::is_offered(self.configuration)
    }

    /// Whether a client may lack a scope, or a claim that the endpoint needs.
    fn may_be_forbidden(&self) -> bool {
        match &self.endpoint.access {
            Access::Public => explained::is_offered(self.configuration),
            Access::Scopes(scopes) => {
                !scopes.is_empty()
                    || self.endpoint.claims
                    || explained::is_offered(self.configuration)
            }
        }
    }

    /// Whether a limit refuses requests for this endpoint with 429.
    fn can_be_too_often(&self) -> bool {
        let rates = [self.configuration.limits, self.endpoint.limits];
        let mut clients = self.configuration.clients.iter();
        rates.iter().flatten().any(|limits| limits.rate.is_some())
            || (self.may_say_who_it_is() && clients.any(|client| client.limits.is_some()))
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
