//! A plan: the calls of one request and what each waits for, as plain data.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Method};
use json::CheckedJson;

use crate::{BodyTemplate, Quorum, Shape, Template};

mod condition;
mod expect;

pub use condition::{Condition, ForEach, Test};
pub use expect::{Caching, Expect, Reading, Resource};

/// What a client may call, compiled: everything that does not change between two requests.
pub struct Endpoint {
    /// The route as configured, such as `GET /patients/{id}/summary`: a label, free of data.
    pub label: Arc<str>,
    /// The declared parameters; [`crate::Source::Parameter`] is an index into this list.
    pub parameters: Vec<ParameterName>,
    /// What to ask, and when.
    pub plan: Arc<Plan>,
    /// Anybody may call it: what backends say of their errors in their own words is left out.
    pub public: bool,
    /// Whether anything of it needs [`crate::Inputs::claims`].
    pub claims: bool,
    /// Where the client finds what the endpoint's one write has created: a path of ours, sent as
    /// `Location` with a 201 whose results hold what it needs.
    pub location: Option<Template>,
    /// How the results become one answer.
    pub shape: Arc<dyn Shape>,
}

impl Endpoint {
    /// Time for the calls: the budget, but for what making the answer may need.
    #[must_use]
    pub fn calls_budget(&self) -> Duration {
        let budget = self.plan.budget;
        budget.saturating_sub(self.shape.reserve(budget))
    }
}

/// Where a parameter stands in the client's request, for error messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterName {
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// The name the client knows.
    pub name: String,
}

/// The calls of one request.
///
/// Invariants, checked by whoever builds it (configuration does at load): call names are unique and
/// none is `problems`; `waits_for` and `considers` hold indices of other calls, without a cycle; a
/// required call waits for required calls only; a call of the quorum is optional.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order of the answer's members.
    pub calls: Vec<Call>,
    /// Time for the whole plan; nothing the client waits for outlives it.
    pub budget: Duration,
    /// How many of some optional calls must succeed.
    pub quorum: Option<Quorum>,
}

/// One request to one backend (paging stays inside the one call).
#[derive(Debug)]
pub struct Call {
    /// The answer's member.
    pub name: Arc<str>,
    /// Whom to ask.
    pub backend: BackendRef,
    /// Whether the answer makes sense without it.
    pub need: Need,
    /// Whether it may change something at the backend.
    pub effect: Effect,
    /// What its answer must be and how it is read.
    pub expect: Arc<Expect>,
    /// How long the answer waits for this call, within the budget.
    pub timeout: Duration,
    /// How long a write goes on after nobody waits for it any more: the backend's own timeout.
    pub write_timeout: Duration,
    /// The HTTP method.
    pub method: Method,
    /// The path below the backend's URL, beginning with `/`, percent-encoded when rendered.
    pub path: Template,
    /// Query pairs in order; names and rendered values are percent-encoded.
    pub query: Vec<(String, Template)>,
    /// Headers besides the backend's own.
    pub headers: Vec<(HeaderName, Template)>,
    /// The body.
    pub body: Option<BodyTemplate>,
    /// What must hold for it to be made; all of it.
    pub when: Vec<Condition>,
    /// The list of which it is made for each element.
    pub for_each: Option<ForEach>,
    /// What the answer's member holds when the call did not succeed.
    pub fallback: Option<CheckedJson>,
    /// Calls whose results this one needs: indices into [`Plan::calls`].
    pub waits_for: Vec<usize>,
    /// Calls that only its conditions look at: what does not exist there makes no difference.
    pub considers: Vec<usize>,
}

/// A backend, by its place in the revision and its alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendRef {
    /// Index into the revision's backends.
    pub index: usize,
    /// The configured name: shown to clients, in metrics, in logs.
    pub alias: Arc<str>,
}

/// Whether the answer makes sense without a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Need {
    /// Its failure fails the whole answer.
    #[default]
    Required,
    /// Its failure leaves `null` and an entry in `problems`.
    Optional,
}

impl Need {
    /// As clients and configuration spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}

/// Whether a call may change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It may be cancelled and repeated.
    Read,
    /// It is never cancelled and never repeated once it may have been applied.
    Write,
}
