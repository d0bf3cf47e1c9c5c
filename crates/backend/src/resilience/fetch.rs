//! A fetch that is admitted, watched and repeated.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use orchestration::{AttemptKind, Effect};
use problem::Code;
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
    if let Some(retries) = &state.retries {
        retries.budget.deposit();
    }
    let mut failed: Option<Fault> = None;
    let mut number = 1;
    loop {
        let begun = Instant::now();
        let kind = (number > 1).then_some(AttemptKind::Retry);
        let fault = match state.hedged(backend, ask, kind).await {
            Ok(fetched) => return Ok(fetched),
            // What the backend said tells more than that it is spared since.
            Err(Ended::Rejected(fault)) => return Err(failed.unwrap_or(fault)),
            Err(Ended::Failed(fault)) => fault,
        };
        let Some(wait) = state.wait(number, &fault, ask, begun.elapsed()) else {
            return Err(fault);
        };
        sleep(wait).await;
        state.observer.retried(&state.alias, RetryResult::Sent);
        failed = Some(fault);
        number += 1;
    }
}

/// How a request came to nothing.
enum Ended {
    /// It was not sent.
    Rejected(Fault),
    Failed(Fault),
}

impl Resilience {
    /// One request, and for a read that takes long another one beside it: whichever succeeds first.
    async fn hedged(
        &self,
        backend: &Backend,
        ask: &Ask<'_>,
        kind: Option<AttemptKind>,
    ) -> Result<Fetched, Ended> {
        let hedges = self.hedges.as_ref().filter(|_| ask.effect == Effect::Read);
        let Some(hedges) = hedges else {
            return self.admitted(backend, ask, kind).await;
        };
        let wait = hedges.begin();
        let mut first = pin!(self.admitted(backend, ask, kind));
        let Some(wait) = wait else {
            return first.await;
        };
        tokio::select! {
            biased;
            ended = &mut first => return ended,
            () = sleep(wait) => {}
        }
        if !hedges.budget.withdraw() {
            return first.await;
        }
        self.observer.hedged(&self.alias);
        let second = pin!(self.admitted(backend, ask, Some(AttemptKind::Hedge)));
        match select(first, second).await {
            Either::Left((Ok(fetched), _)) | Either::Right((Ok(fetched), _)) => Ok(fetched),
            // What the first one said is what a call without a second one would have ended as.
            Either::Left((Err(ended), second)) => second.await.map_err(|_| ended),
            Either::Right((Err(_), first)) => first.await,
        }
    }

    /// One request, if it may be sent now.
    async fn admitted(
        &self,
        backend: &Backend,
        ask: &Ask<'_>,
        kind: Option<AttemptKind>,
    ) -> Result<Fetched, Ended> {
        let whom = backend.settings.credential.whom(ask.principal);
        if let Some(left) = self.retries.as_ref().and_then(|_| self.pauses.left(whom)) {
            return Err(Ended::Rejected(self.reject(Rejection::Throttled, left)));
        }
        let passed = match &self.breaker {
            None => None,
            Some(breaker) => match breaker.enter() {
                Ok(pass) => Some((breaker, pass)),
                Err(left) => {
                    return Err(Ended::Rejected(self.reject(Rejection::BreakerOpen, left)));
                }
            },
        };
        let watched = Watched::new(passed, ask.deadline, kind);
        let _slot = match &self.slots {
            None => None,
            Some(slots) => match slots.take(ask.deadline).await {
                Ok(slot) => Some(slot),
                Err(_) => return Err(Ended::Rejected(self.reject(Rejection::Overloaded, SOON))),
            },
        };
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
            self.pauses.begin(whom, wait);
        }
        fetched.map_err(Ended::Failed)
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
