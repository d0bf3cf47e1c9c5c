//! Runs a plan. Cannot fail: every way a call can end is an outcome.
//!
//! A call starts the moment the calls it waits for have ended. When a required call has failed the
//! optional reads are dropped, which cancels them; everything else is awaited within the budget, so
//! that the decision does not depend on who was first. A write runs in a task of its own, which
//! neither the budget nor a client that leaves can end.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use problem::Code;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use crate::prepare::{Values, prepare};
use crate::{
    Backends, Call, Effect, Endpoint, Exchange, Failure, Fault, Inputs, Need, Outcome, Prepared,
    Report, SkipReason, Trace,
};

type Running = FuturesUnordered<BoxFuture<'static, (usize, Outcome)>>;

/// What execution needs from outside.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Where calls go.
    pub backends: &'a dyn Backends,
    /// Keeps count of writes that outlive their request; shutdown waits for it.
    pub writes: &'a TaskTracker,
}

/// Performs every call of the endpoint's plan and reports how each ended, in the plan's order.
///
/// Returns at `deadline` at the latest.
///
/// # Cancel safety
/// Dropping the future cancels the reads in flight; writes in flight go on in their own tasks.
pub async fn execute(
    endpoint: &Endpoint,
    inputs: &Inputs,
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
        calls: endpoint.plan.calls.iter().map(|_| State::Waiting).collect(),
        kept: Running::new(),
        optional_reads: Running::new(),
        refused: false,
    };
    execution.start_ready();
    execution.run().await;
    execution.finish()
}

enum State {
    Waiting,
    Running(Instant),
    Ended(Report),
}

struct Execution<'a> {
    endpoint: &'a Endpoint,
    inputs: &'a Inputs,
    trace: &'a Arc<Trace>,
    deadline: Instant,
    ports: Ports<'a>,
    calls: Vec<State>,
    /// Awaited to the end of the budget.
    kept: Running,
    /// Dropped when a required call has failed.
    optional_reads: Running,
    refused: bool,
}

