//! A FHIR search: page after page inside one call, and one Bundle in the end
//! (FHIR R4, search.html, http.html#paging).

use fhir::bundle::{Collected, Incomplete, Page, Wanted};
pub(crate) use fhir::paging::Limits;
use fhir::paging::{Pager, Stop};
use http::Method;
use orchestration::{AttemptKind, Effect, Exchange, Failure, Outcome, Success};
use problem::Code;
use tokio::time::timeout_at;
use url::Url;

use crate::cache::Freshness;
use crate::exchange::{Ask, Backend, Fetched, Sending};
use crate::{Check, Dialect};

/// Why paging ended early.
struct Stopped {
    reason: Incomplete,
    /// What fails a required call; `None` for a cap.
    cause: Option<Failure>,
}

/// Reads a search from `first` on, within both caps and the exchange's deadline.
pub(crate) async fn search(
    backend: &Backend,
    first: Url,
    (exchange, freshness): (Exchange, Option<&Freshness>),
    searched: &str,
    limits: Limits,
) -> Outcome {
    let credential = &backend.settings.credential;
    let credential = match credential.chosen(exchange.principal.as_deref()) {
        Ok(credential) => credential,
        Err(fault) => return fault.into_outcome(false),
    };
    let mut links = Pager::new(&backend.settings.url, &first, limits)
        .with_listed_origins(&backend.settings.page_origins);
    if let Some(name) = credential.query_name() {
        links = links.with_query_credential(name);
    }
    let wanted = if fhir::search::is_count_only(parameters(&exchange)) {
        Wanted::Total
    } else {
        Wanted::Entries
    };
    let mut reader = Reading {
        backend,
        exchange: &exchange,
        freshness,
        left: backend.settings.max_body,
    };
    let mut read = Vec::new();
    let mut requested = first;
    let mut status = 200;
    let stopped = loop {
        let page = match reader.page(&requested, read.is_empty()).await {
            Ok(Came::Page(page_status, page)) => {
                status = page_status;
                page
            }
            Ok(Came::Absent(status)) => return Outcome::Absent(Some(status)),
            Err(stopped) if read.is_empty() => {
                let failure = stopped.cause.unwrap_or_else(|| {
                    Failure::new(Code::Internal, "a first page without a cause")
                });
                return Outcome::Failed(failure);
            }
            Err(stopped) => break Some(stopped),
        };
        links.count_entries(page.entries.len());
        let next = page.next.clone();
        read.push(page);
        let Some(link) = next else { break None };
        match links.next(&link, &requested) {
            Ok(page) => requested = page,
            Err(stop) => {
                break Some(Stopped {
                    reason: stop.into(),
                    cause: broken_paging(stop),
                });
            }
        }
    };
    finish(backend, searched, wanted, read, stopped, status).await
}

/// What is searched for: in the URL, or in the body of a POST (FHIR R4, http.html#search).
fn parameters(exchange: &Exchange) -> &str {
    match &exchange.request.body {
        Some(form) => std::str::from_utf8(&form.bytes).unwrap_or_default(),
        None => &exchange.request.query,
    }
}

async fn finish(
    backend: &Backend,
    searched: &str,
    wanted: Wanted,
    pages: Vec<Page>,
    stopped: Option<Stopped>,
    status: u16,
) -> Outcome {
    let (reason, cause) = stopped.map_or((None, None), |stopped| {
        (Some(stopped.reason), stopped.cause)
    });
    let collection = fhir::bundle::collect(Collected {
        pages,
        searched,
        wanted,
        backend: &backend.settings.alias,
        stopped: reason,
    });
    let check = match backend.settings.dialect {
        Dialect::FhirR4 { check } => check,
        Dialect::Rest => Check::Off,
    };
    if let Err(failure) = backend
        .inspector
        .inspect(check, &collection.bundle, true)
        .await
    {
        return Outcome::Failed(failure.with_status(status));
    }
    let success = Success::new(status, collection.bundle);
    match collection.incomplete {
        None => Outcome::Ok(success),
        Some(incomplete) => Outcome::Incomplete {
            success,
            reason: incomplete.to_string().into(),
            cause,
        },
    }
}

/// A loop or a refused link is the backend's fault; a cap is nobody's.
fn broken_paging(stop: Stop) -> Option<Failure> {
    match stop {
        Stop::PageCap | Stop::EntryCap => None,
        Stop::Loop | Stop::Refused(_) => {
            Some(Failure::new(Code::UpstreamUnreadable, stop.to_string()))
        }
    }
}

/// What came, with its status.
enum Came {
    Page(u16, Page),
    /// The backend says that the thing does not exist.
    Absent(u16),
}

struct Reading<'a> {
    backend: &'a Backend,
    exchange: &'a Exchange,
    freshness: Option<&'a Freshness>,
    /// Bytes that all further pages together may have.
    left: usize,
}

impl Reading<'_> {
    /// One page.
    async fn page(&mut self, url: &Url, first: bool) -> Result<Came, Stopped> {
        let Exchange {
            request,
            expect,
            deadline,
            full_time,
            trace,
            principal,
            attempts,
            ..
        } = self.exchange;
        let kind = if first {
            AttemptKind::First
        } else {
            AttemptKind::Page
        };
        let ask = Ask {
            // Further pages are links, which are followed by GET whatever began the search.
            method: if first { &request.method } else { &Method::GET },
            elsewhere: url.origin() != self.backend.settings.url.origin(),
            url: url.clone(),
            headers: &request.headers,
            trace,
            principal: principal.as_deref(),
            body: request.body.as_deref().filter(|_| first),
            effect: Effect::Read,
            expect,
            absent: if first { &expect.absent } else { &[] },
            deadline: *deadline,
            full_time: *full_time,
            max_body: self.left,
            freshness: self.freshness,
            sending: Sending::new(attempts.as_deref(), kind),
        };
        // What has been read is kept when time runs out, so that this wait is bounded here too.
        let fetched = timeout_at(*deadline, self.backend.fetch(&ask)).await;
        let success = match fetched {
            Ok(Ok(Fetched::Success(success))) => success,
            Ok(Ok(Fetched::Absent(status))) => return Ok(Came::Absent(status)),
            Ok(Err(fault)) => {
                return Err(Stopped {
                    reason: Incomplete::FailedPage,
                    cause: Some(fault.failure),
                });
            }
            Err(_) => {
                let cause = Some(Failure::new(Code::Deadline, "no answer in time"));
                return Err(Stopped {
                    reason: Incomplete::Deadline,
                    cause,
                });
            }
        };
        self.left = self.left.saturating_sub(success.body.len());
        match fhir::bundle::page(&success.body) {
            Ok(page) => Ok(Came::Page(success.status, page)),
            Err(fault) => {
                let cause = Failure::new(Code::UpstreamUnreadable, fault.to_string())
                    .with_status(success.status);
                Err(Stopped {
                    reason: Incomplete::FailedPage,
                    cause: Some(cause),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
