//! `limits:` as it is written, of the service, of a client and of an endpoint.

use schemars::JsonSchema;
use serde::Deserialize;

/// How many requests are taken. What is too much is refused at once, before its body is read: with 429
/// and `RateLimit` headers by the rate, and with 503 by the number at once, or 429 when it is the
/// client's own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSettings {
    /// How many requests a second are taken in the long run; below one, such as `0.1`, is one every so
    /// many seconds. Left out: any number.
    #[schemars(range(min = 0.001, max = 1_000_000.0), example = 50)]
    pub(crate) requests_per_second: Option<f64>,
    /// How many are taken in a moment, after a pause. Left out: as many as come in a second, at least
    /// one.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) burst: Option<u32>,
    /// How many may be under way, from the request's head to the last byte of its answer. Left out: any
    /// number.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) in_flight: Option<u32>,
}
