//! One HTTP request: route → authenticate → check → invoke → respond. Each step is a function of
//! another file; here is their order.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::ConnectionType;
use actix_web::http::header::{
    ALLOW, CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use config::Access;
use orchestration::{Effect, Invocation, Ports, Trace};
use problem::{Code, Problem};
use tokio::time::Instant;

use crate::authenticate::{Denied, Principal, from_script};
use crate::explain::{MEDIA_TYPE, Told, Wish};
use crate::limits::{Excess, Limit, Owner};
use crate::process::Process;
use crate::request::read_body;
use crate::revision::{Revision, Served};
use crate::route::Route;
use crate::{parameters, respond, trace};

mod accept;
mod cut;
mod outcome;
mod page;

pub(crate) use cut::wake_before_the_cut;
use outcome::{Exchange, Sending};

/// When to come again, where nobody can say.
const SOON: Duration = Duration::from_secs(1);

/// Answers one request.
pub(crate) async fn handle(
    request: HttpRequest,
    mut payload: Payload,
    process: Data<Process>,
) -> HttpResponse<Sending> {
    let trace = trace::of(request.headers());
    let mut exchange = Exchange::begin(&process, &request, Arc::clone(&trace));
    let mut response = match respond_to(&request, &mut payload, &process, &mut exchange).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(&trace, &mut exchange),
    };
    if let Some(quota) = exchange.quota {
        respond::quota(&mut response, &quota);
    }
    // What is left of a body nobody will read must not be taken in for ever.
    let refused_or_page = exchange.code.is_some() || exchange.endpoint.is_none();
    let unread = refused_or_page && has_body(&request);
    if unread || process.is_leaving() {
        // Not as a header: actix writes `Connection` by the type and skips what stands there.
        response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    exchange.answer(response, unread.then_some(payload))
}

/// Whether the request announces a body (RFC 9112 §6.3).
fn has_body(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0")
}

async fn respond_to(
    request: &HttpRequest,
    payload: &mut Payload,
    process: &Process,
    exchange: &mut Exchange,
) -> Result<HttpResponse, Refusal> {
    if process.has_ended() {
        return Err(Refusal::stopping());
    }
    let revision = process.revision();
    let path = request.uri().path();
    match revision.routes.find(request.method(), path) {
        Route::Endpoint(index, values) => {
            let served = revision
                .endpoints
                .get(index)
                .ok_or_else(|| Refusal::plain(Code::Internal, "the route leads to no endpoint"))?;
            exchange.endpoint = Some(Arc::clone(&served.endpoint));
            exchange.counters = Some(Arc::clone(&served.counters));
            // Before anything is verified or read.
            enter(exchange, revision.limits.service.as_ref())?;
            enter(exchange, revision.limits.endpoint(index))?;
            serve(
                request, payload, process, &revision, served, &values, exchange,
            )
            .await
        }
        Route::OtherMethods(allow) => Err(Refusal::method(&allow)),
        Route::Nowhere => page::serve(request, process, &revision, exchange).await,
    }
}

async fn serve(
    request: &HttpRequest,
    payload: &mut Payload,
    process: &Process,
    revision: &Revision,
    served: &Served,
    values: &[(&str, &str)],
    exchange: &mut Exchange,
) -> Result<HttpResponse, Refusal> {
    let access = match &revision.explain {
        None => &served.access,
        Some(_) => Wish::access(&served.access, request.uri().query()),
    };
    exchange.client = authenticate(request, revision, access).await?;
    let client = exchange.client.as_ref();
    let limit = client.and_then(|client| revision.limits.client(client.name()));
    enter(exchange, limit)?;
    // Only now: who is not let in takes nothing from those who are.
    let charged = exchange.charge();
    charged.map_err(|(owner, excess)| Refusal::excess(&owner, excess))?;
    let mut query = Cow::Borrowed(request.uri().query().unwrap_or_default());
    let wish = match &revision.explain {
        None => Wish::Nothing,
        Some(scopes) => {
            let refuse = |missing: String| {
                let detail = format!("to explain an answer the client lacks the scope {missing}");
                Refusal::plain(Code::Forbidden, detail)
            };
            Wish::take(scopes, exchange.client.as_ref(), &mut query).map_err(refuse)?
        }
    };
    let takes_explained = wish == Wish::Explanation
        && (accept::accepts(request, &[]) || accept::accepts(request, &[MEDIA_TYPE.to_owned()]));
    if !takes_explained && !accept::accepts(request, &served.media_types) {
        let offered = match served.media_types.as_slice() {
            [] => "application/json".to_owned(),
            types => types.join(" or "),
        };
        let detail = format!("the answer is {offered}");
        return Err(Refusal::plain(Code::NotAcceptable, detail));
    }
    let arrived_by = exchange.began + revision.server.body_timeout;
    let body = read_body(
        payload,
        request.headers(),
        served.checker.max_body(),
        arrived_by,
    )
    .await
    .map_err(|problem| Refusal::from(*problem))?;
    let mut inputs = served
        .checker
        .check(values, &query, request.headers(), body)
        .map_err(|refused: parameters::Refused| Refusal::from(refused.into_problem()))?;
    // What is open to everybody is the same for everybody, whoever has it explained.
    let principal = exchange.client.as_ref().filter(|_| !served.endpoint.public);
    inputs.principal = principal.map(|principal| Arc::clone(principal.name()));
    inputs.explained = wish == Wish::Explanation;
    if served.endpoint.claims {
        inputs.claims = exchange.client.as_ref().map(Principal::claims);
    }
    let trace = Arc::clone(&exchange.trace);
    let invocation = Invocation {
        endpoint: Arc::clone(&served.endpoint),
        inputs,
        began: Instant::now(),
        trace,
    };
    let ports = Ports {
        backends: &revision.backends,
        writes: &process.work,
        heavy: &process.heavy,
    };
    let invoking = pin!(orchestration::invoke(invocation, ports));
    // Of a write, nobody could say that it was not done.
    let calls = &served.endpoint.plan.calls;
    let may_be_left = || calls.iter().all(|call| call.effect == Effect::Read);
    let mut answer = cut::unless_cut(process, may_be_left, invoking)
        .await
        .ok_or_else(Refusal::stopping)?;
    exchange.answered(&mut answer);
    let id = request_id(&exchange.trace);
    if wish == Wish::Nothing {
        return Ok(match &served.caching {
            None => respond::answer(answer, &id),
            Some(caching) => caching.respond(request, answer, &id),
        });
    }
    let told = Told {
        revision,
        endpoint: &served.endpoint,
        client: exchange.client.as_ref(),
        reports: exchange.reports(),
        took: exchange.began.elapsed(),
    };
    let timing = told.server_timing();
    let mut response = match &served.caching {
        _ if wish == Wish::Explanation => told.respond(answer, &id),
        None => respond::answer(answer, &id),
        Some(caching) => caching.respond(request, answer, &id),
    };
    if let Some((name, value)) = timing {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn enter(exchange: &mut Exchange, limit: Option<&Arc<Limit>>) -> Result<(), Box<Refusal>> {
    let Some(limit) = limit else { return Ok(()) };
    exchange
        .enter(limit)
        .map_err(|excess| Box::new(Refusal::excess(&limit.owner, excess)))
}

async fn authenticate(
    request: &HttpRequest,
    revision: &Revision,
    access: &Access,
) -> Result<Option<Principal>, Refusal> {
    let denied = match revision
        .authenticator
        .authenticate(access, request.headers())
        .await
    {
        Ok(principal) => return Ok(principal),
        Err(denied) => denied,
    };
    let mut refusal = Refusal::plain(denied.code(), denied.to_string());
    match denied {
        Denied::Missing | Denied::Wrong => {
            refusal.challenges = revision
                .authenticator
                .challenges(access, from_script(request.headers()));
        }
        Denied::Forbidden { .. } => {}
        Denied::Overloaded { retry_after } => refusal.retry_after = Some(retry_after),
    }
    Err(refusal)
}

fn request_id(trace: &Trace) -> HeaderValue {
    HeaderValue::from_bytes(trace.request_id.as_bytes())
        .unwrap_or_else(|_| HeaderValue::from_static("-"))
}

/// A request that is answered with a problem before any backend is called.
struct Refusal {
    problem: Problem,
    challenges: Vec<HeaderValue>,
    allow: Option<HeaderValue>,
    retry_after: Option<Duration>,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            challenges: Vec::new(),
            allow: None,
            retry_after: None,
        }
    }
}

impl From<Box<Refusal>> for Refusal {
    fn from(refusal: Box<Refusal>) -> Self {
        *refusal
    }
}

impl Refusal {
    fn plain(code: Code, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    fn stopping() -> Self {
        Self::unavailable("the service is stopping")
    }

    /// The service cannot serve just now; another one may be there already.
    fn unavailable(detail: impl Into<String>) -> Self {
        let mut refusal = Self::plain(Code::Overloaded, detail);
        refusal.retry_after = Some(SOON);
        refusal
    }

    /// More than a limit lets through. Too often is 429, whoever set the rate, and so is too much at once
    /// of one client; too much at once of all clients together is the service's own matter (503).
    fn excess(owner: &Owner, excess: Excess) -> Self {
        let what = match owner {
            Owner::Service => "the service takes",
            Owner::Client(_) => "this client may send",
            Owner::Endpoint(_) => "the endpoint takes",
        };
        let (code, wait, how) = match (excess, owner) {
            (Excess::Rate(wait, _), _) => (Code::RateLimited, wait, "in so short a time"),
            (Excess::InFlight, Owner::Client(_)) => (Code::RateLimited, SOON, "at once"),
            (Excess::InFlight, Owner::Service | Owner::Endpoint(_)) => {
                (Code::Overloaded, SOON, "at once")
            }
        };
        let mut refusal = Self::plain(code, format!("more requests than {what} {how}"));
        refusal.retry_after = Some(wait);
        refusal
    }

    fn method(allow: &str) -> Self {
        let mut refusal = Self::plain(
            Code::MethodNotAllowed,
            format!("the endpoint offers: {allow}"),
        );
        refusal.allow = HeaderValue::from_str(allow).ok();
        refusal
    }

    fn into_response(mut self, trace: &Trace, exchange: &mut Exchange) -> HttpResponse {
        exchange.code = Some(self.problem.code);
        let request_id = request_id(trace);
        self.problem.request_id = request_id.to_str().ok().map(str::to_owned);
        let mut response = respond::problem(&self.problem, self.retry_after, &request_id);
        let headers = response.headers_mut();
        for challenge in self.challenges {
            headers.append(WWW_AUTHENTICATE, challenge);
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, allow);
        }
        response
    }
}