impl Execution<'_> {
    async fn run(&mut self) {
        let budget = tokio::time::sleep_until(self.deadline);
        tokio::pin!(budget);
        while !(self.kept.is_empty() && self.optional_reads.is_empty()) {
            let (index, outcome) = tokio::select! {
                biased;
                Some(ended) = self.kept.next() => ended,
                Some(ended) = self.optional_reads.next() => ended,
                () = &mut budget => return,
            };
            self.end(index, outcome);
            self.start_ready();
        }
    }

    fn end(&mut self, index: usize, outcome: Outcome) {
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
            *state = State::Ended(Report { outcome, latency });
        }
    }

    /// A required call has failed: the optional reads in flight would not be shown.
    fn refuse(&mut self) {
        self.refused = true;
        self.optional_reads.clear();
        for (call, state) in self.endpoint.plan.calls.iter().zip(&mut self.calls) {
            if call.need == Need::Optional
                && call.effect == Effect::Read
                && let State::Running(started) = state
            {
                let latency = Some(started.elapsed());
                *state = State::Ended(Report {
                    outcome: Outcome::Skipped(SkipReason::RequiredFailed),
                    latency,
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
                if matches!(self.calls.get(index), Some(State::Waiting)) && self.may_begin(call) {
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
        call.waits_for
            .iter()
            .all(|index| matches!(self.calls.get(*index), Some(State::Ended(_))))
    }

    fn begin(&mut self, index: usize, call: &Call) {
        // No write is begun for an answer that has failed already; reads of required calls are, so
        // that the status is that of all of them.
        if self.refused && (call.need == Need::Optional || call.effect == Effect::Write) {
            self.end(index, Outcome::Skipped(SkipReason::RequiredFailed));
            return;
        }
        if let Some(outcome) = self.without_input(call) {
            self.end(index, outcome);
            return;
        }
        // Only calls that are waited for can be asked for values: most wait for none.
        let results: Vec<Option<&Outcome>> = match call.waits_for.as_slice() {
            [] => Vec::new(),
            _ => self.calls.iter().map(State::outcome).collect(),
        };
        let values = Values {
            endpoint: self.endpoint,
            inputs: self.inputs,
            results: &results,
        };
        match prepare(call, values) {
            Ok(request) => self.start(index, call, request),
            Err(fault) => self.end(index, Outcome::Failed(mapping(&fault))),
        }
    }

    fn start(&mut self, index: usize, call: &Call, request: Prepared) {
        let now = Instant::now();
        if let Some(state) = self.calls.get_mut(index) {
            *state = State::Running(now);
        }
        let patience = self.deadline.min(now + call.timeout);
        let exchange = Exchange {
            backend: call.backend.index,
            request,
            effect: call.effect,
            reading: call.reading,
            absent: Arc::clone(&call.absent),
            deadline: match call.effect {
                Effect::Read => patience,
                Effect::Write => now + call.write_timeout,
            },
            trace: Arc::clone(self.trace),
            principal: self.inputs.principal.clone(),
        };
        let exchange_deadline = exchange.deadline;
        let sent = self.ports.backends.send(exchange);
        // The budget's own timer covers a call that may take all of it.
        let own_timer = patience < self.deadline;
        match call.effect {
            Effect::Read => {
                let read = Box::pin(async move {
                    if own_timer {
                        (
                            index,
                            timeout_at(patience, sent)
                                .await
                                .unwrap_or_else(|_| late_read()),
                        )
                    } else {
                        (index, sent.await)
                    }
                });
                match call.need {
                    Need::Required => self.kept.push(read),
                    Need::Optional => self.optional_reads.push(read),
                }
            }
            Effect::Write => {
                let task = self.ports.writes.spawn(timeout_at(exchange_deadline, sent));
                self.kept.push(Box::pin(async move {
                    let outcome = match timeout_at(patience, task).await {
                        Ok(Ok(Ok(outcome))) => outcome,
                        Ok(Ok(Err(_))) | Err(_) => late_write(),
                        Ok(Err(_)) => Outcome::Unknown(Failure::new(
                            Code::Internal,
                            "the call ended by a defect of the service",
                        )),
                    };
                    (index, outcome)
                }));
            }
        }
    }

    /// What a call ends as when a call it waits for brought no result.
    fn without_input(&self, call: &Call) -> Option<Outcome> {
        let mut absent = false;
        for index in &call.waits_for {
            let Some(State::Ended(report)) = self.calls.get(*index) else {
                continue;
            };
            match report.outcome {
                Outcome::Ok(_) | Outcome::Incomplete { .. } => {}
                Outcome::Absent => absent = true,
                Outcome::Failed(_) | Outcome::Skipped(_) | Outcome::Unknown(_) => {
                    let name = self
                        .endpoint
                        .plan
                        .calls
                        .get(*index)
                        .map_or_else(|| Arc::from("?"), |call| Arc::clone(&call.name));
                    return Some(Outcome::Skipped(SkipReason::Dependency(name)));
                }
            }
        }
        absent.then_some(Outcome::Absent)
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
                    outcome: match call.effect {
                        Effect::Read => late_read(),
                        Effect::Write => late_write(),
                    },
                    latency: Some(started.elapsed()),
                },
                State::Waiting => Report {
                    outcome: Outcome::Skipped(SkipReason::Dependency(
                        call.waits_for
                            .first()
                            .and_then(|index| calls.get(*index))
                            .map_or_else(
                                || Arc::clone(&call.name),
                                |awaited| Arc::clone(&awaited.name),
                            ),
                    )),
                    latency: None,
                },
            })
            .collect()
    }
}

impl State {
    const fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Ended(report) => Some(&report.outcome),
            Self::Waiting | Self::Running(_) => None,
        }
    }
}

/// Whether `outcome` of a required call fails the answer.
fn fails(outcome: &Outcome) -> bool {
    outcome.ending().code().is_some()
}

fn late_read() -> Outcome {
    Outcome::Failed(Failure::new(Code::Deadline, "no answer in time"))
}

fn late_write() -> Outcome {
    Outcome::Unknown(Failure::new(
        Code::Deadline,
        "no answer in time: it may have been applied",
    ))
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
