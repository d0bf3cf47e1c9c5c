//! Runs a plan. Cannot fail: every way a call can end is an outcome.
//!
//! A call starts the moment the calls it waits for have ended. When a required call has failed the
//! optional reads are dropped, which cancels them; everything else is awaited within the budget, so
//! that the decision does not depend on who was first. A write runs in a task of its own, which
//! neither the budget nor a client that leaves can end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use problem::Code;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::{
    Attempts, Backends, Checked, Effect, Endpoint, HeavyAnswers, Inputs, ItemReport, Need, Outcome,
    Report, SkipReason, Trace,
};

mod each;
mod left;
mod send;
mod start;
mod state;

pub(crate) use state::State;

type Running<'a> = FuturesUnordered<BoxFuture<'a, Ended>>;

/// A call that has come to its end.
struct Ended {
    index: usize,
    outcome: Outcome,
    items: Vec<ItemReport>,
}

/// What execution needs from outside.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Where calls go.
    pub backends: &'a dyn Backends,
    /// Keeps count of writes that outlive their request; shutdown waits for it.
    pub writes: &'a TaskTracker,
    /// Makes answers that take long.
    pub heavy: &'a HeavyAnswers,
}

/// Performs every call of the endpoint's plan and reports how each ended, in the plan's order.
/// `checked` is what [`crate::check`] made of `inputs`.
///
/// Returns at `deadline` at the latest.
///
/// # Cancel safety
/// Dropping the future cancels the reads in flight; writes in flight go on in their own tasks.
pub async fn execute(
    endpoint: &Endpoint,
    inputs: &Inputs,
    checked: Checked,
    trace: &Arc<Trace>,
    deadline: Instant,
    ports: Ports<'_>,
) -> Vec<Report> {
    let mut execution = Execution {
        endpoint,
        inputs,
        trace,
        deadline,
        ports,
        calls: checked.0,
        kept: Running::new(),
        optional_reads: Running::new(),
        refused: false,
        no_more_writes: None,
        attempts: Vec::new(),
    };
    if inputs.explained {
        execution.note_attempts();
    }
    execution.start_ready();
    execution.run().await;
    execution.finish()
}

struct Execution<'a> {
    endpoint: &'a Endpoint,
    inputs: &'a Inputs,
    trace: &'a Arc<Trace>,
    deadline: Instant,
    ports: Ports<'a>,
    calls: Vec<State>,
    /// Awaited to the end of the budget.
    kept: Running<'a>,
    /// Dropped when a required call has failed.
    optional_reads: Running<'a>,
    refused: bool,
    /// Tells calls for each of a list that a required call has failed; made for the first of them.
    no_more_writes: Option<Arc<AtomicBool>>,
    /// One for each call, in the plan's order, where what is sent is to be noted.
    attempts: Vec<Arc<Attempts>>,
}

impl Execution<'_> {
    async fn run(&mut self) {
        let budget = tokio::time::sleep_until(self.deadline);
        tokio::pin!(budget);
        while !(self.kept.is_empty() && self.optional_reads.is_empty()) {
            let ended = tokio::select! {
                biased;
                Some(ended) = self.kept.next() => ended,
                Some(ended) = self.optional_reads.next() => ended,
                () = &mut budget => return,
            };
            self.end(ended);
            self.start_ready();
        }
    }

    fn end(&mut self, ended: Ended) {
        let Ended {
            index,
            outcome,
            items,
        } = ended;
        let latency = match self.calls.get(index) {
            Some(State::Running(started)) => Some(started.elapsed()),
            _ => None,
        };
        let required = self
            .endpoint
            .plan
            .calls
            .get(index)
            .is_some_and(|call| call.need == Need::Required);
        if required && fails(&outcome) {
            self.refuse();
        }
        let report = Report {
            outcome,
            latency,
            items,
            attempts: None,
        };
        if let Some(attempts) = self.attempts.get(index) {
            note_end(attempts, &report);
        }
        if let Some(state) = self.calls.get_mut(index) {
            *state = State::Ended(report);
        }
    }

    /// From here on what is sent is noted.
    fn note_attempts(&mut self) {
        let now = Instant::now();
        let calls = self.calls.iter();
        self.attempts = calls.map(|_| Arc::new(Attempts::new(now))).collect();
    }

    /// Ends a call that is not made.
    fn end_unmade(&mut self, index: usize, outcome: Outcome) {
        self.end(Ended {
            index,
            outcome,
            items: Vec::new(),
        });
    }

    /// A required call has failed: the optional reads in flight would not be shown.
    fn refuse(&mut self) {
        self.refused = true;
        if let Some(no_more_writes) = &self.no_more_writes {
            no_more_writes.store(true, Ordering::Relaxed);
        }
        self.optional_reads.clear();
        for (call, state) in self.endpoint.plan.calls.iter().zip(&mut self.calls) {
            if call.need == Need::Optional
                && call.effect == Effect::Read
                && let State::Running(started) = state
            {
                let latency = Some(started.elapsed());
                *state = State::Ended(Report {
                    latency,
                    ..Report::from(Outcome::Skipped(SkipReason::RequiredFailed))
                });
            }
        }
    }

    /// The reports; what has not ended by now ran out of time.
    fn finish(self) -> Vec<Report> {
        let calls = &self.endpoint.plan.calls;
        let mut reports: Vec<Report> = calls
            .iter()
            .zip(self.calls)
            .map(|(call, state)| match state {
                State::Ended(report) => report,
                State::Running(started) => Report {
                    latency: Some(started.elapsed()),
                    ..Report::from(Outcome::late(call.effect))
                },
                State::Waiting | State::Ready(_) => {
                    let awaited = call.waits_for.iter().chain(&call.considers).next();
                    let awaited = awaited.and_then(|index| calls.get(*index)).unwrap_or(call);
                    let name = Arc::clone(&awaited.name);
                    Report::from(Outcome::Skipped(SkipReason::Dependency(name)))
                }
            })
            .collect();
        for (report, attempts) in reports.iter_mut().zip(self.attempts) {
            note_end(&attempts, report);
            report.attempts = Some(attempts);
        }
        reports
    }
}

/// Notes for a call that ran out of time, or of which an element did, that what it had sent did.
fn note_end(attempts: &Attempts, report: &Report) {
    let items = report.items.iter().map(|item| &item.outcome);
    let mut outcomes = std::iter::once(&report.outcome).chain(items);
    if outcomes.any(|outcome| outcome.code() == Some(Code::Deadline)) {
        attempts.time_is_over();
    }
}

/// Whether `outcome` of a required call fails the answer.
fn fails(outcome: &Outcome) -> bool {
    outcome.ending().code().is_some()
}

#[cfg(test)]
mod tests;
