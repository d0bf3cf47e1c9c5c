//! The status of the whole answer, decided from how the calls ended and from nothing else.

use problem::{Code, Status};

use crate::Need;

mod quorum;

pub use quorum::Quorum;

/// What the decision needs to know of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It succeeded.
    Ok,
    /// A search stopped at a cap: never a failure, never complete.
    Incomplete,
    /// A search stopped by a fault: a failure of a required call.
    Broken(Code),
    /// The thing does not exist.
    Absent,
    /// It failed.
    Failed(Code),
    /// It was not made or was abandoned.
    Skipped,
    /// It was not made, since its condition does not hold: nothing is missing.
    Omitted,
    /// A write that may have been applied.
    Unknown {
        /// Nobody knows because the time ran out, and not because the connection broke.
        timed_out: bool,
    },
}

impl Ending {
    /// The code with which it fails an answer that requires it; `None` where it does not.
    #[must_use]
    pub fn code(self) -> Option<Code> {
        vote(self).map(|vote| vote.code)
    }
}

/// What the client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The aggregate.
    Answer {
        /// Whether every call's result is in it.
        complete: bool,
    },
    /// A problem document.
    Refuse {
        /// Its HTTP status.
        status: u16,
        /// Its code: that of the first call, in the plan's order, that counts for the status.
        code: Code,
    },
}

/// One failed required call, as it counts.
#[derive(Clone, Copy)]
struct Vote {
    class: Class,
    code: Code,
}

/// Classes of failure, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Defect,
    NotFound,
    BadGateway,
    Throttled,
    Unavailable,
    Timeout,
}

/// Decides over `calls`, in the plan's order. The result does not depend on which call ended first:
/// only required calls count for the status, and every one of them counts. When none of them has
/// failed and `quorum` is not reached, its calls count as required ones do, or, where they were only
/// skipped, all calls do.
///
/// A defect of ours is 500. Else 404 if one says that the thing does not exist, else 502; 429 if
/// every failed one was throttled (in mixed company a throttled one counts as 503), 503, 504, in
/// that order. `unknown` counts as 504 after a timeout, else as 502. `skipped` never decides.
#[must_use]
pub fn decide(calls: &[(Need, Ending)], quorum: Option<&Quorum>) -> Decision {
    let decision = by_need(calls);
    match quorum {
        Some(quorum) if matches!(decision, Decision::Answer { .. }) => {
            quorum.decide(calls, decision)
        }
        _ => decision,
    }
}

fn by_need(calls: &[(Need, Ending)]) -> Decision {
    let votes = || {
        calls
            .iter()
            .filter(|(need, _)| *need == Need::Required)
            .filter_map(|(_, ending)| vote(*ending))
    };
    let Some(strongest) = votes().map(|vote| vote.class).min() else {
        return unopposed(calls);
    };
    let all_throttled = votes().all(|vote| vote.class == Class::Throttled);
    let strongest = if strongest == Class::Throttled && !all_throttled {
        Class::Unavailable
    } else {
        strongest
    };
    let counts = |vote: &Vote| {
        vote.class == strongest
            || (strongest == Class::Unavailable && vote.class == Class::Throttled)
    };
    let code = votes()
        .find(counts)
        .map_or(Code::Internal, |vote| vote.code);
    let status = match strongest {
        Class::Defect => 500,
        Class::NotFound => 404,
        Class::BadGateway => 502,
        Class::Throttled => 429,
        Class::Unavailable => 503,
        Class::Timeout => 504,
    };
    Decision::Refuse { status, code }
}

/// No required call has failed: an answer, unless a required one was skipped (which only a plan
/// that breaks its invariants can bring about; fail closed).
fn unopposed(calls: &[(Need, Ending)]) -> Decision {
    if calls.contains(&(Need::Required, Ending::Skipped)) {
        return Decision::Refuse {
            status: 502,
            code: Code::Internal,
        };
    }
    let complete = calls.iter().all(|(_, ending)| match ending {
        Ending::Ok | Ending::Absent | Ending::Omitted => true,
        Ending::Incomplete
        | Ending::Broken(_)
        | Ending::Failed(_)
        | Ending::Skipped
        | Ending::Unknown { .. } => false,
    });
    Decision::Answer { complete }
}

fn vote(ending: Ending) -> Option<Vote> {
    let (class, code) = match ending {
        Ending::Ok | Ending::Incomplete | Ending::Skipped | Ending::Omitted => return None,
        Ending::Absent => (Class::NotFound, Code::NotFound),
        Ending::Broken(code) | Ending::Failed(code) => (class(code), code),
        Ending::Unknown { timed_out: true } => (Class::Timeout, Code::WriteUnknown),
        Ending::Unknown { timed_out: false } => (Class::BadGateway, Code::WriteUnknown),
    };
    Some(Vote { class, code })
}

/// The class of a failed call, from its code's own status. A client's fault (4xx) is found before
/// any call is made; a call that carries such a code all the same is a defect.
const fn class(code: Code) -> Class {
    match code.status() {
        Status::Fixed(404) => Class::NotFound,
        Status::Fixed(429) => Class::Throttled,
        Status::Fixed(502) | Status::None => Class::BadGateway,
        Status::Fixed(503) => Class::Unavailable,
        Status::Fixed(504) => Class::Timeout,
        Status::Fixed(_) => Class::Defect,
    }
}

#[cfg(test)]
mod tests;
