//! `server:` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Period;

/// The port of examples.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const DEFAULT_NAME: &str = "Manifold";
const DEFAULT_LAME_DUCK: Period = Period::seconds(5);
const DEFAULT_DRAIN: Period = Period::seconds(30);
const DEFAULT_HEAD_TIMEOUT: Period = Period::seconds(5);
const DEFAULT_BODY_TIMEOUT: Period = Period::seconds(10);

/// Listeners and limits of the process.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServerSettings {
    /// Where clients connect: an IP address and a port; port 0 takes a free one.
    #[schemars(example = "0.0.0.0:8080")]
    pub(crate) listen: String,
    /// Where operators connect, for metrics and readiness. Left out: no admin listener.
    #[schemars(example = "127.0.0.1:9090")]
    pub(crate) admin: Option<String>,
    /// Worker threads. Left out: as many as there are processors.
    #[schemars(range(min = 1, max = 1024))]
    pub(crate) workers: Option<usize>,
    /// After SIGTERM: how long `/readyz` says no while requests are still accepted. SIGINT (Ctrl-C)
    /// skips it.
    pub(crate) lame_duck: Period,
    /// After that: how long requests and writes in flight may take to end.
    pub(crate) drain: Period,
    /// How long a client may take to send a request's head; at least 1s.
    pub(crate) head_timeout: Period,
    /// How long a client may take to send a request's body.
    pub(crate) body_timeout: Period,
    /// The service's name in OpenAPI and in the Basic realm.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN.to_owned(),
            admin: None,
            workers: None,
            lame_duck: DEFAULT_LAME_DUCK,
            drain: DEFAULT_DRAIN,
            head_timeout: DEFAULT_HEAD_TIMEOUT,
            body_timeout: DEFAULT_BODY_TIMEOUT,
            name: DEFAULT_NAME.to_owned(),
        }
    }
}
