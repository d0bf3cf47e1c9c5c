//! The waiting room: two lanes, one flight per credential, a share per name.
//!
//! Plain data behind the caller's lock; must not know threads, hashes or time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::Shared;
use secrecy::zeroize::Zeroizing;
use tokio::time::Instant;

use super::memory::Fingerprint;
use super::{Busy, StoredHash};

/// What everybody who waits for one verification is told.
pub(super) type Verdict = Shared<oneshot::Receiver<bool>>;

/// Where a credential queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// It was right before: served first.
    Proven,
    /// Nothing is known of it.
    First,
}

/// A credential to judge.
pub(super) struct Claim<'a> {
    /// Which one it is.
    pub(super) fingerprint: Fingerprint,
    /// Whom it is for.
    pub(super) name: &'a str,
    /// What was sent.
    pub(super) password: &'a [u8],
    /// What it must match.
    pub(super) stored: &'a Arc<StoredHash>,
    /// When it came in.
    pub(super) since: Instant,
}

/// A verification to be done.
pub(super) struct Job {
    /// Which credential it is.
    pub(super) fingerprint: Fingerprint,
    /// When it came in.
    pub(super) since: Instant,
    /// What was sent; wiped when dropped.
    pub(super) password: Zeroizing<Vec<u8>>,
    /// What it must match.
    pub(super) stored: Arc<StoredHash>,
    /// Whose share it takes; `None` in the first lane.
    name: Option<Box<str>>,
    tell: oneshot::Sender<bool>,
}

/// The waiting room.
pub(super) struct Queue {
    proven: VecDeque<Job>,
    first: VecDeque<Job>,
    flights: HashMap<Fingerprint, Verdict>,
    shares: HashMap<Box<str>, usize>,
    waiting: usize,
    per_name: usize,
    closed: bool,
}

impl Queue {
    /// Room for `waiting` jobs in each lane, `per_name` of one name in the second.
    pub(super) fn new(waiting: usize, per_name: usize) -> Self {
        Self {
            proven: VecDeque::new(),
            first: VecDeque::new(),
            flights: HashMap::new(),
            shares: HashMap::new(),
            waiting,
            per_name,
            closed: false,
        }
    }

    /// A place in `lane`, or a share in the verification of the same credential that is under way.
    pub(super) fn enter(&mut self, lane: Lane, claim: &Claim<'_>) -> Result<Verdict, Busy> {
        if let Some(verdict) = self.flights.get(&claim.fingerprint) {
            return Ok(verdict.clone());
        }
        let (jobs, name) = match lane {
            Lane::Proven => (&mut self.proven, None),
            Lane::First => (&mut self.first, Some(Box::from(claim.name))),
        };
        let share = name
            .as_ref()
            .and_then(|name| self.shares.get(name))
            .copied()
            .unwrap_or(0);
        if jobs.len() >= self.waiting || share >= self.per_name {
            return Err(Busy);
        }
        if let Some(name) = &name {
            self.shares.insert(name.clone(), share + 1);
        }
        let (tell, told) = oneshot::channel();
        jobs.push_back(Job {
            fingerprint: claim.fingerprint,
            since: claim.since,
            password: Zeroizing::new(claim.password.to_vec()),
            stored: Arc::clone(claim.stored),
            name,
            tell,
        });
        let verdict = told.shared();
        self.flights.insert(claim.fingerprint, verdict.clone());
        Ok(verdict)
    }

    /// The next job, the first lane's first.
    pub(super) fn next(&mut self) -> Option<Job> {
        self.proven.pop_front().or_else(|| self.first.pop_front())
    }

    /// Tells everybody who waits for `job`, and gives its share back.
    pub(super) fn finish(&mut self, job: Job, right: bool) {
        self.flights.remove(&job.fingerprint);
        if let Some(name) = job.name
            && let Some(share) = self.shares.get_mut(&name)
        {
            *share -= 1;
            if *share == 0 {
                self.shares.remove(&name);
            }
        }
        // Nobody waits any more: the verdict is remembered all the same.
        let _unheard = job.tell.send(right);
    }

    /// Ends the service.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether [`Queue::close`] was called.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::authenticate::tests::hash;

    fn enter(queue: &mut Queue, lane: Lane, name: &str, number: u8) -> Result<Verdict, Busy> {
        let stored = Arc::new(StoredHash::read(&hash("password")).unwrap());
        let claim = Claim {
            fingerprint: [number; 32],
            name,
            password: b"guess",
            stored: &stored,
            since: Instant::now(),
        };
        queue.enter(lane, &claim)
    }

    fn served(queue: &mut Queue) -> Vec<u8> {
        std::iter::from_fn(|| queue.next())
            .map(|job| job.fingerprint[0])
            .collect()
    }

    #[test]
    fn who_was_right_before_is_served_before_any_guess() {
        let mut queue = Queue::new(8, 8);
        drop(enter(&mut queue, Lane::First, "a", 1).unwrap());
        drop(enter(&mut queue, Lane::First, "b", 2).unwrap());
        drop(enter(&mut queue, Lane::Proven, "c", 3).unwrap());
        assert_eq!(served(&mut queue), [3, 1, 2]);
    }

    #[test]
    fn guesses_at_one_name_leave_room_for_other_names() {
        let mut queue = Queue::new(4, 2);
        for number in 0..100 {
            let _refused = enter(&mut queue, Lane::First, "victim", number);
        }
        drop(enter(&mut queue, Lane::First, "other", 200).unwrap());
        assert_eq!(served(&mut queue), [0, 1, 200]);
    }

    #[test]
    fn guesses_at_many_names_never_reach_the_lane_of_the_proven() {
        let mut queue = Queue::new(4, 2);
        for number in 0..100 {
            let _refused = enter(&mut queue, Lane::First, &number.to_string(), number);
        }
        assert_eq!(enter(&mut queue, Lane::First, "new", 200).err(), Some(Busy));
        drop(enter(&mut queue, Lane::Proven, "portal", 201).unwrap());
        assert_eq!(served(&mut queue), [201, 0, 1, 2, 3]);
    }

    #[test]
    fn a_share_is_given_back() {
        let mut queue = Queue::new(4, 1);
        drop(enter(&mut queue, Lane::First, "portal", 1).unwrap());
        assert!(enter(&mut queue, Lane::First, "portal", 2).is_err());
        let job = queue.next().unwrap();
        queue.finish(job, false);
        drop(enter(&mut queue, Lane::First, "portal", 2).unwrap());
        assert!(
            queue.flights.len() == 1 && queue.shares.len() == 1,
            "bounded by what waits"
        );
    }

    #[test]
    fn one_credential_is_one_job_and_everybody_hears_its_verdict() {
        let mut queue = Queue::new(1, 1);
        let verdicts: Vec<_> = (0..100)
            .map(|_| enter(&mut queue, Lane::First, "portal", 1).unwrap())
            .collect();
        let job = queue.next().unwrap();
        assert!(queue.next().is_none());
        queue.finish(job, true);
        assert!(
            verdicts
                .into_iter()
                .all(|verdict| verdict.now_or_never() == Some(Ok(true)))
        );
    }
}
