//! The endpoints: tokens (RFC 6749 §4.4), introspection (RFC 7662), revocation (RFC 7009),
//! metadata (RFC 8414).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde_json::json;
use tokio::time::Instant;

use super::client::{RegisteredClient, authenticate, single};
use super::oddity::{Granted, success};
use super::refusal::Refusal;
use super::vendor::Vendor;
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
        request: &Request,
        form: &[(String, String)],
    ) -> Result<Response, Refusal> {
        match single(form, "grant_type")? {
            Some("client_credentials") => {}
            Some(_) => return Err(Refusal::unsupported_grant_type()),
            None => return Err(Refusal::invalid_request("grant_type is missing")),
        }
        let vendor = *lock(&self.state.vendor);
        if let Some(refusal) = vendor.and_then(|vendor| vendor.forbids(single(form, "scope").ok()?))
        {
            return Err(refusal);
        }
        let bound_to =
            if vendor.is_some_and(Vendor::demands_proof) || request.headers.contains_key("dpop") {
                Some(self.state.proofs.check(request)?)
            } else {
                None
            };
        let scopes = granted_scopes(client, single(form, "scope")?)?;
        let audience = granted_audience(client, single(form, "audience")?)?;
        let token_type = token_type(bound_to.as_ref());
        let issued = self
            .state
            .tokens
            .issue(&client.id, scopes.clone(), audience, bound_to);
        let Ok((token, lifetime)) = issued else {
            return Ok(self.error(StatusCode::INTERNAL_SERVER_ERROR, "no token could be made"));
        };
        let granted = Granted {
            token,
            token_type,
            lifetime,
            scopes,
        };
        let oddity = *lock(&self.state.oddity);
        Ok(match oddity {
            Some(oddity) => oddity.answer(&granted),
            None => success(StatusCode::OK, &granted.members()),
        })
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
                "token_type": token_type(grant.bound_to.as_ref()),
                "cnf": grant.bound_to.map(|thumbprint| json!({ "jkt": thumbprint })),
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
            "dpop_signing_alg_values_supported": ["ES256"],
            "response_types_supported": [],
        });
        Response::json(StatusCode::OK, &body)
    }

    fn post(&self, request: &Request) -> Result<Response, Refusal> {
        let form = self.parameters(request)?;
        let client = authenticate(&lock(&self.state.clients), request, &form)?;
        match request.path.as_str() {
            TOKEN_PATH => self.token(&client, request, &form),
            "/introspect" => self.introspect(&form),
            "/revoke" => self.revoke(&client, &form),
            _ => Ok(self.error(StatusCode::NOT_FOUND, "no such endpoint")),
        }
    }

    fn parameters(&self, request: &Request) -> Result<Vec<(String, String)>, Refusal> {
        let media_type = request.header("content-type").unwrap_or_default();
        let media_type = media_type.trim_start().to_ascii_lowercase();
        let vendor = *lock(&self.state.vendor);
        if media_type.starts_with(FORM) {
            Ok(request.form())
        } else if media_type.starts_with("application/json")
            && vendor.is_some_and(Vendor::reads_json)
        {
            let members: BTreeMap<String, String> = serde_json::from_slice(&request.body)
                .map_err(|_| Refusal::invalid_request("the body is not an object of texts"))?;
            Ok(members.into_iter().collect())
        } else {
            Err(Refusal::invalid_request("the body is not a form"))
        }
    }

    /// The answer to a refused request, in the words of the vendor.
    fn refuse(&self, refusal: Refusal) -> Response {
        let vendor = *lock(&self.state.vendor);
        match vendor {
            Some(vendor) => vendor.word(refusal).into(),
            None => refusal.into(),
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
                scripted.unwrap_or_else(|| {
                    let answer = self.post(&request);
                    answer.unwrap_or_else(|refusal| self.refuse(refusal)).into()
                })
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

const fn token_type(bound_to: Option<&String>) -> &'static str {
    if bound_to.is_some() { "DPoP" } else { "Bearer" }
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
