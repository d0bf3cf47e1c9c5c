//! One declared server: finds the route, sends what it says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};

use super::declaration::DeclaredRoute;
use crate::authorization_server::Verifier;
use crate::error::Error;
use crate::fault::{self, Fault, FaultSettings};
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::resource_access;
use crate::server::Handler;

/// The handler of a declared server.
pub(super) struct Stub {
    routes: Vec<Route>,
    verifier: Option<Verifier>,
}

struct Route {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    response: Response,
    delay: Duration,
    fault: Option<Fault>,
    needs_bearer: bool,
    answers_left: AtomicUsize,
}

/// A route's answer as a handler, so that faults spoil it as they spoil any other.
struct Fixed(Response);

impl Stub {
    /// Checks the routes of one server.
    ///
    /// # Errors
    /// [`Error::Contradiction`] names the server and the route.
    pub(super) fn new(
        name: &str,
        declared: Vec<DeclaredRoute>,
        verifier: Option<Verifier>,
    ) -> Result<Self, Error> {
        let mut routes = Vec::new();
        for route in declared {
            let place = format!("{name}: {} {}", route.method, route.path);
            if route.bearer && verifier.is_none() {
                let reason = "`bearer` needs an `_authorization_server`";
                return Err(Error::Contradiction { place, reason });
            }
            routes.push(
                Route::check(route).map_err(|reason| Error::Contradiction { place, reason })?,
            );
        }
        Ok(Self { routes, verifier })
    }
}

impl Route {
    fn check(declared: DeclaredRoute) -> Result<Self, &'static str> {
        let status = StatusCode::from_u16(declared.status).map_err(|_| "`status` is no status")?;
        let method =
            Method::try_from(declared.method.as_str()).map_err(|_| "`method` is no method")?;
        if !declared.path.starts_with('/') || declared.path.contains('?') {
            return Err("`path` begins with a slash and holds no query");
        }
        let (media_type, body) = body(&declared)?;
        let mut headers: Vec<(String, String)> = declared.headers.into_iter().collect();
        let is_typed = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let (false, Some(media_type)) = (is_typed, media_type) {
            headers.push(("Content-Type".to_owned(), media_type.to_owned()));
        }
        Ok(Self {
            method,
            path: declared.path,
            query: declared.query.into_iter().collect(),
            response: Response {
                status,
                headers,
                body,
            },
            delay: Duration::from_millis(declared.delay_ms),
            fault: declared.fault,
            needs_bearer: declared.bearer,
            answers_left: AtomicUsize::new(declared.times.unwrap_or(usize::MAX)),
        })
    }

    /// Tells whether the route answers this request, and counts it if so.
    fn takes(&self, request: &Request) -> bool {
        self.method == request.method
            && self.path == request.path
            && self.query.iter().all(|pair| request.query.contains(pair))
            && self
                .answers_left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
    }
}

#[async_trait]
impl Handler for Stub {
    async fn handle(&self, request: Request) -> Reply {
        let Some(route) = self.routes.iter().find(|route| route.takes(&request)) else {
            return self
                .error(StatusCode::NOT_FOUND, "no route is declared for this")
                .into();
        };
        if route.needs_bearer
            && let Some(refusal) = resource_access::refuse(self.verifier.as_ref(), &request, self)
        {
            return refusal.into();
        }
        tokio::time::sleep(route.delay).await;
        let fixed = Fixed(route.response.clone());
        match route.fault {
            Some(fault) => fault::play(fault, &FaultSettings::default(), &fixed, request).await,
            None => fixed.handle(request).await,
        }
    }
}

#[async_trait]
impl Handler for Fixed {
    async fn handle(&self, _request: Request) -> Reply {
        self.0.clone().into()
    }
}

fn body(declared: &DeclaredRoute) -> Result<(Option<&'static str>, Bytes), &'static str> {
    match (&declared.body, &declared.body_text, &declared.body_base64) {
        (None, None, None) => Ok((None, Bytes::new())),
        (Some(json), None, None) => Ok((Some("application/json"), json.get().to_owned().into())),
        (None, Some(text), None) => Ok((Some("text/plain; charset=utf-8"), text.clone().into())),
        (None, None, Some(encoded)) => {
            let bytes = STANDARD
                .decode(encoded)
                .map_err(|_| "`body_base64` is no base64")?;
            Ok((Some("application/octet-stream"), bytes.into()))
        }
        _ => Err("`body`, `body_text` and `body_base64` exclude each other"),
    }
}
