//! A call for each element of a list: so many at once, in the end one array in the list's order.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use futures::future::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use json::{CheckedJson, Splice};
use problem::Code;
use tokio::time::Instant;

use super::Ports;
use super::left::{Left, Tally};
use super::send::{Asker, send};
use super::start::mapping;
use crate::prepare::{list, misfit, prepare};
use crate::{
    Call, Constants, Decision, Effect, Ending, Endpoint, Failure, ForEach, Inputs, Item,
    ItemReport, Need, Outcome, SkipReason, Success, Values, decide,
};

/// One call for each element, none of them made ready yet: a request may be large.
pub(super) struct Each<'a> {
    call: &'a Call,
    list: &'a ForEach,
    /// The plan's and the client's.
    given: (&'a Endpoint, &'a Inputs),
    constants: Constants,
    elements: Vec<Bytes>,
    /// The list was longer.
    capped: Option<usize>,
}

/// What is the same for every request.
pub(super) struct Way<'a> {
    pub(super) call: &'a Call,
    pub(super) asker: Asker<'a>,
    pub(super) deadline: Instant,
    pub(super) ports: Ports<'a>,
    /// Set when a required call has failed: no write is begun after that.
    pub(super) refused: Arc<AtomicBool>,
    /// Bytes of the answers so far.
    pub(super) read: AtomicUsize,
}

impl<'a> Each<'a> {
    /// A call for each element of the list that `values` have.
    ///
    /// # Errors
    /// When there is no list, it is too long for a call that writes, or an element does not fit a
    /// required one.
    pub(super) fn new(
        call: &'a Call,
        each: &'a ForEach,
        given: (&'a Endpoint, &'a Inputs),
        values: Values<'_>,
    ) -> Result<Self, Failure> {
        let whole = list(each, values).map_err(|fault| mapping(&fault))?;
        let mut rest = json::elements(&whole);
        let elements = rest.by_ref().take(each.max_items);
        let elements = elements.map(|element| whole.slice_ref(element)).collect();
        let capped = rest.next().map(|_| each.max_items);
        if let (Some(most), Effect::Write) = (capped, call.effect) {
            let detail = format!(
                "{}: more than {most} elements, for which nothing was sent",
                each.expression
            );
            return Err(Failure::new(Code::Mapping, detail));
        }
        let this = Self {
            call,
            list: each,
            given,
            constants: Constants::of(call, values),
            elements,
            capped,
        };
        if call.effect == Effect::Write && call.need == Need::Required {
            // Not one of them is sent for an answer that will fail.
            let mut indices = 0..this.elements.len();
            let misfit = |index| this.of(index, |values| misfit(call, values, index == 0));
            if let Some(fault) = indices.find_map(misfit) {
                return Err(mapping(&fault));
            }
        }
        Ok(this)
    }

