//! What an answer, or the want of one, says of a backend, and what mends it. Pure.

use std::time::Duration;

use bytes::Bytes;
use network::ConnectionFault;
use orchestration::{Failure, Outcome};
use problem::Code;

use super::super::capability::Capability;
use super::super::connection;
use super::super::report::Diagnosis;

/// How one call to a backend ended.
pub(super) struct Asked {
    pub(super) outcome: Outcome,
    /// Why its latest request that found no connection found none.
    pub(super) unconnected: Option<ConnectionFault>,
    pub(super) took: Duration,
}

impl Asked {
    pub(super) fn body(&self) -> Option<Bytes> {
        match &self.outcome {
            Outcome::Ok(success) => Some(success.body.bytes()),
            _ => None,
        }
    }

    fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Failed(failure) | Outcome::Unknown(failure) => Some(failure),
            _ => None,
        }
    }

    /// Why there was no connection, where that is what it ended with.
    pub(super) fn connection_fault(&self) -> Option<ConnectionFault> {
        match self.failure()?.code {
            Code::UpstreamConnect | Code::UpstreamTls => self.unconnected,
            _ => None,
        }
    }
}

/// A REST backend says nothing of itself: any answer shows that it is there.
pub(super) fn reachable(asked: &Asked, credential: Option<&str>) -> Diagnosis {
    let Some(failure) = asked.failure() else {
        return Diagnosis::fine(match &asked.outcome {
            Outcome::Ok(success) => format!("reachable, answers {}", success.status),
            _ => "reachable".to_owned(),
        });
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
        _ => unusable(asked, failure, credential),
    }
}

/// A FHIR server says what it is.
pub(super) fn conformance(asked: &Asked, credential: Option<&str>) -> Diagnosis {
    if let Some(capability) = asked.body().and_then(|body| Capability::read(&body)) {
        return capability.diagnose();
    }
    match asked.failure() {
        Some(failure)
            if failure.code != Code::UpstreamStatus
                || failure.status.is_some_and(|status| status >= 500) =>
        {
            unusable(asked, failure, credential)
        }
        failure => {
            let status = failure.and_then(|failure| failure.status);
            let status = status.map(|status| format!(" ({status})"));
            Diagnosis::wrong(
                format!(
                    "no CapabilityStatement at /metadata{}",
                    status.unwrap_or_default()
                ),
                "check `url`: it names the FHIR base, for example https://ehr.example/fhir",
            )
        }
    }
}

/// A backend that there is no connection to.
pub(super) fn unconnected(fault: ConnectionFault) -> Diagnosis {
    Diagnosis::wrong(fault.to_string(), connection::mend(fault, "`url`"))
}

fn unusable(asked: &Asked, failure: &Failure, credential: Option<&str>) -> Diagnosis {
    if let Some(fault) = asked.connection_fault() {
        return unconnected(fault);
    }
    let credential = match credential {
        Some(name) => format!("`{name}`"),
        None => "(it has none)".to_owned(),
    };
    let mend = match failure.code {
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
