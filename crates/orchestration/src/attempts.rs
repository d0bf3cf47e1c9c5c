//! What was sent for one call, noted only where somebody wants to know how an answer came about.
//!
//! A call without [`Attempts`] notes nothing, reads no clock for them and allocates nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use problem::Code;
use tokio::time::Instant;

/// Most requests of one call that are told one by one; all of them are counted.
const MOST: usize = 64;

/// What is sent for one call. Whoever sends shares it with whoever tells of it: it knows, too, of
/// requests that were given up.
#[derive(Debug)]
pub struct Attempts {
    began: Instant,
    log: Mutex<AttemptLog>,
}

/// What was sent for one call by now.
#[derive(Clone, Debug, Default)]
pub struct AttemptLog {
    /// Requests sent.
    pub sent: usize,
    /// The first of them, in the order in which they were sent; at most 64.
    pub first: Vec<Attempt>,
    /// How often the call fared how with its backend's cache, by the label for metrics.
    pub cache: BTreeMap<&'static str, usize>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Why it was sent.
    pub kind: AttemptKind,
    /// When it was sent, from the start of the plan.
    pub at: Duration,
    /// How it ended; `None`: it was given up, or is still under way.
    pub end: Option<AttemptEnd>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptEnd {
    /// From its start until its answer was read, or its call's time was over.
    pub took: Duration,
    /// The backend's, when it answered.
    pub status: Option<u16>,
    /// Why it did not succeed.
    pub code: Option<Code>,
}

/// Why a request was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttemptKind {
    /// It is the first of its call, or of an element of its call's list.
    #[default]
    First,
    /// The one before failed in a way that may mend itself.
    Retry,
    /// The one before takes long; both are under way.
    Hedge,
    /// The one before was refused for something that was put right: a token, a proof, a header.
    Resend,
    /// It is for a further page of a search.
    Page,
}

impl AttemptKind {
    /// The name, for clients.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Hedge => "hedge",
            Self::Resend => "resend",
            Self::Page => "page",
        }
    }
}

/// Which of the requests of a call: what [`Attempts::begin`] returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptNumber(u32);

impl Attempts {
    /// Nothing is sent yet; times count from `began`.
    #[must_use]
    pub fn new(began: Instant) -> Self {
        Self {
            began,
            log: Mutex::default(),
        }
    }

    /// A request goes out.
    pub fn begin(&self, kind: AttemptKind) -> AttemptNumber {
        let at = self.began.elapsed();
        let mut log = self.lock();
        let number = AttemptNumber(u32::try_from(log.sent).unwrap_or(u32::MAX));
        log.sent += 1;
        if log.first.len() < MOST {
            log.first.push(Attempt {
                kind,
                at,
                end: None,
            });
        }
        number
    }

    /// A request has ended with the backend's `status`, if it answered, and this `code`, if it did not
    /// succeed.
    pub fn end(&self, number: AttemptNumber, status: Option<u16>, code: Option<Code>) {
        let now = self.began.elapsed();
        if let Some(attempt) = self.lock().first.get_mut(number.0 as usize) {
            attempt.end = Some(AttemptEnd {
                took: now.saturating_sub(attempt.at),
                status,
                code,
            });
        }
    }

    /// The call's time is over: what is under way has ended for want of an answer, whoever notices it
    /// first.
    pub(crate) fn time_is_over(&self) {
        let now = self.began.elapsed();
        for attempt in &mut self.lock().first {
            attempt.end.get_or_insert_with(|| AttemptEnd {
                took: now.saturating_sub(attempt.at),
                status: None,
                code: Some(Code::Deadline),
            });
        }
    }

    /// The call looked into its backend's cache; `result` is the label for metrics.
    pub fn cached(&self, result: &'static str) {
        *self.lock().cache.entry(result).or_default() += 1;
    }

    /// What was sent by now.
    #[must_use]
    pub fn log(&self) -> AttemptLog {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, AttemptLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use problem::Code;
    use tokio::time::{Instant, advance};

    use super::{AttemptEnd, AttemptKind, Attempts, MOST};

    #[tokio::test(start_paused = true)]
    async fn requests_are_told_in_their_order_with_their_times_and_ends() {
        let attempts = Attempts::new(Instant::now());
        advance(Duration::from_millis(5)).await;
        let first = attempts.begin(AttemptKind::First);
        advance(Duration::from_millis(7)).await;
        let second = attempts.begin(AttemptKind::Hedge);
        advance(Duration::from_millis(2)).await;
        attempts.end(second, Some(500), Some(Code::UpstreamStatus));
        let log = attempts.log();
        let told: Vec<_> = log.first.iter().map(|one| (one.at, one.end)).collect();
        let end = AttemptEnd {
            took: Duration::from_millis(2),
            status: Some(500),
            code: Some(Code::UpstreamStatus),
        };
        assert_eq!(
            told,
            [
                (Duration::from_millis(5), None),
                (Duration::from_millis(12), Some(end))
            ]
        );
        attempts.end(first, None, Some(Code::Deadline));
        let end = attempts.log().first.first().and_then(|one| one.end);
        assert_eq!(
            end.map(|end| end.took.as_millis()),
            Some(9),
            "each by its own number"
        );
    }

    #[test]
    fn why_a_request_was_sent_has_a_name() {
        use AttemptKind::{First, Hedge, Page, Resend, Retry};
        let names = [First, Retry, Hedge, Resend, Page].map(AttemptKind::as_str);
        assert_eq!(names, ["first", "retry", "hedge", "resend", "page"]);
    }

    #[tokio::test(start_paused = true)]
    async fn all_requests_are_counted_and_the_first_of_them_told() {
        let attempts = Attempts::new(Instant::now());
        for _ in 0..=MOST {
            let number = attempts.begin(AttemptKind::Page);
            attempts.end(number, Some(200), None);
        }
        let log = attempts.log();
        assert_eq!((log.sent, log.first.len()), (MOST + 1, MOST));
    }

    #[test]
    fn each_look_into_the_cache_is_counted_by_how_it_ended() {
        let attempts = Attempts::new(Instant::now());
        for result in ["hit", "miss", "hit"] {
            attempts.cached(result);
        }
        let log = attempts.log();
        assert_eq!(
            log.cache.into_iter().collect::<Vec<_>>(),
            [("hit", 2), ("miss", 1)]
        );
    }
}
