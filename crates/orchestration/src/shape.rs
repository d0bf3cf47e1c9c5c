//! The shape of the answer: a port, and the default one.

use std::time::Duration;

use http::header::CONTENT_DISPOSITION;
use http::{HeaderName, HeaderValue};
use json::{CheckedJson, Key, Splice};
use problem::{CallProblem, ParameterProblem};

use crate::{Ending, Endpoint, Inputs, Opaque, Plan, Report, Until};

/// Makes one document of a plan's results. Pure.
pub trait Shape: Send + Sync {
    /// The answer.
    ///
    /// # Errors
    /// Why there is none.
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped>;

    /// Values of the client's that do not fit their places in the answer: asked before any backend is.
    fn misfits(&self, _: &Endpoint, _: &Inputs) -> Vec<ParameterProblem> {
        Vec::new()
    }

    /// What of the endpoint's `budget` the calls leave for making it.
    fn reserve(&self, _budget: Duration) -> Duration {
        Duration::ZERO
    }

    /// Whether making it may take so long that it would hold up other requests: it is then made on a
    /// thread of its own, see [`crate::HeavyAnswers`]. [`View::problems`] is empty.
    fn is_heavy(&self, _: View<'_>) -> bool {
        false
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unshaped {
    /// Something is missing or does not fit.
    Unfit(Unfit),
    /// A part is missing, and the answer is whole or not given.
    Incomplete,
    /// [`View::until`] was over before it was made.
    Late,
}

/// What is missing or does not fit: no value of the data in either text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// For the client.
    pub detail: String,
    /// For the operator's log.
    pub note: String,
}

impl From<String> for Unfit {
    fn from(detail: String) -> Self {
        Self {
            note: detail.clone(),
            detail,
        }
    }
}

impl<T: Into<Unfit>> From<T> for Unshaped {
    fn from(unfit: T) -> Self {
        Self::Unfit(unfit.into())
    }
}

/// All that an answer may be made of.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// How each call ended, in the plan's order: status, body, kept headers, time.
    pub reports: &'a [Report],
    /// An entry for each call that makes the answer incomplete.
    pub problems: &'a [CallProblem],
    /// Parameters (in the order of [`Endpoint::parameters`]), the client's body and claims.
    pub inputs: &'a Inputs,
    /// Names of calls and parameters.
    pub endpoint: &'a Endpoint,
    /// How long to go on: what can take long asks now and then.
    pub until: &'a Until,
}

/// What a [`Shape`] makes.
#[derive(Debug)]
pub struct Shaped {
    /// The answer's body.
    pub body: Content,
    /// The answer's status; `None`: that of the endpoint's one write, or 200.
    pub status: Option<u16>,
    /// Headers to send on to the client.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Content {
    /// JSON.
    Json(CheckedJson),
    /// A file, passed on unread.
    Opaque(Opaque),
}

impl From<CheckedJson> for Shaped {
    /// JSON, and nothing else to say.
    fn from(body: CheckedJson) -> Self {
        Self {
            body: Content::Json(body),
            status: None,
            headers: Vec::new(),
        }
    }
}

impl View<'_> {
    /// The member of the call at `index`: what it brought, else its fallback where it should have
    /// brought something, else `null`.
    #[must_use]
    pub fn member(&self, index: usize) -> CheckedJson {
        let Some(report) = self.reports.get(index) else {
            return CheckedJson::null();
        };
        if let Some(success) = report.outcome.success() {
            return success.body.clone();
        }
        let call = self.endpoint.plan.calls.get(index);
        let fallback = call.and_then(|call| call.fallback.as_ref());
        match (report.outcome.ending(), fallback) {
            (Ending::Absent | Ending::Omitted, _) | (_, None) => CheckedJson::null(),
            (_, Some(fallback)) => fallback.clone(),
        }
    }
}

/// Bodies of fewer bytes than this are copied into one slice, as `json` has it; larger ones are shared.
const COPIED: usize = 4096;
/// Bytes for a member's name and the punctuation around it, on the large side.
const NAME: usize = 32;

/// The default: an object with a member per call, bodies byte for byte as they came, `null` where
/// there is none, and `problems` when there are any.
#[derive(Debug)]
pub struct Members {
    keys: Vec<Key>,
    problems: Key,
}

impl Members {
    /// The members of `plan`, in its order.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            keys: plan.calls.iter().map(|call| Key::new(&call.name)).collect(),
            problems: Key::new("problems"),
        }
    }
}

impl Shape for Members {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        let mut object = Splice::object();
        // One allocation for all that is copied.
        let copied = view
            .reports
            .iter()
            .filter_map(|report| report.outcome.success())
            .map(|success| success.body.len())
            .filter(|bytes| *bytes < COPIED);
        object.reserve(copied.map(|bytes| bytes + NAME).sum());
        for (index, key) in self.keys.iter().enumerate() {
            object.member_key(key, view.member(index));
        }
        if !view.problems.is_empty() {
            let problems = CheckedJson::serialize(view.problems)
                .map_err(|_| "the problems cannot be written".to_owned())?;
            object.member_key(&self.problems, problems);
        }
        Ok(object.finish().into())
    }
}

/// The answer of an endpoint that always says the same.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The body.
    pub body: CheckedJson,
    /// The status.
    pub status: u16,
}

impl Shape for Fixed {
    fn shape(&self, _: View<'_>) -> Result<Shaped, Unshaped> {
        Ok(Shaped {
            status: Some(self.status),
            ..self.body.clone().into()
        })
    }
}

/// The file that one call reads, passed on, or 204 where there is none; the other calls' results are
/// for requests only.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// The call, one that reads [`crate::Reading::Opaque`]: an index into [`Plan::calls`].
    pub call: usize,
}

impl Shape for File {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        let outcome = view.reports.get(self.call).map(|report| &report.outcome);
        let success = outcome.and_then(crate::Outcome::success);
        let Some((success, opaque)) =
            success.and_then(|success| Some((success, success.opaque()?)))
        else {
            // There is none, or the call was not to be made.
            return Ok(Shaped {
                body: Content::Opaque(Opaque::default()),
                status: Some(204),
                headers: Vec::new(),
            });
        };
        let name = CONTENT_DISPOSITION;
        let kept = success.header(&name).cloned();
        Ok(Shaped {
            body: Content::Opaque(opaque.clone()),
            status: None,
            headers: kept.map(|value| (name, value)).into_iter().collect(),
        })
    }
}
