//! Starting calls: when, with which request, and what becomes of those that are not made.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use futures::future::BoxFuture;
use problem::Code;
use tokio::time::Instant;

use super::each::{Each, Way};
use super::send::{Asker, send};
use super::{Ended, Execution, State};
use crate::prepare::{Values, prepare, when};
use crate::{Call, Effect, Failure, Fault, Need, Outcome, Prepared, SkipReason};

impl<'a> Execution<'a> {
    /// What tells a backend for whom call `index` is made.
    fn asker(&self, index: usize) -> Asker<'a> {
        Asker {
            trace: self.trace,
            principal: self.inputs.principal.as_ref(),
            attempts: self.attempts.get(index).cloned(),
        }
    }

    /// Starts every call whose inputs exist; ends those that can never start. A call that ends here
    /// may be what another waits for: repeats until nothing changes.
    pub(super) fn start_ready(&mut self) {
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
            Some(each) => {
                Each::new(call, each, (self.endpoint, self.inputs), values).map(Request::Each)
            }
        };
        match made {
            Ok(Request::One(request)) => self.start(index, call, request),
            Ok(Request::Each(each)) => self.start_each(index, call, each),
            Err(failure) => self.end_unmade(index, Outcome::Failed(failure)),
        }
    }

    fn start(&mut self, index: usize, call: &'a Call, request: Prepared) {
        let now = Instant::now();
        let sent = send(
            (self.endpoint, call),
            request,
            self.asker(index),
            (now, self.deadline),
            self.ports,
        );
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

    fn start_each(&mut self, index: usize, call: &'a Call, each: Each<'a>) {
        let way = Way {
            call,
            asker: self.asker(index),
            deadline: self.deadline,
            ports: self.ports,
            refused: Arc::clone(self.no_more_writes.get_or_insert_default()),
            read: AtomicUsize::new(0),
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
                Outcome::Absent(_) if needed => without = Some(Outcome::Absent(None)),
                Outcome::Skipped(SkipReason::Condition) if needed => {
                    // What does not exist tells more than what was not asked for.
                    without.get_or_insert(Outcome::Skipped(SkipReason::Condition));
                }
                Outcome::Ok(_)
                | Outcome::Incomplete { .. }
                | Outcome::Absent(_)
                | Outcome::Skipped(SkipReason::Condition) => {}
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
}

/// What a call sends.
enum Request<'a> {
    One(Prepared),
    Each(Each<'a>),
}

pub(super) fn mapping(fault: &Fault) -> Failure {
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
