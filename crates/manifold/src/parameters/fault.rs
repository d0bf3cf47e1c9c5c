//! One fault of a request, in words that name the place and the rule.
//!
//! Must not know values: no function here is given one.

use problem::ParameterProblem;

/// Characters of a name that the client made up which are repeated to it.
const MOST_OF_A_NAME: usize = 64;

/// A fault at a place.
pub(super) fn fault(
    place: &'static str,
    name: &str,
    detail: impl Into<String>,
) -> ParameterProblem {
    ParameterProblem {
        place,
        name: name.to_owned(),
        detail: detail.into(),
    }
}

/// The beginning of a name that the client made up, without control characters.
pub(super) fn shortened(name: &str) -> String {
    name.chars()
        .filter(|character| !character.is_control())
        .take(MOST_OF_A_NAME)
        .collect()
}
