//! `response:` of an endpoint as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ByteSize, Text};

const DEFAULT_MAX_INPUT: ByteSize = ByteSize(1024 * 1024);
const DEFAULT_MAX_OUTPUT: ByteSize = ByteSize(16 * 1024 * 1024);

/// How the answer is made of the calls' results: by at most one of `jq`, `select` and `root`, or by
/// members, some of them left out, renamed or merged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseSettings {
    /// A jq program that yields the answer. Its input has what templates name: `.calls.name`,
    /// `.status.name`, `.response_headers.name["etag"]`, `.path.id`, `.query.x`, `.header.x`, `.body`
    /// and `.claims`; and `.problems` and `.complete`. What is not there is `null`, as always in jq.
    #[schemars(example = "{name: .calls.patient.name[0].family}")]
    pub(crate) jq: Option<String>,
    /// JSON with places, whose values keep their bytes. A path that leads nowhere in a result is a
    /// `mapping` problem, unless the place says `{….x?}` (then `null`) or `{….x // 0}` (then `0`).
    #[schemars(example = serde_json::json!({"city": "{calls.weather.name}"}))]
    pub(crate) select: Option<Value>,
    /// The name of a call: its body is the answer.
    pub(crate) root: Option<String>,
    /// Names of calls whose results are for other calls only.
    #[serde(default)]
    #[schemars(example = ["internal"])]
    pub(crate) drop: Vec<String>,
    /// The answer's members by their calls' names.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"patient": "person"}))]
    pub(crate) rename: IndexMap<String, String>,
    /// Makes one of several results.
    pub(crate) merge: Option<MergeSettings>,
    /// What becomes of an answer in which a part is missing. Left out: an object gets `problems`, and
    /// what cannot hold them is refused.
    pub(crate) partial: Option<PartialSettings>,
    /// The status of an answer. Left out: 200, or 201 and 202 as the endpoint's one write had it.
    #[schemars(range(min = 200, max = 599), extend("not" = without_body()))]
    pub(crate) status: Option<u16>,
    /// The name of a call whose status is the answer's. One that has no body (204, 205) or tells of a part
    /// (206) is not passed on: the answer has the status that it would have without this.
    pub(crate) status_from: Option<String>,
    /// Headers of the answer. One whose value is not there is left out.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"ETag": "{response_headers.patient.etag}"}))]
    pub(crate) headers: IndexMap<String, Text>,
    /// Most bytes of results that the `jq` program is given.
    #[serde(default = "default_max_input")]
    pub(crate) max_input: ByteSize,
    /// Largest answer.
    #[serde(default = "default_max_output")]
    pub(crate) max_output: ByteSize,
    /// JSON Schema 2020-12 of the answer, for the OpenAPI document.
    pub(crate) schema: Option<Value>,
}

/// Makes one of several results, in the order of `of`. A result that is not there adds nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeSettings {
    /// What happens to members of the same name.
    pub(crate) policy: PolicySettings,
    /// Names of calls, in order. Left out: all.
    pub(crate) of: Option<Vec<String>>,
    /// The member that holds it. Left out: it is the answer, together with the other members.
    #[serde(rename = "as")]
    pub(crate) name: Option<String>,
}

/// How results are merged. `namespace`: not at all, each is a member with its call's name. `first`:
/// members of objects; of those with the same name, the first. `error`: members of objects; the same
/// name twice is a `mapping` problem. `concat`: elements of arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PolicySettings {
    Namespace,
    First,
    Error,
    Concat,
}

/// What becomes of an answer in which a part is missing. `refuse`: a problem is the answer. `header`:
/// it is sent, and `Manifold-Complete: false` alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartialSettings {
    Refuse,
    Header,
}

fn default_max_input() -> ByteSize {
    DEFAULT_MAX_INPUT
}

fn default_max_output() -> ByteSize {
    DEFAULT_MAX_OUTPUT
}

/// Statuses whose answers are no whole body of ours; refused in words of their own when an answer is
/// compiled.
pub(super) fn without_body() -> serde_json::Value {
    serde_json::json!({ "anyOf": [{ "enum": [204, 205, 206] }, { "minimum": 300, "maximum": 399 }] })
}
