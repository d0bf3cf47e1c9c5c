//! A call for each element of a list: so many at once, in the end one array in the list's order.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::stream::{self, StreamExt};
use json::{CheckedJson, Splice};
use problem::Code;
use tokio::time::Instant;

use super::Ports;
use super::send::{late, send};
use super::start::mapping;
use crate::{
    Call, Decision, Effect, Ending, Failure, Fault, ForEach, ItemReport, Need, Outcome, Prepared,
    SkipReason, Success, Trace, decide,
};

/// The requests of one call, made ready.
pub(super) struct Each {
    requests: Vec<Result<Prepared, Fault>>,
    concurrency: usize,
    pub(super) max_bytes: usize,
    /// The list was longer.
    capped: Option<usize>,
}

/// What is the same for every request.
pub(super) struct Way<'a> {
    pub(super) call: &'a Call,
    /// The trace and the client.
    pub(super) asker: (&'a Arc<Trace>, Option<&'a Arc<str>>),
    pub(super) deadline: Instant,
    pub(super) ports: Ports<'a>,
    /// Set when a required call has failed: no write is begun after that.
    pub(super) refused: Arc<AtomicBool>,
    /// Most bytes that the answers may have together.
    pub(super) max_bytes: usize,
    /// Bytes of the answers so far.
    pub(super) read: AtomicUsize,
}

impl Each {
    /// A request for each element of `list`, as `prepare` makes it.
    ///
    /// # Errors
    /// When the list is too long for a call that writes, or an element does not fit a required one.
    pub(super) fn new(
        call: &Call,
        each: &ForEach,
        list: &[u8],
        prepare: impl Fn(usize, &[u8]) -> Result<Prepared, Fault>,
    ) -> Result<Self, Failure> {
        let mut elements = json::elements(list).enumerate();
        let requests: Vec<_> = elements
            .by_ref()
            .take(each.max_items)
            .map(|(index, element)| prepare(index, element))
            .collect();
        let capped = elements.next().map(|_| each.max_items);
        if let (Some(most), Effect::Write) = (capped, call.effect) {
            let detail = format!(
                "{}: more than {most} elements, for which nothing was sent",
                each.expression
            );
            return Err(Failure::new(Code::Mapping, detail));
        }
        if call.effect == Effect::Write && call.need == Need::Required {
            // Not one of them is sent for an answer that will fail.
            let fault = requests.iter().find_map(|request| request.as_ref().err());
            if let Some(fault) = fault {
                return Err(mapping(fault));
            }
        }
        Ok(Self {
            requests,
            concurrency: each.concurrency,
            max_bytes: each.max_bytes,
            capped,
        })
    }

    /// Performs all of them. Ends at the deadline with what there is by then.
    pub(super) async fn run(self, way: Way<'_>) -> (Outcome, Vec<ItemReport>) {
        let way = &way;
        let begun = self.requests.into_iter().enumerate();
        let mut ended: Vec<(usize, Outcome)> = stream::iter(begun)
            .map(|(index, request)| async move { (index, one(way, request).await) })
            .buffer_unordered(self.concurrency)
            .collect()
            .await;
        ended.sort_unstable_by_key(|(index, _)| *index);
        combine(ended, self.capped)
    }
}

async fn one(way: &Way<'_>, request: Result<Prepared, Fault>) -> Outcome {
    let request = match request {
        Ok(request) => request,
        Err(fault) => return Outcome::Failed(mapping(&fault)),
    };
    let is_write = way.call.effect == Effect::Write;
    if is_write && way.refused.load(Ordering::Relaxed) {
        return Outcome::Skipped(SkipReason::RequiredFailed);
    }
    if !is_write && way.read.load(Ordering::Relaxed) > way.max_bytes {
        return Outcome::Failed(Failure::new(
            Code::UpstreamTooLarge,
            format!(
                "the answers for the elements before it have more than {} bytes together",
                way.max_bytes
            ),
        ));
    }
    let now = Instant::now();
    if now >= way.deadline {
        // Nothing has been sent of it, so that a write is not unknown.
        return late(Effect::Read);
    }
    // The budget's own timer would end the call as a whole, and lose what has been read.
    let sent = send(way.call, request, way.asker, (now, way.deadline), way.ports);
    let outcome = tokio::time::timeout_at(way.deadline, sent)
        .await
        .unwrap_or_else(|_| late(way.call.effect));
    if let Some(success) = outcome.success() {
        way.read.fetch_add(success.body.len(), Ordering::Relaxed);
    }
    let fails = outcome
        .ending()
        .code()
        .is_some_and(|_| !matches!(outcome, Outcome::Absent));
    if is_write && fails && way.call.need == Need::Required {
        way.refused.store(true, Ordering::Relaxed);
    }
    outcome
}

/// One outcome of all: the array of what they brought, `null` for each that brought nothing.
fn combine(ended: Vec<(usize, Outcome)>, capped: Option<usize>) -> (Outcome, Vec<ItemReport>) {
    let total = ended.len();
    // An element that does not exist is `null` and no failure.
    let endings: Vec<_> = ended
        .iter()
        .filter(|(_, outcome)| !matches!(outcome, Outcome::Absent))
        .map(|(_, outcome)| (Need::Required, outcome.ending()))
        .collect();
    let cause = match decide(&endings, None) {
        Decision::Answer { .. } => None,
        Decision::Refuse { code, .. } => Some(strongest(&ended, code)),
    };
    let ages = ended
        .iter()
        .filter_map(|(_, outcome)| outcome.success()?.age());
    let age = ages.max();
    let mut array = Splice::array();
    let mut items = Vec::new();
    for (index, outcome) in ended {
        match outcome.success() {
            Some(success) => array.element(success.body.clone()),
            None => array.element(CheckedJson::null()),
        }
        match outcome.ending() {
            Ending::Ok | Ending::Absent | Ending::Omitted => {}
            Ending::Incomplete
            | Ending::Broken(_)
            | Ending::Failed(_)
            | Ending::Skipped
            | Ending::Unknown { .. } => items.push(ItemReport { index, outcome }),
        }
    }
    let mut success = Success::new(200, array.finish());
    if age.is_some() {
        success.extra.get_or_insert_default().age = age;
    }
    let reason: Cow<'static, str> = match (items.len(), capped) {
        (0, None) => return (Outcome::Ok(success), items),
        (0, Some(most)) => format!("the list has more than {most} elements").into(),
        (missing, _) => format!("{missing} of {total} elements brought no whole result").into(),
    };
    let outcome = Outcome::Incomplete {
        success,
        reason,
        cause,
    };
    (outcome, items)
}

/// The failure of the first element that decides.
fn strongest(ended: &[(usize, Outcome)], code: Code) -> Failure {
    ended
        .iter()
        .filter(|(_, outcome)| outcome.ending().code() == Some(code))
        .find_map(|(_, outcome)| outcome.failure().cloned())
        .unwrap_or_else(|| Failure::new(code, "no element was asked for in time"))
}

#[cfg(test)]
#[path = "each/tests.rs"]
mod tests;
