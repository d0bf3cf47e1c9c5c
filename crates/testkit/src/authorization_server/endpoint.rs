//! The endpoints: tokens (RFC 6749 §4.4), introspection (RFC 7662), revocation (RFC 7009),
//! metadata (RFC 8414).

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::time::Instant;

use super::client::{RegisteredClient, authenticate, single};
use super::refusal::Refusal;
use super::{State, TOKEN_PATH};
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::server::{Handler, lock};

const FORM: &str = "application/x-www-form-urlencoded";

/// The handler of an authorization server.
pub(super) struct Endpoint {
    state: Arc<State>,
}

impl Endpoint {
    pub(super) fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    fn token(
        &self,
        client: &RegisteredClient,
        form: &[(String, String)],
    ) -> Result<Response, Refusal> {
        match single(form, "grant_type")? {
            Some("client_credentials") => {}
            Some(_) => return Err(Refusal::unsupported_grant_type()),
            None => return Err(Refusal::invalid_request("grant_type is missing")),
        }
        let scopes = granted_scopes(client, single(form, "scope")?)?;
        let audience = granted_audience(client, single(form, "audience")?)?;
        let Ok((token, lifetime)) = self
            .state
            .tokens
            .issue(&client.id, scopes.clone(), audience)
        else {
            return Ok(self.error(StatusCode::INTERNAL_SERVER_ERROR, "no token could be made"));
        };
        let mut body = json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": lifetime.as_secs(),
        });
        if let (false, Some(members)) = (scopes.is_empty(), body.as_object_mut()) {
            members.insert("scope".to_owned(), scopes.join(" ").into());
        }
        let response = Response::json(StatusCode::OK, &body);
        Ok(response
            .with_header("Cache-Control", "no-store")
            .with_header("Pragma", "no-cache"))
    }

    fn introspect(&self, form: &[(String, String)]) -> Result<Response, Refusal> {
        let token = required_token(form)?;
        let body = match self.state.tokens.find(token) {
            None => json!({ "active": false }),
            Some(grant) => json!({
                "active": true,
                "client_id": grant.client_id,
                "scope": grant.scopes.join(" "),
                "aud": grant.audience,
                "token_type": "Bearer",
                "expires_in": grant.expires.saturating_duration_since(Instant::now()).as_secs(),
            }),
        };
        Ok(Response::json(StatusCode::OK, &body))
    }

    fn revoke(
        &self,
        client: &RegisteredClient,
        form: &[(String, String)],
    ) -> Result<Response, Refusal> {
        self.state.tokens.revoke(required_token(form)?, &client.id);
        Ok(Response::empty(StatusCode::OK))
    }

    fn metadata(request: &Request) -> Response {
        let issuer = request.origin();
        let body = json!({
            "issuer": issuer,
            "token_endpoint": format!("{issuer}{TOKEN_PATH}"),
            "introspection_endpoint": format!("{issuer}/introspect"),
            "revocation_endpoint": format!("{issuer}/revoke"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": [],
        });
        Response::json(StatusCode::OK, &body)
    }

    fn post(&self, request: &Request) -> Result<Response, Refusal> {
        let media_type = request.header("content-type").unwrap_or_default();
        if !media_type
            .trim_start()
            .to_ascii_lowercase()
            .starts_with(FORM)
        {
            return Err(Refusal::invalid_request("the body is not a form"));
        }
        let form = request.form();
        let client = authenticate(&lock(&self.state.clients), request, &form)?;
        match request.path.as_str() {
            TOKEN_PATH => self.token(&client, &form),
            "/introspect" => self.introspect(&form),
            "/revoke" => self.revoke(&client, &form),
            _ => Ok(self.error(StatusCode::NOT_FOUND, "no such endpoint")),
        }
    }
}

#[async_trait]
impl Handler for Endpoint {
    async fn handle(&self, request: Request) -> Reply {
        match (&request.method, request.path.as_str()) {
            (&Method::GET, "/.well-known/oauth-authorization-server") => {
                Self::metadata(&request).into()
            }
            (&Method::POST, path) => {
                let scripted = if path == TOKEN_PATH {
                    lock(&self.state.script).pop_front()
                } else {
                    None
                };
                scripted
                    .unwrap_or_else(|| self.post(&request).unwrap_or_else(Response::from).into())
            }
            _ => self
                .error(StatusCode::METHOD_NOT_ALLOWED, "the endpoints take POST")
                .into(),
        }
    }

    fn error(&self, status: StatusCode, message: &str) -> Response {
        let code = match status {
            StatusCode::UNAUTHORIZED => "invalid_client",
            StatusCode::FORBIDDEN => "access_denied",
            StatusCode::SERVICE_UNAVAILABLE => "temporarily_unavailable",
            _ if status.is_server_error() => "server_error",
            _ => "invalid_request",
        };
        Response::json(
            status,
            &json!({ "error": code, "error_description": message }),
        )
    }
}

fn granted_scopes(client: &RegisteredClient, asked: Option<&str>) -> Result<Vec<String>, Refusal> {
    let Some(asked) = asked else {
        return Ok(client.scopes.clone());
    };
    let scopes: Vec<String> = asked.split(' ').map(str::to_owned).collect();
    let allowed = scopes.iter().all(|scope| client.scopes.contains(scope));
    allowed.then_some(scopes).ok_or(Refusal::invalid_scope())
}

fn granted_audience(
    client: &RegisteredClient,
    asked: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let Some(asked) = asked else { return Ok(None) };
    let known = client.audiences.iter().find(|audience| *audience == asked);
    known.cloned().map(Some).ok_or(Refusal::invalid_target())
}

fn required_token(form: &[(String, String)]) -> Result<&str, Refusal> {
    single(form, "token")?.ok_or(Refusal::invalid_request("token is missing"))
}