    /// What `use_values` makes of the values for element `index`.
    fn of<T>(&self, index: usize, use_values: impl FnOnce(Values<'_>) -> T) -> T {
        let item = Item {
            json: self.elements.get(index).map_or(&[], |json| json.as_ref()),
            index,
            list: &self.list.source,
            constants: &self.constants,
        };
        use_values(Values {
            endpoint: self.given.0,
            inputs: self.given.1,
            results: &[],
            item: Some(&item),
        })
    }

    /// Performs all of them. Ends at the deadline with what there is by then.
    pub(super) async fn run(self, way: Way<'_>) -> (Outcome, Vec<ItemReport>) {
        let mut under_way = FuturesUnordered::new();
        let mut ended: Vec<(usize, Outcome)> = Vec::with_capacity(self.elements.len());
        let mut tally = (self.call.effect == Effect::Write).then(|| Tally {
            left: Left::new(&self.given.0.label, self.call),
            total: self.elements.len(),
            begun: 0,
            through: false,
        });
        for index in 0..self.elements.len() {
            while under_way.len() >= self.list.concurrency {
                ended.extend(under_way.next().await);
            }
            if Instant::now() < way.deadline {
                // Other requests' turn: making one ready may take a while.
                tokio::task::yield_now().await;
            }
            while let Some(Some(end)) = under_way.next().now_or_never() {
                ended.push(end);
            }
            match self.begin(index, &way) {
                Ok(sent) => {
                    if let Some(tally) = &mut tally {
                        tally.begun += 1;
                    }
                    under_way.push(end(&way, index, sent));
                }
                Err(outcome) => ended.push((index, *outcome)),
            }
        }
        while let Some(end) = under_way.next().await {
            ended.push(end);
        }
        if let Some(tally) = &mut tally {
            tally.through = true;
        }
        ended.sort_unstable_by_key(|(index, _)| *index);
        combine(ended, self.capped)
    }

    /// Makes the request for element `index` ready and sends it.
    ///
    /// # Errors
    /// How it ended when it is not sent.
    fn begin(
        &self,
        index: usize,
        way: &Way<'_>,
    ) -> Result<impl Future<Output = Outcome> + Send + use<>, Box<Outcome>> {
        let is_write = self.call.effect == Effect::Write;
        if is_write && way.refused.load(Ordering::Relaxed) {
            return Err(Box::new(Outcome::Skipped(SkipReason::RequiredFailed)));
        }
        let max_bytes = self.list.max_bytes;
        if !is_write && way.read.load(Ordering::Relaxed) > max_bytes {
            return Err(Box::new(Outcome::Failed(Failure::new(
                Code::UpstreamTooLarge,
                format!(
                    "the answers for the elements before it have more than {max_bytes} bytes together"
                ),
            ))));
        }
        let ready = || self.of(index, |values| prepare(self.call, values));
        let request = (Instant::now() < way.deadline).then(ready).transpose();
        let request = request.map_err(|fault| {
            way.refuse(self.call);
            Box::new(Outcome::Failed(mapping(&fault)))
        })?;
        let now = Instant::now();
        match request {
            Some(request) if now < way.deadline => {
                let times = (now, way.deadline);
                Ok(send(
                    (self.given.0, self.call),
                    request,
                    way.asker.clone(),
                    times,
                    way.ports,
                ))
            }
            // Nothing has been sent of it, so that a write is not unknown.
            Some(_) | None => Err(Box::new(Outcome::late(Effect::Read))),
        }
    }
}

impl Way<'_> {
    /// A write has failed: no other is begun where the answer needs them all.
    fn refuse(&self, call: &Call) {
        if call.effect == Effect::Write && call.need == Need::Required {
            self.refused.store(true, Ordering::Relaxed);
        }
    }
}

async fn end(way: &Way<'_>, index: usize, sent: impl Future<Output = Outcome>) -> (usize, Outcome) {
    // The budget's own timer would end the call as a whole, and lose what has been read.
    let outcome = tokio::time::timeout_at(way.deadline, sent)
        .await
        .unwrap_or_else(|_| Outcome::late(way.call.effect));
    if let Some(success) = outcome.success() {
        way.read.fetch_add(success.body.len(), Ordering::Relaxed);
    }
    let fails = outcome
        .ending()
        .code()
        .is_some_and(|_| !matches!(outcome, Outcome::Absent(_)));
    if fails {
        way.refuse(way.call);
    }
    (index, outcome)
}

/// One outcome of all: the array of what they brought, `null` for each that brought nothing.
fn combine(ended: Vec<(usize, Outcome)>, capped: Option<usize>) -> (Outcome, Vec<ItemReport>) {
    let total = ended.len();
    // An element that does not exist is `null` and no failure.
    let endings: Vec<_> = ended
        .iter()
        .filter(|(_, outcome)| !matches!(outcome, Outcome::Absent(_)))
        .map(|(_, outcome)| (Need::Required, outcome.ending()))
        .collect();
    let cause = match decide(&endings, None) {
        Decision::Answer { .. } => None,
        Decision::Refuse { code, .. } => Some(strongest(&ended, code)),
    };
    let read = || ended.iter().filter_map(|(_, outcome)| outcome.success());
    let (age, stale) = (
        read().filter_map(Success::age).max(),
        read().find_map(Success::stale),
    );
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
        let extra = success.extra.get_or_insert_default();
        (extra.age, extra.stale) = (age, stale);
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
mod tests;
