//! When a read that takes unusually long is asked a second time: the first answer is taken, and the
//! other request given up.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::HedgeSettings;
use super::budget::Budget;

/// Latest answers by which the percentile is told, and how many it takes.
const SAMPLES: usize = 256;
const ENOUGH: usize = 20;

pub(super) struct Hedges {
    settings: HedgeSettings,
    pub(super) budget: Budget,
    latest: Mutex<VecDeque<Duration>>,
}

impl Hedges {
    pub(super) fn new(settings: HedgeSettings) -> Self {
        Self {
            settings,
            budget: Budget::new(settings.at_most_percent.into(), 0),
            latest: Mutex::default(),
        }
    }

    /// A read begins: it pays for a part of a second request. Returns after which wait there may be
    /// one; `None`: not enough is known yet.
    pub(super) fn begin(&self) -> Option<Duration> {
        self.budget.deposit();
        let mut sorted: Vec<Duration> = {
            let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            if latest.len() < ENOUGH {
                return None;
            }
            latest.iter().copied().collect()
        };
        let place = sorted.len() * usize::from(self.settings.percentile) / 100;
        let place = place.min(sorted.len() - 1);
        let (_, usual, _) = sorted.select_nth_unstable(place);
        Some(self.settings.after.max(*usual))
    }

    /// A request was answered after `took`.
    pub(super) fn answered(&self, took: Duration) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() >= SAMPLES {
            latest.pop_front();
        }
        latest.push_back(took);
    }
}
