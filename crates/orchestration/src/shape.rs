//! The shape of the answer: a port, and the default one.

use json::{CheckedJson, Key, Splice};
use problem::CallProblem;

use crate::{Plan, Report};

/// Makes one JSON document of a plan's results. Pure.
pub trait Shape: Send + Sync {
    /// The answer's body. `problems` holds an entry for each call that makes the answer incomplete.
    ///
    /// # Errors
    /// What is missing or does not fit, safe to show.
    fn shape(&self, reports: &[Report], problems: &[CallProblem]) -> Result<CheckedJson, String>;
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
    fn shape(&self, reports: &[Report], problems: &[CallProblem]) -> Result<CheckedJson, String> {
        let mut object = Splice::object();
        // One allocation for all that is copied.
        let copied = reports
            .iter()
            .filter_map(|report| report.outcome.success())
            .map(|success| success.body.len())
            .filter(|bytes| *bytes < COPIED);
        object.reserve(copied.map(|bytes| bytes + NAME).sum());
        for (key, report) in self.keys.iter().zip(reports) {
            let body = report
                .outcome
                .success()
                .map_or_else(CheckedJson::null, |success| success.body.clone());
            object.member_key(key, body);
        }
        if !problems.is_empty() {
            let problems = CheckedJson::serialize(problems)
                .map_err(|_| "the problems cannot be written".to_owned())?;
            object.member_key(&self.problems, problems);
        }
        Ok(object.finish())
    }
}
