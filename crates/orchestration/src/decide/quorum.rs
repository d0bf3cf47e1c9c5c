//! "Two of these three": some optional calls of which enough must succeed.

use problem::Code;

use super::{Decision, Ending, by_need};
use crate::Need;

/// How many of some optional calls must succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// Indices into [`crate::Plan::calls`]; all of these calls are optional.
    pub of: Vec<usize>,
    /// How many of them must succeed; at least 1, at most all.
    pub at_least: usize,
}

impl Quorum {
    /// Whether enough of its calls brought something. What does not exist is not a result, and
    /// neither is a call whose condition did not hold.
    #[must_use]
    pub fn is_reached(&self, calls: &[(Need, Ending)]) -> bool {
        let brought = self.of.iter().filter(|index| {
            matches!(
                calls.get(**index),
                Some((_, Ending::Ok | Ending::Incomplete))
            )
        });
        brought.count() >= self.at_least
    }

    /// The decision where `by_need` is that of the required calls, of which none has failed.
    pub(super) fn decide(&self, calls: &[(Need, Ending)], by_need: Decision) -> Decision {
        if self.is_reached(calls) {
            return by_need;
        }
        let raised: Vec<(Need, Ending)> = calls
            .iter()
            .enumerate()
            .map(|(index, (need, ending))| {
                let counts = self.of.contains(&index);
                (if counts { Need::Required } else { *need }, *ending)
            })
            .collect();
        match self::by_need(&raised) {
            // Too many were not made for the quorum ever to be reached.
            Decision::Answer { .. } => Decision::Refuse {
                status: 502,
                code: Code::Skipped,
            },
            refused @ Decision::Refuse { .. } => refused,
        }
    }
}
