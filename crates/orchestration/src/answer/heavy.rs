//! Answers that take long to make: on threads where they hold up no other request, so many at once,
//! and so many that wait for their turn.

use std::sync::Arc;

use problem::Code;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::refuse::unmade;
use super::{Answer, Asked, LATE, answer};
use crate::until::GRACE;
use crate::{Effect, Endpoint, Inputs, Report, Trace, Until};

/// Answers that wait for a thread: as many as are made in a second or so.
const WAITING: usize = 64;

/// What making answers may take of the machine, one for the whole process.
#[derive(Debug)]
pub struct HeavyAnswers {
    pub(super) running: Arc<Semaphore>,
    pub(super) waiting: Semaphore,
}

impl Default for HeavyAnswers {
    /// As many at once as there are cores.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new(cores, WAITING)
    }
}

impl HeavyAnswers {
    /// At most `running` are made at once; `waiting` more wait for their turn.
    #[must_use]
    pub fn new(running: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(running)),
            waiting: Semaphore::new(waiting),
        }
    }

    /// As [`answer`], until the deadline (or for a moment, where the calls took that long).
    ///
    /// # Cancel safety
    /// What was not begun is not made, and what was stops soon.
    pub(super) async fn make(
        &self,
        endpoint: Arc<Endpoint>,
        inputs: Inputs,
        trace: Arc<Trace>,
        reports: Vec<Report>,
        deadline: Instant,
    ) -> Answer {
        let deadline = deadline.max(Instant::now() + GRACE);
        let turn = match Arc::clone(&self.running).try_acquire_owned() {
            Ok(turn) => turn,
            Err(_) => match self.turn(&endpoint, deadline).await {
                Ok(turn) => turn,
                Err((code, detail)) => {
                    return unmade(&endpoint, reports, code, detail.to_owned());
                }
            },
        };
        // Until this function ends, however it does.
        let (until, _waiting) = Until::left_or(deadline);
        let (own, ended) = (Arc::clone(&endpoint), reports.clone());
        let making = tokio::task::spawn_blocking(move || {
            // For as long as the thread works, and not only while somebody waits for it.
            let _turn = turn;
            let asked = Asked {
                endpoint: &own,
                inputs: &inputs,
                trace: &trace,
                until: &until,
            };
            (!until.is_over()).then(|| answer(asked, ended))
        });
        match timeout_at(deadline, making).await {
            Ok(Ok(Some(answer))) => answer,
            Ok(Err(_)) => {
                let detail = "the answer could not be made";
                unmade(&endpoint, reports, Code::Internal, detail.to_owned())
            }
            Ok(Ok(None)) | Err(_) => unmade(&endpoint, reports, Code::Deadline, LATE.to_owned()),
        }
    }

    /// The right to begin, while there is time for it.
    async fn turn(
        &self,
        endpoint: &Endpoint,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, (Code, &'static str)> {
        let busy = (Code::Overloaded, "too many answers wait to be made");
        // "Come again" is not said of a write that may be done.
        let mut calls = endpoint.plan.calls.iter();
        let writes = calls.any(|call| call.effect == Effect::Write);
        let place = self.waiting.try_acquire();
        if place.is_err() && !writes {
            return Err(busy);
        }
        // What begins with little time left is begun in vain, and at the cost of those that wait.
        let now = Instant::now();
        let patience = if writes {
            deadline
        } else {
            now + deadline.saturating_duration_since(now) / 2
        };
        match timeout_at(patience, Arc::clone(&self.running).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            // It is never closed.
            Ok(Err(_)) => Err((Code::Internal, "the answer could not be made")),
            Err(_) if writes => Err((Code::Deadline, LATE)),
            Err(_) => Err(busy),
        }
    }
}
