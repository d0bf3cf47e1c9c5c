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

use crate::prepare::{Item, Values, items, prepare, when};
use crate::{
    Backends, Call, Checked, Effect, Endpoint, Failure, Fault, ForEach, Inputs, ItemReport, Need,
    Outcome, Prepared, Report, SkipReason, Trace,
};

mod each;
mod send;
mod state;

use each::{Each, Way};
use send::{late, send};
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
    };
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
}

impl<'a> Execution<'a> {
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
        if let Some(state) = self.calls.get_mut(index) {
            *state = State::Ended(Report {
                outcome,
                latency,
                items,
            });
        }
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

    /// Starts every call whose inputs exist; ends those that can never start. A call that ends here
    /// may be what another waits for: repeats until nothing changes.
    fn start_ready(&mut self) {
        loop {
            let mut changed = false;
            for (index, call) in self.endpoint.plan.calls.iter().enumerate() {
                let may_begin = match self.calls.get(index) {
                    Some(State::Ready(_)) => true,
                    Some(State::Waiting) => self.may_begin(call),
                    Some(State::Running(_) | State::Ended(_)) | None => false,
                };
                if may_begin {
                    self.begin(index, call);
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn may_begin(&self, call: &Call) -> bool {
        let mut others = call.waits_for.iter().chain(&call.considers);
        others.all(|index| matches!(self.calls.get(*index), Some(State::Ended(_))))
    }

    fn begin(&mut self, index: usize, call: &'a Call) {
        // No write is begun for an answer that has failed already; reads of required calls are, so
        // that the status is that of all of them.
        if self.refused && (call.need == Need::Optional || call.effect == Effect::Write) {
            self.end_unmade(index, Outcome::Skipped(SkipReason::RequiredFailed));
            return;
        }
        let ready = self.calls.get_mut(index).and_then(State::take_ready);
        if let Some(request) = ready {
            self.start(index, call, request);
            return;
        }
        if let Some(outcome) = self.without_input(call) {
            self.end_unmade(index, outcome);
            return;
        }
        let results: Vec<Option<&Outcome>> = self.calls.iter().map(State::outcome).collect();
        let values = Values {
            endpoint: self.endpoint,
            inputs: self.inputs,
            results: &results,
            item: None,
        };
        if !when(call, values) {
            self.end_unmade(index, Outcome::Skipped(SkipReason::Condition));
            return;
        }
        let made = match &call.for_each {
            None => prepare(call, values)
                .map(Request::One)
                .map_err(|fault| mapping(&fault)),
            Some(each) => for_each(call, each, values).map(Request::Each),
        };
        match made {
            Ok(Request::One(request)) => self.start(index, call, request),
            Ok(Request::Each(each)) => self.start_each(index, call, each),
            Err(failure) => self.end_unmade(index, Outcome::Failed(failure)),
        }
    }

    fn start(&mut self, index: usize, call: &'a Call, request: Prepared) {
        let now = Instant::now();
        let sent = send(call, request, self.trace, (now, self.deadline), self.ports);
        self.add(
            (index, now),
            call,
            Box::pin(async move {
                Ended {
                    index,
                    outcome: sent.await,
                    items: Vec::new(),
                }
            }),
        );
    }

    fn start_each(&mut self, index: usize, call: &'a Call, each: Each) {
        let way = Way {
            call,
            trace: self.trace,
            deadline: self.deadline,
            ports: self.ports,
            refused: Arc::clone(self.no_more_writes.get_or_insert_default()),
        };
        self.add(
            (index, Instant::now()),
            call,
            Box::pin(async move {
                let (outcome, items) = each.run(way).await;
                Ended {
                    index,
                    outcome,
                    items,
                }
            }),
        );
    }

    fn add(&mut self, (index, now): (usize, Instant), call: &Call, running: BoxFuture<'a, Ended>) {
        if let Some(state) = self.calls.get_mut(index) {
            *state = State::Running(now);
        }
        match (call.need, call.effect) {
            (Need::Optional, Effect::Read) => self.optional_reads.push(running),
            (Need::Required, _) | (_, Effect::Write) => self.kept.push(running),
        }
    }

    /// What a call ends as when a call it waits for brought no result.
    fn without_input(&self, call: &Call) -> Option<Outcome> {
        let mut without = None;
        let needed = call.waits_for.iter().map(|index| (index, true));
        let considered = call.considers.iter().map(|index| (index, false));
        for (index, needed) in needed.chain(considered) {
            let Some(State::Ended(report)) = self.calls.get(*index) else {
                continue;
            };
            match &report.outcome {
                Outcome::Ok(_) | Outcome::Incomplete { .. } => {}
                Outcome::Absent if needed => without = Some(Outcome::Absent),
                Outcome::Skipped(SkipReason::Condition) if needed => {
                    // What does not exist tells more than what was not asked for.
                    without.get_or_insert(Outcome::Skipped(SkipReason::Condition));
                }
                Outcome::Absent | Outcome::Skipped(SkipReason::Condition) => {}
                Outcome::Failed(_)
                | Outcome::Skipped(SkipReason::Dependency(_) | SkipReason::RequiredFailed)
                | Outcome::Unknown(_) => {
                    let calls = &self.endpoint.plan.calls;
                    let name = calls
                        .get(*index)
                        .map_or_else(|| Arc::from("?"), |call| Arc::clone(&call.name));
                    return Some(Outcome::Skipped(SkipReason::Dependency(name)));
                }
            }
        }
        without
    }

    /// The reports; what has not ended by now ran out of time.
    fn finish(self) -> Vec<Report> {
        let calls = &self.endpoint.plan.calls;
        calls
            .iter()
            .zip(self.calls)
            .map(|(call, state)| match state {
                State::Ended(report) => report,
                State::Running(started) => Report {
                    latency: Some(started.elapsed()),
                    ..Report::from(late(call.effect))
                },
                State::Waiting | State::Ready(_) => {
                    let awaited = call.waits_for.iter().chain(&call.considers).next();
                    let awaited = awaited.and_then(|index| calls.get(*index)).unwrap_or(call);
                    let name = Arc::clone(&awaited.name);
                    Report::from(Outcome::Skipped(SkipReason::Dependency(name)))
                }
            })
            .collect()
    }
}

/// What a call sends.
enum Request {
    One(Prepared),
    Each(Each),
}

fn for_each(call: &Call, each: &ForEach, values: Values<'_>) -> Result<Each, Failure> {
    let list = items(each, values).map_err(|fault| mapping(&fault))?;
    Each::new(call, each, &list, |index, json| {
        let item = Item {
            json,
            index,
            list: &each.source,
        };
        prepare(
            call,
            Values {
                item: Some(item),
                ..values
            },
        )
    })
}

/// Whether `outcome` of a required call fails the answer.
fn fails(outcome: &Outcome) -> bool {
    outcome.ending().code().is_some()
}

fn mapping(fault: &Fault) -> Failure {
    match fault {
        Fault::Client(parameter) => Failure::new(
            Code::Mapping,
            format!(
                "{} {}: {}",
                parameter.place, parameter.name, parameter.detail
            ),
        ),
        Fault::Result(detail) => Failure::new(Code::Mapping, detail.clone()),
    }
}

#[cfg(test)]
#[path = "execute/tests.rs"]
mod tests;
