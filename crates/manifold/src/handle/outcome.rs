//! What is told of a request at its very end: one access line and the metrics, when the last byte of
//! its answer was handed to the connection, or when the client left before that.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::Method;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use orchestration::{Answer, Body, Endpoint, Report, Success, Trace};
use problem::Code;
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::access_log::{CallLine, Line};
use crate::authenticate::Principal;
use crate::limits::{Admitted, Excess, Limit, Owner, Remaining};
use crate::metrics::{EndpointMetrics, NOWHERE};
use crate::process::Process;

/// nginx's status for a client that left; not sent to anybody.
const CLIENT_LEFT: u16 = 499;

/// One request under way. Dropped before [`Exchange::answer`], it tells of a client that left.
pub(super) struct Exchange {
    pub(super) began: Instant,
    pub(super) trace: Arc<Trace>,
    pub(super) endpoint: Option<Arc<Endpoint>>,
    pub(super) counters: Option<Arc<EndpointMetrics>>,
    pub(super) client: Option<Principal>,
    pub(super) code: Option<Code>,
    /// What is left of the rate that has least left.
    pub(super) quota: Option<Remaining>,
    /// The limits that count it as under way.
    admitted: Vec<Admitted>,
    complete: Option<bool>,
    reports: Vec<Report>,
    method: Method,
    status: u16,
    /// What the answer's body has, and how much of it was taken to be sent.
    announced: u64,
    sent: u64,
    process: Data<Process>,
    /// Shutdown waits for it.
    _working: TaskTrackerToken,
}

impl Exchange {
    pub(super) fn begin(process: &Data<Process>, request: &HttpRequest, trace: Arc<Trace>) -> Self {
        process.shared.metrics.begun();
        Self {
            began: Instant::now(),
            trace,
            endpoint: None,
            counters: None,
            client: None,
            code: None,
            quota: None,
            admitted: Vec::new(),
            complete: None,
            reports: Vec::new(),
            method: request.method().clone(),
            status: CLIENT_LEFT,
            announced: 0,
            sent: 0,
            process: process.clone(),
            _working: process.work.token(),
        }
    }

    /// Takes the request where `limit` does; it counts there as under way until the exchange ends.
    pub(super) fn enter(&mut self, limit: &Arc<Limit>) -> Result<(), Excess> {
        let entered = limit.enter();
        match entered {
            Ok(admitted) => self.admitted.push(admitted),
            Err(excess) => {
                self.exceeds(&limit.owner, excess);
                return Err(excess);
            }
        }
        Ok(())
    }

    /// Counts the request for the rate of each limit that took it, the narrowest first: what one of
    /// them refuses takes nothing of those of others.
    pub(super) fn charge(&mut self) -> Result<(), (Owner, Excess)> {
        for admitted in self.admitted.iter().rev() {
            match admitted.charge() {
                Ok(None) => {}
                Ok(Some(quota)) => {
                    if self.quota.is_none_or(|least| quota.left <= least.left) {
                        self.quota = Some(quota);
                    }
                }
                Err(excess) => {
                    let owner = admitted.owner().clone();
                    self.exceeds(&owner, excess);
                    return Err((owner, excess));
                }
            }
        }
        Ok(())
    }

    fn exceeds(&mut self, owner: &Owner, excess: Excess) {
        let metrics = &self.process.shared.metrics;
        metrics.limited(owner.kind(), excess.kind());
        if let Excess::Rate(_, quota) = excess {
            self.quota = Some(quota);
        }
    }

    /// Backends were called.
    pub(super) fn answered(&mut self, answer: &mut Answer) {
        self.complete = answer.complete;
        self.reports = std::mem::take(&mut answer.reports);
        if let Body::Problem(problem) = &answer.body {
            self.code = Some(problem.code);
        }
    }

    /// How each call ended, in the plan's order.
    pub(super) fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The response is ready: what is left of the exchange goes with its body. `unread`: what nobody
    /// will read of the request.
    pub(super) fn answer(
        mut self,
        response: HttpResponse,
        unread: Option<Payload>,
    ) -> HttpResponse<Sending> {
        self.status = response.status().as_u16();
        self.announced = match response.body().size() {
            // The answer to HEAD announces a body and has none.
            BodySize::Sized(bytes) if self.method != Method::HEAD => bytes,
            _ => 0,
        };
        response.map_body(|_, body| Sending {
            body,
            _unread: unread,
            exchange: self,
        })
    }

    fn calls(&self) -> Vec<CallLine<'_>> {
        let Some(endpoint) = &self.endpoint else {
            return Vec::new();
        };
        let line = |(call, report): (_, &Report)| line(call, report);
        endpoint
            .plan
            .calls
            .iter()
            .zip(&self.reports)
            .map(line)
            .collect()
    }
}

fn line<'a>(call: &'a orchestration::Call, report: &Report) -> CallLine<'a> {
    let stale = report.outcome.success().and_then(Success::stale);
    CallLine {
        call: &call.name,
        backend: &call.backend.alias,
        outcome: report.outcome.as_str(),
        code: report.outcome.code().or(stale).map(Code::as_str),
        status: report.outcome.status(),
        duration_us: report
            .latency
            .map(|latency| u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)),
        stale: stale.is_some(),
    }
}

/// An answer's body on its way to the client. Its end, good or bad, is the end of the exchange.
pub(crate) struct Sending {
    body: BoxBody,
    /// Held until the answer has ended: actix closes the connection then. Had it been dropped before,
    /// actix would take in a chunked body to its end, which may never come.
    _unread: Option<Payload>,
    exchange: Exchange,
}

impl MessageBody for Sending {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let chunk = ready!(Pin::new(&mut self.body).poll_next(context));
        if let Some(Ok(bytes)) = &chunk {
            self.exchange.sent += bytes.len() as u64;
        }
        Poll::Ready(chunk)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let metrics = &self.process.shared.metrics;
        metrics.ended();
        match &self.counters {
            Some(counters) => {
                counters.answered(metrics, self.status, took);
                counters.called(metrics, &self.reports);
            }
            None => metrics.answered_nowhere(self.status, took),
        }
        let endpoint = self.endpoint.as_ref().map(|endpoint| &endpoint.label);
        if let Some(label) = endpoint
            && self.complete == Some(false)
        {
            metrics.incomplete(label);
        }
        let sent = self.sent.min(self.announced);
        let aborted = sent < self.announced;
        if aborted {
            metrics.aborted(endpoint);
        }
        self.process.access_log.write(&Line {
            time: jiff::Timestamp::now(),
            request_id: self.trace.request_id.to_str().unwrap_or("-"),
            method: self.method.as_str(),
            endpoint: endpoint.map_or(NOWHERE, |label| label),
            client: self.client.as_ref().map(|client| client.name().as_ref()),
            status: self.status,
            code: self.code.map(Code::as_str),
            complete: self.complete,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            bytes: sent,
            aborted,
            calls: self.calls(),
        });
    }
}
