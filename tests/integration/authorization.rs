//! Every way of being authorised to a backend, from the configuration to the wire and to what the
//! operator sees.
//!
//! | line | where it is shown |
//! |---|---|
//! | A04, A05, A12 | `tokens` |
//! | A15 | `configuration` (one definition, many backends); `endpoint` (an issuer in place of a URL) |
//! | A16, A17, A19, A20, A23 | `configuration`; A19 also `operator` |
//! | B01–B10 | `password` |
//! | B11, B12, B17 | `rest` |
//! | B13–B16, B18 | `fixed` |
//! | B19 | `by_client` |
//! | B20 | `operator` |
//! | C25, C26, C27 | `clients` |
//!
//! What needs a clock that stands still is shown in the token provider's own tests.

mod by_client;
mod clients;
mod endpoint;
mod fixed;
mod keys;
mod operator;
mod password;
mod surroundings;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Handler, Reply, Request, Response, Server};

use crate::support::Running;
use crate::support::Variables;

/// Answers as the test says: to a request, and to which one it is, counted from 1.
struct Scripted<F> {
    script: F,
    count: AtomicUsize,
}

#[async_trait]
impl<F: Fn(&Request, usize) -> Response + Send + Sync + 'static> Handler for Scripted<F> {
    async fn handle(&self, request: Request) -> Reply {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        (self.script)(&request, number).into()
    }
}

fn server(script: impl Fn(&Request, usize) -> Response + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(0, Arc::new(Scripted { script, count })).unwrap()
}

/// The answer of a token endpoint: the token `t<number>`, and what else the test wants in it.
fn granted(number: usize, more: &Value) -> Response {
    let mut body = json!({
        "access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": 300,
    });
    let members = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(members);
    Response::json(StatusCode::OK, &body)
}

fn refused(status: StatusCode, code: &str) -> Response {
    Response::json(status, &json!({ "error": code }))
}

/// A token endpoint of the test's own, a backend that takes anything, and the service between them.
struct Front {
    service: Running,
    sso: Server,
    app: Server,
    variables: Variables,
}

const ENDPOINTS: &str = r#"
backends: { app: { rest: {}, url: "${env:APP}", credential: platform } }
endpoints:
  - { get: /, access: { scopes: [] }, calls: { a: { backend: app, get: / } } }
  - { post: /trials, access: { scopes: [] }, body: { schema: {} }, calls: { a: { backend: app, post: /trials, body: "{body}" } } }
  - { post: /empty, access: { scopes: [] }, calls: { a: { backend: app, post: /empty } } }
"#;

impl Front {
    /// With a credential whose `oauth2` holds this.
    fn start(
        oauth2: &str,
        sso: impl Fn(&Request, usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        let credentials = format!("credentials: {{ platform: {{ oauth2: {{ {oauth2} }} }} }}\n");
        Self::with(&credentials, server(sso), server(|_, _| ok()))
    }

    /// With these credentials, of which the backend names `platform`.
    fn with(credentials: &str, sso: Server, app: Server) -> Self {
        let variables = [
            ("SSO", sso.url()),
            ("APP", app.url()),
            ("SECRET", "s3cret +&=%ключ".to_owned()),
            ("PASSWORD", "pä ss+&=%слово".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let variables = Variables::from(variables);
        Self {
            service: Running::start(&format!("{credentials}{ENDPOINTS}"), &variables),
            sso,
            app,
            variables,
        }
    }

    /// The forms that the token endpoint got, in order.
    fn forms(&self) -> Vec<Vec<(String, String)>> {
        self.sso.requests().iter().map(Request::form).collect()
    }

    /// The bearer tokens that the backend got, in order.
    fn bearers(&self) -> Vec<String> {
        let requests = self.app.requests();
        let bearers = requests.iter().map(|request| request.bearer().unwrap());
        bearers.map(str::to_owned).collect()
    }
}

fn ok() -> Response {
    Response::json(StatusCode::OK, &json!({}))
}

fn value<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = form.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}
