//! `endpoints:` as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ByteSize, CallSettings, LimitsSettings, Period, ResponseSettings};

const DEFAULT_BUDGET: Period = Period::seconds(10);
const DEFAULT_MAX_BODY: ByteSize = ByteSize(1024 * 1024);

/// What a client may call: exactly one of `get`, `post`, `put`, `patch` and `delete`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointEntry {
    /// Answers GET on this route.
    #[schemars(example = "/patients/{id}/summary")]
    pub(crate) get: Option<String>,
    /// Answers POST on this route.
    #[schemars(example = "/orders")]
    pub(crate) post: Option<String>,
    /// Answers PUT on this route.
    pub(crate) put: Option<String>,
    /// Answers PATCH on this route.
    pub(crate) patch: Option<String>,
    /// Answers DELETE on this route.
    pub(crate) delete: Option<String>,
    /// Who may call: `public`, or the scopes a client needs. There is no default.
    #[schemars(required)]
    pub(crate) access: Option<AccessSettings>,
    /// One line for the OpenAPI document.
    pub(crate) summary: Option<String>,
    /// Paragraphs for the OpenAPI document (`CommonMark`).
    pub(crate) description: Option<String>,
    /// Groups in the OpenAPI document.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Whose data this is: one parameter, such as `{id}`. Checked and documented; nothing acts on it
    /// yet.
    #[schemars(example = "{id}")]
    pub(crate) patient: Option<String>,
    /// Time for the whole answer.
    #[serde(default = "default_budget")]
    pub(crate) budget: Period,
    /// What this endpoint takes, of all clients together. Left out: everything.
    pub(crate) limits: Option<LimitsSettings>,
    /// `Cache-Control` of complete answers to GET, which then carry an `ETag`: a client that has the
    /// answer already is told so with 304. Left out: `no-store`, and no tag.
    #[schemars(example = "private, max-age=60")]
    pub(crate) cache_control: Option<String>,
    /// What the client may send besides the body.
    #[serde(default)]
    pub(crate) parameters: DeclaredParameters,
    /// The body that the client sends. Left out: none is read.
    pub(crate) body: Option<DeclaredBody>,
    /// The requests to backends, by name; each name is a member of the answer.
    #[serde(default)]
    pub(crate) calls: IndexMap<String, CallSettings>,
    /// Of some optional calls, how many must succeed.
    pub(crate) quorum: Option<QuorumSettings>,
    /// How the answer is made of the calls' results. Left out: an object with a member per call.
    pub(crate) response: Option<ResponseSettings>,
    /// Where the client finds what the endpoint's one write has created: a path of this service, sent
    /// as `Location` with a 201. Left out: no `Location` is sent, and a backend's own never is.
    #[schemars(example = "/orders/{calls.order.id}")]
    pub(crate) location: Option<String>,
    /// The JSON that an endpoint without calls always answers with.
    pub(crate) answer: Option<Value>,
    /// The status of `answer`.
    #[schemars(range(min = 200, max = 599), extend("default" = 200, "not" = super::response::without_body()))]
    pub(crate) status: Option<u16>,
}

/// Of some optional calls, how many must succeed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuorumSettings {
    /// Names of calls; naming them here makes them optional.
    #[schemars(length(min = 1), example = ["north", "south", "east"])]
    pub(crate) of: Vec<String>,
    /// How many of them must bring a result; where fewer are made, since the condition of others does not
    /// hold, all of those. What does not exist is no result.
    #[schemars(range(min = 1))]
    pub(crate) at_least: u32,
}

fn default_budget() -> Period {
    DEFAULT_BUDGET
}

/// Who may use something: `public`, or `{ scopes: [..] }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(crate) enum AccessSettings {
    /// Everybody, without credentials.
    Public(PublicAccess),
    /// Clients that have all these scopes.
    Scoped(ScopedAccess),
}

/// Everybody, without credentials.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum PublicAccess {
    Public,
}

/// Clients that have all the scopes; with an empty list, every known client.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ScopedAccess {
    /// All that a client needs; empty: any known client.
    #[schemars(example = ["patients.read"])]
    pub(crate) scopes: Vec<String>,
}

/// Parameters by where they stand in the request.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DeclaredParameters {
    /// Parameters of the route, to narrow or describe them: they exist by standing in the route.
    pub(crate) path: IndexMap<String, DeclaredParameter>,
    /// Parameters of the query.
    pub(crate) query: IndexMap<String, DeclaredParameter>,
    /// Headers.
    pub(crate) header: IndexMap<String, DeclaredParameter>,
}

/// A parameter.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DeclaredParameter {
    /// JSON Schema 2020-12 of the value, a scalar. Left out: a string.
    #[schemars(example = serde_json::json!({"type": "integer", "minimum": 1}))]
    pub(crate) schema: Option<Value>,
    /// Whether a request without it is refused. A parameter of the route always is required.
    pub(crate) required: Option<bool>,
    /// Used when the client leaves it out.
    pub(crate) default: Option<Value>,
    /// For the OpenAPI document.
    pub(crate) description: Option<String>,
    /// For the OpenAPI document and Try it out.
    pub(crate) example: Option<Value>,
}

/// The body that the client sends: JSON, or bytes that are passed on unread.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclaredBody {
    /// JSON Schema 2020-12 of the body. Left out: any JSON.
    pub(crate) schema: Option<Value>,
    /// Media types of a body that is passed on unread (`body: client` in a call), such as `image/*`.
    /// Left out: the body is JSON.
    #[serde(default)]
    #[schemars(example = ["application/pdf"])]
    pub(crate) media_types: Vec<String>,
    /// Whether a request without it is refused.
    #[serde(default = "default_required")]
    pub(crate) required: bool,
    /// Largest body.
    #[serde(default = "default_max_body")]
    pub(crate) max: ByteSize,
    /// For the OpenAPI document and Try it out.
    pub(crate) example: Option<Value>,
}

fn default_required() -> bool {
    true
}

fn default_max_body() -> ByteSize {
    DEFAULT_MAX_BODY
}
