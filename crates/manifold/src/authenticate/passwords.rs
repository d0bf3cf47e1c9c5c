//! Verifying passwords without letting that cost the service.
//!
//! argon2id takes 20–30 ms and 19 MiB by intent. So it runs on a few threads of its own, behind a
//! bounded queue, once per credential however many requests carry it, and its verdict is
//! remembered under a keyed hash: a right password for a minute, renewed in the background before
//! that ends, and a wrong one until newer ones push it out (a verdict never changes: the stored
//! hash is part of the key).
//!
//! Against a flood of wrong passwords there are two lanes. Whoever was right before, in this
//! process, is verified first; nobody gets into that lane by guessing. Everybody else queues in
//! the other one, in which no name holds more than a few places. What remains: a client that logs
//! in for the first time *during* a flood may be told to come back. Known and unknown names are
//! treated alike throughout, or the queue would tell which names exist.
//!
//! Must not know headers, clients or scopes.

mod memory;
mod queue;
mod stored;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use memory::{Fingerprint, Memory, Recall};
use queue::{Claim, Lane, Queue, Verdict};

pub(crate) use stored::StoredHash;

/// What the verification of passwords may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Threads that verify: each takes one core and, with the usual parameters, 19 MiB.
    pub(crate) threads: usize,
    /// Passwords that wait in each lane.
    pub(crate) waiting: usize,
    /// Passwords under one name that wait or are being verified, those of the first lane aside.
    pub(crate) per_name: usize,
    /// Right credentials that are remembered, and as many wrong ones.
    pub(crate) remembered: usize,
}

impl Default for Limits {
    /// Two threads, or one on a single core; about a second of work in the queue.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            threads: cores.min(2),
            waiting: 64,
            per_name: 4,
            remembered: 4096,
        }
    }
}

/// Too many passwords wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// Verifies passwords, one for the whole process. Dropping it ends its threads.
pub(crate) struct Passwords {
    /// Random for each process: a copy of the memory is of no use elsewhere.
    key: [u8; 32],
    desk: Arc<Desk>,
}

/// What the threads and the callers share.
struct Desk {
    memory: Memory,
    queue: Mutex<Queue>,
    work: Condvar,
}

impl Passwords {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system has no thread or no random bytes to give.
    pub(crate) fn new(limits: Limits) -> std::io::Result<Arc<Self>> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|_| std::io::Error::other("the system has no random bytes"))?;
        let desk = Arc::new(Desk {
            memory: Memory::new(limits.remembered),
            queue: Mutex::new(Queue::new(limits.waiting, limits.per_name)),
            work: Condvar::new(),
        });
        let passwords = Self { key, desk };
        for number in 0..limits.threads.max(1) {
            let desk = Arc::clone(&passwords.desk);
            std::thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || desk.serve())?;
        }
        Ok(Arc::new(passwords))
    }

    /// Whether `password` is the one behind `stored`; `name` is whom it is claimed for.
    ///
    /// # Errors
    /// [`Busy`] when the queue, or the share of `name` in it, is full.
    ///
    /// # Cancel safety
    /// The verification goes on for others who wait for it, and its verdict is remembered.
    pub(super) async fn verify(
        &self,
        name: &str,
        password: &[u8],
        stored: &Arc<StoredHash>,
    ) -> Result<bool, Busy> {
        let since = Instant::now();
        let claim = Claim {
            fingerprint: self.fingerprint(name, password, stored),
            name,
            password,
            stored,
            since,
        };
        let entry = match self.desk.memory.recall(&claim.fingerprint, since) {
            Recall::Right => Entry::Known(true),
            Recall::Wrong => Entry::Known(false),
            Recall::Ageing | Recall::Proven | Recall::Unknown => self.desk.enter(&claim)?,
        };
        match entry {
            Entry::Known(right) => Ok(right),
            // A verification that ends without a verdict is the end of the service.
            Entry::Waiting(verdict) => verdict.await.map_err(|_| Busy),
        }
    }

    fn fingerprint(&self, name: &str, password: &[u8], stored: &StoredHash) -> Fingerprint {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        // A name has no colon (RFC 7617 §2), the digest has a fixed length: no two credentials
        // make one text.
        hasher
            .update(stored.digest())
            .update(name.as_bytes())
            .update(b":")
            .update(password);
        *hasher.finalize().as_bytes()
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        self.desk.lock().close();
        self.desk.work.notify_all();
    }
}

impl std::fmt::Debug for Passwords {
    /// Without the key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Passwords")
    }
}

/// What a caller finds at the desk.
enum Entry {
    Known(bool),
    Waiting(Verdict),
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it holds the lock; if something did, the data would still be whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, claim: &Claim<'_>) -> Result<Entry, Busy> {
        let mut queue = self.lock();
        // Under the lock, since a verdict may have been reached a moment ago.
        let entry = match self.memory.recall(&claim.fingerprint, claim.since) {
            Recall::Right => Entry::Known(true),
            Recall::Wrong => Entry::Known(false),
            Recall::Ageing => {
                // Without a place in the queue the next request tries again.
                let _renewal = queue.enter(Lane::Proven, claim);
                Entry::Known(true)
            }
            Recall::Proven => Entry::Waiting(queue.enter(Lane::Proven, claim)?),
            Recall::Unknown => Entry::Waiting(queue.enter(Lane::First, claim)?),
        };
        drop(queue);
        self.work.notify_one();
        Ok(entry)
    }

    /// A thread's life.
    fn serve(&self) {
        let mut queue = self.lock();
        while !queue.is_closed() {
            let Some(job) = queue.next() else {
                queue = self
                    .work
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(queue);
            let right = job.stored.verify(&job.password);
            queue = self.lock();
            self.memory.record(job.fingerprint, right, job.since);
            queue.finish(job, right);
        }
    }
}

#[cfg(test)]
mod tests;
