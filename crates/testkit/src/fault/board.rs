//! Which fault is on for which request. Knows names and paths, not what a fault does.

use std::time::Duration;

use crate::fault::Fault;

/// A fault for some requests only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// What goes wrong.
    pub fault: Fault,
    /// Only requests whose raw path begins with this; every path when absent.
    pub path_prefix: Option<String>,
    /// How many fitting requests are answered properly first.
    pub after: usize,
    /// How many requests are spoilt before the rule is used up; without end when absent.
    pub times: Option<usize>,
}

impl FaultRule {
    /// Returns a rule for every request, without end.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            path_prefix: None,
            after: 0,
            times: None,
        }
    }

    /// Narrows the rule to raw paths that begin with this.
    #[must_use]
    pub fn under(mut self, path_prefix: &str) -> Self {
        self.path_prefix = Some(path_prefix.to_owned());
        self
    }

    /// Lets this many fitting requests pass first.
    #[must_use]
    pub fn after(mut self, requests: usize) -> Self {
        self.after = requests;
        self
    }

    /// Ends the rule after it has spoilt this many requests.
    #[must_use]
    pub fn times(mut self, requests: usize) -> Self {
        self.times = Some(requests);
        self
    }

    fn fits(&self, path: &str) -> bool {
        self.times != Some(0)
            && self
                .path_prefix
                .as_deref()
                .is_none_or(|prefix| path.starts_with(prefix))
    }

    /// Counts one fitting request, and tells whether it is to be spoilt.
    fn spoils(&mut self) -> bool {
        if let Some(after) = self.after.checked_sub(1) {
            self.after = after;
            return false;
        }
        self.times = self.times.map(|times| times.saturating_sub(1));
        true
    }
}

/// How slow, how large, how far away: tests shrink what the demo shows at full size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultSettings {
    /// Delay of `slow`; 10 s.
    pub slow: Duration,
    /// Time between two bytes of `drip`; 200 ms.
    pub drip: Duration,
    /// Size of `oversized`; 64 MiB.
    pub oversized_mebibytes: usize,
    /// Decoded size of `gzip-bomb`; 512 MiB.
    pub gzip_bomb_mebibytes: usize,
    /// Where `redirect` points: `https://login.example/login`.
    pub login_url: String,
}

impl Default for FaultSettings {
    fn default() -> Self {
        Self {
            slow: Duration::from_secs(10),
            drip: Duration::from_millis(200),
            oversized_mebibytes: 64,
            gzip_bomb_mebibytes: 512,
            login_url: "https://login.example/login".to_owned(),
        }
    }
}

/// The rules of one server.
#[derive(Debug, Default)]
pub(crate) struct FaultBoard {
    general: Option<Fault>,
    rules: Vec<FaultRule>,
    pub(crate) settings: FaultSettings,
}

impl FaultBoard {
    /// Puts a fault on everything in place of all rules, or takes them all away.
    pub(crate) fn replace(&mut self, fault: Option<Fault>) {
        self.rules.clear();
        self.general = fault;
    }

    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    pub(crate) fn general(&self) -> Option<Fault> {
        self.general
    }

    /// Returns the fault for a request to this path and counts it: the fault on everything, else
    /// that of the oldest rule that fits.
    pub(crate) fn take(&mut self, path: &str) -> (Option<Fault>, FaultSettings) {
        let rule = self.rules.iter_mut().find(|rule| rule.fits(path));
        let ruled = rule.and_then(|rule| rule.spoils().then_some(rule.fault));
        (self.general.or(ruled), self.settings.clone())
    }
}
