//! "Two of these three": some optional calls of which enough must succeed.

use problem::Code;

use super::{Decision, Ending, by_need};
use crate::Need;

/// How many of some optional calls must succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// Indices into [`crate::Plan::calls`]; all of these calls are optional.
    pub of: Vec<usize>,
    /// How many of them must succeed, of those that are made; at least 1, at most all.
    pub at_least: usize,
}

impl Quorum {
    /// How many must succeed of how many: a call that is not to be made is missing here as little as
    /// anywhere, so that more than the others cannot be asked for.
    #[must_use]
    pub fn asked(&self, calls: &[(Need, Ending)]) -> (usize, usize) {
        let made = self.count(calls, |ending| ending != Ending::Omitted);
        (self.at_least.min(made), made)
    }

    /// Whether enough of its calls brought something. What does not exist is not a result.
    #[must_use]
    pub fn is_reached(&self, calls: &[(Need, Ending)]) -> bool {
        let brought = self.count(calls, |ending| {
            matches!(ending, Ending::Ok | Ending::Incomplete)
        });
        brought >= self.asked(calls).0
    }

    fn count(&self, calls: &[(Need, Ending)], counts: impl Fn(Ending) -> bool) -> usize {
        let endings = self.of.iter().filter_map(|index| calls.get(*index));
        endings.filter(|(_, ending)| counts(*ending)).count()
    }

    /// The decision where `by_need` is that of the required calls, of which none has failed.
    pub(super) fn decide(&self, calls: &[(Need, Ending)], by_need: Decision) -> Decision {
        if self.is_reached(calls) {
            return by_need;
        }
        let raised = |counts: &dyn Fn(usize) -> bool| {
            let raised = calls.iter().enumerate().map(|(index, (need, ending))| {
                let counts = counts(index) && *ending != Ending::Skipped;
                (if counts { Need::Required } else { *need }, *ending)
            });
            self::by_need(&raised.collect::<Vec<_>>())
        };
        // Where none of its calls has failed they wait for one that has.
        [raised(&|index| self.of.contains(&index)), raised(&|_| true)]
            .into_iter()
            .find(|decision| matches!(decision, Decision::Refuse { .. }))
            // Which only a plan that breaks its invariants can bring about.
            .unwrap_or(Decision::Refuse {
                status: 502,
                code: Code::Internal,
            })
    }
}
