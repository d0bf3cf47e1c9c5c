//! Verdicts, remembered under a keyed hash of what was judged.
//!
//! Must not know names, passwords or the key. Bounded: right and wrong verdicts have a room each,
//! so that wrong ones never push out right ones.

use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::time::Instant;

/// How long a right password is taken for right without being verified again.
pub(super) const REMEMBERED: Duration = Duration::from_mins(1);

/// From which age on it is verified again in the background.
pub(super) const AGEING: Duration = Duration::from_secs(45);

/// A keyed hash of name, password and stored hash.
pub(super) type Fingerprint = [u8; 32];

/// What the memory knows about a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recall {
    /// It is right.
    Right,
    /// It is right, and should be verified again now.
    Ageing,
    /// It was right too long ago to rely on.
    Proven,
    /// It is wrong.
    Wrong,
    /// Nothing.
    Unknown,
}

/// Bounded memory of verdicts.
pub(super) struct Memory {
    /// Since when each is known to be right.
    right: Cache<Fingerprint, Instant>,
    wrong: Cache<Fingerprint, ()>,
}

impl Memory {
    /// Room for `capacity` right verdicts and as many wrong ones.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            right: Cache::new(capacity),
            wrong: Cache::new(capacity),
        }
    }

    /// What is known at `now`.
    pub(super) fn recall(&self, fingerprint: &Fingerprint, now: Instant) -> Recall {
        match self
            .right
            .get(fingerprint)
            .map(|since| now.saturating_duration_since(since))
        {
            Some(age) if age < AGEING => Recall::Right,
            Some(age) if age < REMEMBERED => Recall::Ageing,
            Some(_) => Recall::Proven,
            None if self.wrong.get(fingerprint).is_some() => Recall::Wrong,
            None => Recall::Unknown,
        }
    }

    /// Keeps a verdict about a credential that came in at `since`.
    pub(super) fn record(&self, fingerprint: Fingerprint, right: bool, since: Instant) {
        if right {
            self.right.insert(fingerprint, since);
        } else {
            self.wrong.insert(fingerprint, ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_right_password_is_relied_on_for_a_minute() {
        let memory = Memory::new(8);
        let start = Instant::now();
        memory.record([1; 32], true, start);
        let at = |seconds| memory.recall(&[1; 32], start + Duration::from_secs(seconds));
        assert_eq!([at(0), at(44)], [Recall::Right; 2]);
        assert_eq!([at(45), at(59)], [Recall::Ageing; 2]);
        assert_eq!([at(60), at(100_000)], [Recall::Proven; 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_passwords_never_push_out_right_ones() {
        let memory = Memory::new(8);
        let now = Instant::now();
        memory.record([255; 32], true, now);
        for number in 0..200 {
            memory.record([number; 32], false, now);
        }
        assert_eq!(memory.recall(&[255; 32], now), Recall::Right);
        assert!(memory.wrong.len() <= 8, "bounded");
    }
}
