//! How many requests are taken.

use std::num::NonZeroU32;
use std::time::Duration;

/// How many requests are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How often; `None`: as often as they come.
    pub rate: Option<RateLimit>,
    /// How many at once; `None`: any number.
    pub in_flight: Option<u32>,
}

/// How often requests are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// One every so often in the long run, 1 µs to 1000 s.
    pub every: Duration,
    /// So many in a moment, after a pause.
    pub burst: NonZeroU32,
}
