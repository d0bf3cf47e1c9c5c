//! `explain:` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

/// Who may see how an answer came about: `Server-Timing` with each call, and with `?explain=true` the
/// plan, how each call ended and the state of its token. Neither has data of a patient in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainSettings {
    /// What a client needs besides the endpoint's own scopes; at least one.
    #[schemars(length(min = 1), example = ["explain"])]
    pub(crate) scopes: Vec<String>,
}
