//! One request on its way: how long it is waited for, and what becomes of it when nobody waits any
//! more.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use problem::Code;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::Ports;
use super::left::Left;
use crate::{Attempts, Call, Effect, Endpoint, Exchange, Failure, Outcome, Prepared, Trace};

/// An endpoint that is in a greater hurry says nothing about a backend which others give more time.
const PATIENT: Duration = Duration::from_secs(1);

/// What is told a backend of who asks.
#[derive(Clone)]
pub(super) struct Asker<'a> {
    pub(super) trace: &'a Arc<Trace>,
    pub(super) principal: Option<&'a Arc<str>>,
    /// Where what is sent for the call is noted.
    pub(super) attempts: Option<Arc<Attempts>>,
}

/// Sends `request` and waits from `now` on for its end, at most until `deadline` and for the call's
/// own time.
/// A read that is dropped is cancelled; a write runs on in a task of its own, which logs its end when
/// nobody waits for it any more.
pub(super) fn send(
    (endpoint, call): (&Endpoint, &Call),
    request: Prepared,
    asker: Asker<'_>,
    (now, deadline): (Instant, Instant),
    ports: Ports<'_>,
) -> impl Future<Output = Outcome> + Send + use<> {
    let patience = deadline.min(now + call.timeout);
    let effect = call.effect;
    let (exchange_deadline, full_time) = match effect {
        Effect::Read => {
            let most = endpoint.calls_budget().max(PATIENT);
            (patience, call.timeout.min(most))
        }
        Effect::Write => (now + call.write_timeout, call.write_timeout),
    };
    let sent = ports.backends.send(Exchange {
        backend: call.backend.index,
        request,
        effect,
        expect: Arc::clone(&call.expect),
        deadline: exchange_deadline,
        full_time,
        trace: Arc::clone(asker.trace),
        principal: asker.principal.cloned(),
        attempts: asker.attempts,
    });
    let sent = match effect {
        Effect::Read => Sent::Read(sent),
        Effect::Write => {
            let (told, end) = oneshot::channel();
            let left = Left::new(&endpoint.label, call);
            ports.writes.spawn(async move {
                let outcome = timeout_at(exchange_deadline, sent).await;
                let outcome = outcome.unwrap_or_else(|_| Outcome::late(Effect::Write));
                if let Err(outcome) = told.send(outcome) {
                    left.ended(&outcome, now.elapsed());
                }
            });
            Sent::Write(end)
        }
    };
    // The budget's own timer covers a call that may take all of it.
    let own_timer = patience < deadline;
    async move {
        match sent {
            Sent::Read(sent) if own_timer => timeout_at(patience, sent)
                .await
                .unwrap_or_else(|_| Outcome::late(Effect::Read)),
            Sent::Read(sent) => sent.await,
            Sent::Write(task) => match timeout_at(patience, task).await {
                Ok(Ok(outcome)) => outcome,
                Err(_) => Outcome::late(Effect::Write),
                Ok(Err(_)) => Outcome::Unknown(Failure::new(
                    Code::Internal,
                    "the call ended by a defect of the service",
                )),
            },
        }
    }
}

/// Where the end of an exchange comes from.
enum Sent {
    /// Itself.
    Read(BoxFuture<'static, Outcome>),
    /// The task in which it runs on.
    Write(oneshot::Receiver<Outcome>),
}
