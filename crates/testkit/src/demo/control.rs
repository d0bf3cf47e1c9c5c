//! The control surface: faults switched by curl. Answers in text, for a reader at a terminal.
//! Knows no secret.

use std::fmt::Write;
use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};

use super::{DemoStub, Stubs};
use crate::authorization_server::Oddity;
use crate::fault::Fault;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::server::Handler;

const TEXT: &str = "text/plain; charset=utf-8";

/// The handler of the control surface.
pub(super) struct Control {
    stubs: Arc<Stubs>,
}

impl Control {
    pub(super) fn new(stubs: Arc<Stubs>) -> Self {
        Self { stubs }
    }

    fn overview(&self, origin: &str) -> String {
        let mut text = String::from("servers:\n");
        for stub in DemoStub::ALL {
            let server = self.stubs.server(stub);
            let state = self.state(stub);
            let (url, requests) = (server.url(), server.requests().len());
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {stub:<21} {url:<23} {state}, {requests} requests");
        }
        text.push_str("\nfaults:\n");
        for fault in Fault::ALL {
            let _ = writeln!(text, "  {fault}");
        }
        text.push_str("\noddities, of the authorization server only:\n");
        for oddity in Oddity::ALL {
            let _ = writeln!(text, "  {oddity}");
        }
        let _ = write!(
            text,
            "\nswitch a fault on, off, and make every token invalid:\n  \
             curl -X POST {origin}/ehr/slow\n  \
             curl -X POST {origin}/labs/html\n  \
             curl -X DELETE {origin}/ehr\n  \
             curl -X POST {origin}/{}/revoke\n",
            DemoStub::AuthorizationServer
        );
        text
    }

    /// The fault or the oddity that is on.
    fn state(&self, stub: DemoStub) -> &'static str {
        let fault = self.stubs.server(stub).current_fault().map(Fault::name);
        let oddity = || match stub {
            DemoStub::AuthorizationServer => self.stubs.authorization_server.oddity(),
            _ => None,
        };
        let state = fault.or_else(|| oddity().map(Oddity::name));
        state.unwrap_or("healthy")
    }

    async fn switch(&self, stub: DemoStub, fault: Option<Fault>) -> Response {
        let state = fault.map_or("healthy", Fault::name);
        match self.stubs.server(stub).fault(fault).await {
            Ok(()) => Response::new(StatusCode::OK, TEXT, format!("{stub}: {state}\n")),
            Err(error) => self.error(
                StatusCode::INTERNAL_SERVER_ERROR,
                &format!("{stub}: {error}"),
            ),
        }
    }

    async fn set(&self, name: &str, switch: &str) -> Response {
        let Some(stub) = DemoStub::find(name) else {
            return self.no_such_server();
        };
        if (stub, switch) == (DemoStub::AuthorizationServer, "revoke") {
            let revoked = self.stubs.authorization_server.revoke_all();
            return Response::new(StatusCode::OK, TEXT, format!("{revoked} tokens revoked\n"));
        }
        if stub == DemoStub::AuthorizationServer
            && let Ok(oddity) = switch.parse::<Oddity>()
        {
            self.stubs.authorization_server.set_oddity(Some(oddity));
            return Response::new(StatusCode::OK, TEXT, format!("{stub}: {oddity}\n"));
        }
        match switch.parse() {
            Ok(fault) => self.switch(stub, Some(fault)).await,
            Err(unknown) => self.error(StatusCode::NOT_FOUND, &format!("{unknown}")),
        }
    }

    fn no_such_server(&self) -> Response {
        let names = DemoStub::ALL.map(DemoStub::name).join(", ");
        self.error(StatusCode::NOT_FOUND, &format!("the servers are: {names}"))
    }
}

#[async_trait]
impl Handler for Control {
    async fn handle(&self, request: Request) -> Reply {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let response = match (&request.method, &segments[..]) {
            (&Method::GET, [""]) => {
                Response::new(StatusCode::OK, TEXT, self.overview(&request.origin()))
            }
            (&Method::POST, [name, switch]) => self.set(name, switch).await,
            (&Method::DELETE, [name]) => match DemoStub::find(name) {
                Some(stub) => {
                    if stub == DemoStub::AuthorizationServer {
                        self.stubs.authorization_server.set_oddity(None);
                    }
                    self.switch(stub, None).await
                }
                None => self.no_such_server(),
            },
            _ => self.error(StatusCode::NOT_FOUND, "GET / says what there is"),
        };
        response.into()
    }

    fn error(&self, status: StatusCode, message: &str) -> Response {
        Response::new(status, TEXT, format!("{message}\n"))
    }
}
