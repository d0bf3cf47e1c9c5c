//! When a read that takes unusually long is asked a second time: the first answer is taken, and the
//! other request given up.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::HedgeSettings;
use super::budget::Budget;

/// Latest answers by which the percentile is told, and how many it takes.
const SAMPLES: usize = 256;
const ENOUGH: usize = 20;

pub(super) struct Hedges {
    settings: HedgeSettings,
    pub(super) budget: Budget,
    latest: Mutex<Latest>,
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
        let usual = self.latest().at(self.settings.percentile)?;
        Some(self.settings.after.max(usual))
    }

    /// A request was answered after `took`.
    pub(super) fn answered(&self, took: Duration) {
        self.latest().push(took);
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the latest answers took. Kept in order, so that no read has to sort them.
#[derive(Default)]
struct Latest {
    /// As they came, in microseconds: an hour is longer than anybody waits.
    as_they_came: VecDeque<u32>,
    sorted: Vec<u32>,
}

impl Latest {
    fn push(&mut self, took: Duration) {
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        if self.as_they_came.len() >= SAMPLES
            && let Some(oldest) = self.as_they_came.pop_front()
            && let Ok(place) = self.sorted.binary_search(&oldest)
        {
            self.sorted.remove(place);
        }
        self.as_they_came.push_back(took);
        let place = self.sorted.partition_point(|shorter| *shorter < took);
        self.sorted.insert(place, took);
    }

    /// What so many percent of them took at most; `None`: they are too few.
    fn at(&self, percentile: u8) -> Option<Duration> {
        let answers = self.sorted.len();
        if answers < ENOUGH {
            return None;
        }
        let place = answers * usize::from(percentile) / 100;
        let usual = self.sorted.get(place.min(answers - 1))?;
        Some(Duration::from_micros(u64::from(*usual)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use std::time::Duration;

    use super::{ENOUGH, Latest, SAMPLES};

    #[test]
    fn the_percentile_is_that_of_the_latest_answers_after_each_of_them() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut latest = Latest::default();
        let mut all = Vec::new();
        for _ in 0..SAMPLES * 3 {
            // Many are alike.
            let took = Duration::from_micros(random.u64(0..100));
            latest.push(took);
            all.push(took);
            let mut recent = all[all.len().saturating_sub(SAMPLES)..].to_vec();
            recent.sort_unstable();
            for percentile in [1, 50, 95, 99] {
                let place = recent.len() * usize::from(percentile) / 100;
                let expected = (recent.len() >= ENOUGH).then(|| recent[place]);
                assert_eq!(latest.at(percentile), expected);
            }
        }
        assert_eq!(latest.as_they_came.len(), SAMPLES);
    }

    #[test]
    fn an_answer_that_took_for_ever_is_the_longest() {
        let mut latest = Latest::default();
        for _ in 0..ENOUGH {
            latest.push(Duration::MAX);
        }
        let longest = Duration::from_micros(u64::from(u32::MAX));
        assert_eq!(latest.at(99), Some(longest));
    }
}
