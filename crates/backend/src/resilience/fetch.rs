//! A fetch that is admitted, watched and repeated.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use orchestration::{AttemptKind, Effect};
use problem::Code;
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep};

use super::attempt::Watched;
use super::{Rejection, Resilience, RetryResult};
use crate::exchange::{Ask, Backend, Fetched};
use crate::failure::Fault;

/// When to ask again where there is no room: calls end all the time.
const SOON: Duration = Duration::from_secs(1);

/// Fetches `ask` as `state` allows, and again where it may be repeated.
pub(crate) async fn fetch(
    backend: &Backend,
    state: &Resilience,
    ask: &Ask<'_>,
) -> Result<Fetched, Fault> {
    let mut failed: Option<Fault> = None;
    let mut number = 1;
    loop {
        let begun = Instant::now();
        let kind = (number > 1).then_some(AttemptKind::Retry);
        let admitted = match (state.admit(backend, ask, kind).await, failed) {
            (Ok(admitted), None) => {
                state.call_begins();
                admitted
            }
            (Ok(admitted), Some(_)) => {
                state.observer.retried(&state.alias, RetryResult::Sent);
                admitted
            }
            (Err((rejection, left)), None) => return Err(state.reject(rejection, left)),
            // What the backend said tells more than that it is spared since.
            (Err(_), Some(fault)) => {
                state.retry_refused();
                return Err(fault);
            }
        };
        let fault = match state.hedged(backend, ask, admitted).await {
            Ok(fetched) => return Ok(fetched),
            Err(fault) => fault,
        };
        let Some(wait) = state.wait(number, &fault, ask, begun.elapsed()) else {
            return Err(fault);
        };
        sleep(wait).await;
        failed = Some(fault);
        number += 1;
    }
}

/// A request that may be sent now.
struct Admitted<'a> {
    watched: Watched<'a>,
    /// Given back when the request has ended.
    _slot: Option<SemaphorePermit<'a>>,
}

/// Why a request may not be sent, and when to ask again.
type Refused = (Rejection, Duration);

impl Resilience {
    /// Waits until one request may be sent.
    async fn admit(
        &self,
        backend: &Backend,
        ask: &Ask<'_>,
        kind: Option<AttemptKind>,
    ) -> Result<Admitted<'_>, Refused> {
        let watched = self.enter(backend, ask, kind)?;
        let slot = match &self.slots {
            None => None,
            Some(slots) => {
                let slot = slots.take(ask.deadline).await;
                Some(slot.map_err(|rejection| (rejection, SOON))?)
            }
        };
        Ok(Admitted {
            watched,
            _slot: slot,
        })
    }

    /// A second request, if it may be sent at once. One that may not is nobody's loss, and is paid for
    /// by nobody.
    fn admit_second(&self, backend: &Backend, ask: &Ask<'_>) -> Option<Admitted<'_>> {
        let watched = self.enter(backend, ask, Some(AttemptKind::Hedge)).ok()?;
        let slot = match &self.slots {
            None => None,
            Some(slots) => Some(slots.take_free()?),
        };
        Some(Admitted {
            watched,
            _slot: slot,
        })
    }

    /// Lets a request in, but for the room that it needs.
    fn enter(
        &self,
        backend: &Backend,
        ask: &Ask<'_>,
        kind: Option<AttemptKind>,
    ) -> Result<Watched<'_>, Refused> {
        let whom = backend.settings.credential.whom(ask.principal);
        if let Some(left) = self.retries.as_ref().and_then(|_| self.pauses.left(whom)) {
            return Err((Rejection::Throttled, left));
        }
        let passed = match &self.breaker {
            None => None,
            Some(breaker) => {
                let pass = breaker.enter();
                let pass = pass.map_err(|left| (Rejection::BreakerOpen, left))?;
                Some((breaker, pass))
            }
        };
        Ok(Watched::new(passed, ask, kind))
    }

    /// The request that was admitted, and for a read that takes long another one beside it: whichever
    /// succeeds first.
    async fn hedged(
        &self,
        backend: &Backend,
        ask: &Ask<'_>,
        admitted: Admitted<'_>,
    ) -> Result<Fetched, Fault> {
        let hedges = self.hedges.as_ref().filter(|_| ask.effect == Effect::Read);
        let hedges = hedges.and_then(|hedges| Some((hedges, hedges.begin()?)));
        let Some((hedges, wait)) = hedges else {
            return self.send(backend, ask, admitted).await;
        };
        let mut first = pin!(self.send(backend, ask, admitted));
        tokio::select! {
            biased;
            ended = &mut first => return ended,
            () = sleep(wait) => {}
        }
        if !hedges.budget.withdraw() {
            return first.await;
        }
        let Some(admitted) = self.admit_second(backend, ask) else {
            hedges.budget.refund();
            return first.await;
        };
        self.observer.hedged(&self.alias);
        let second = pin!(self.send(backend, ask, admitted));
        match select(first, second).await {
            Either::Left((Ok(fetched), _)) | Either::Right((Ok(fetched), _)) => Ok(fetched),
            // What the first one said is what a call without a second one would have ended as.
            Either::Left((Err(fault), second)) => second.await.map_err(|_| fault),
            Either::Right((Err(_), first)) => first.await,
        }
    }

    /// One request.
    async fn send(
        &self,
        backend: &Backend,
        ask: &Ask<'_>,
        admitted: Admitted<'_>,
    ) -> Result<Fetched, Fault> {
        let Admitted { watched, _slot } = admitted;
        let begun = Instant::now();
        let fetched = backend.attempt(ask, Some(&watched.attempt)).await;
        if let (Some(hedges), Effect::Read, Ok(_)) = (&self.hedges, ask.effect, &fetched) {
            hedges.answered(begun.elapsed());
        }
        watched.ended(fetched.as_ref().err());
        if let Err(fault) = &fetched
            && fault.failure.code == Code::UpstreamThrottled
            && let (Some(_), Some(wait)) = (&self.retries, fault.failure.retry_after)
        {
            let whom = backend.settings.credential.whom(ask.principal);
            self.pauses.begin(whom, wait);
        }
        fetched
    }

    /// A call was let through: it pays for a part of a retry.
    fn call_begins(&self) {
        if let Some(retries) = &self.retries {
            retries.budget.deposit();
        }
    }

    /// A retry was not let through.
    fn retry_refused(&self) {
        if let Some(retries) = &self.retries {
            retries.budget.refund();
        }
        self.observer.retried(&self.alias, RetryResult::Refused);
    }

    /// The wait before the request that failed as the `number`th, after `took`, is sent again;
    /// `None`: it is not.
    fn wait(&self, number: u32, fault: &Fault, ask: &Ask<'_>, took: Duration) -> Option<Duration> {
        let retries = self.retries.as_ref()?;
        if number >= retries.settings.attempts || !retries.is_worth(fault, ask.effect) {
            return None;
        }
        let wait = retries.wait(number, fault);
        // It is taken to last as long as the one before.
        if Instant::now() + wait + took >= ask.deadline {
            self.observer.retried(&self.alias, RetryResult::NoTime);
            return None;
        }
        if !retries.budget.withdraw() {
            self.observer.retried(&self.alias, RetryResult::NoBudget);
            return None;
        }
        Some(wait)
    }
}
