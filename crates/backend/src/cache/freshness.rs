//! For how long an answer may be kept: what the call says, and less where its backend says so
//! (RFC 9111 §5.2.2). A search is as fresh as the least fresh of its pages.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL, VARY};
use orchestration::Caching;

pub(crate) struct Freshness {
    shared: bool,
    milliseconds: AtomicU64,
}

impl Freshness {
    pub(super) fn new(caching: Caching) -> Self {
        let milliseconds = u64::try_from(caching.ttl.as_millis()).unwrap_or(u64::MAX);
        Self {
            shared: caching.shared,
            milliseconds: AtomicU64::new(milliseconds),
        }
    }

    /// Takes the headers of one answer into account.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        if let Some(seconds) = self.most(headers) {
            let most = seconds.saturating_mul(1000);
            self.milliseconds.fetch_min(most, Ordering::Relaxed);
        }
    }

    /// How long the answer is fresh; `None`: it is not to be kept.
    pub(super) fn fresh_for(&self) -> Option<Duration> {
        let milliseconds = self.milliseconds.load(Ordering::Relaxed);
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    }

    /// Most seconds that the backend allows; `None`: it does not say.
    fn most(&self, headers: &HeaderMap) -> Option<u64> {
        let texts = |name| {
            let values = headers.get_all(name).iter();
            let texts = values.filter_map(|value| value.to_str().ok());
            texts.flat_map(|text| text.split(',')).map(str::trim)
        };
        if texts(VARY).any(|name| name == "*") {
            return Some(0);
        }
        let (mut max_age, mut shared_max_age) = (None, None);
        for directive in texts(CACHE_CONTROL) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = || value.trim_matches('"').parse::<u64>().unwrap_or(0);
            match name.to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => return Some(0),
                "private" if self.shared => return Some(0),
                "max-age" => max_age = Some(seconds()),
                "s-maxage" if self.shared => shared_max_age = Some(seconds()),
                _ => {}
            }
        }
        let age = texts(AGE).find_map(|age| age.parse().ok()).unwrap_or(0);
        let most = shared_max_age.or(max_age)?;
        Some(most.saturating_sub(age))
    }
}
