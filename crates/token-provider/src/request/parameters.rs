//! The parameters of a token request, in the order in which they are sent, as a form or as JSON.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::Occasion;
use super::assertion::Assertions;
use crate::definition::{ClientAuthentication, Definition, Exchange, Grant};
use crate::subject::Subject;

pub(super) struct Parameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parameters<'a> {
    pub(super) fn of(
        definition: &'a Definition,
        occasion: &Occasion<'a>,
        assertions: &'a Assertions,
    ) -> Self {
        let mut parameters = Self(Vec::with_capacity(8));
        parameters.grant(definition, occasion, assertions);
        parameters.client(&definition.client, assertions);
        parameters.0.extend(
            assertions
                .scope
                .as_deref()
                .into_iter()
                .map(|scope| ("scope", scope)),
        );
        if let Some(audience) = &definition.audience {
            parameters.add("audience", audience);
        }
        for resource in &definition.resources {
            parameters.add("resource", resource);
        }
        for (name, value) in &definition.extra {
            parameters.add(name, value);
        }
        parameters
    }

    fn add(&mut self, name: &'a str, value: &'a str) {
        self.0.push((name, value));
    }

    fn grant(
        &mut self,
        definition: &'a Definition,
        occasion: &Occasion<'a>,
        assertions: &'a Assertions,
    ) {
        if let Some(token) = occasion.refresh {
            self.add("grant_type", "refresh_token");
            self.add("refresh_token", token.expose_secret());
            return;
        }
        self.add("grant_type", definition.grant.as_str());
        match &definition.grant {
            Grant::Password { username, password } => {
                self.add("username", username);
                self.add("password", password.expose_secret());
            }
            Grant::TokenExchange(exchange) => self.exchange(exchange, occasion),
            Grant::JwtBearer(_) => {
                if let Some(assertion) = &assertions.grant {
                    self.add("assertion", assertion.expose_secret());
                }
            }
            // A refresh token is always shown as one, above.
            Grant::ClientCredentials | Grant::RefreshToken { .. } => {}
        }
    }

    fn exchange(&mut self, exchange: &'a Exchange, occasion: &Occasion<'a>) {
        if let Some(Subject {
            token, token_type, ..
        }) = occasion.subject
        {
            self.add("subject_token", token.expose_secret());
            self.add("subject_token_type", token_type.as_str());
        }
        if let (Some(actor), Some(token)) = (&exchange.actor, occasion.actor) {
            self.add("actor_token", token.expose_secret());
            self.add("actor_token_type", actor.token_type.as_str());
        }
        if let Some(requested) = &exchange.requested {
            self.add("requested_token_type", requested.as_str());
        }
    }

    fn client(&mut self, client: &'a ClientAuthentication, assertions: &'a Assertions) {
        let id = client.client_id();
        match client {
            ClientAuthentication::SecretBasic { .. } => {}
            ClientAuthentication::SecretPost { client_secret, .. }
            | ClientAuthentication::SecretJson { client_secret, .. } => {
                self.add("client_id", id);
                self.add("client_secret", client_secret.expose_secret());
            }
            // The assertion names the client; SMART App Launch §4.1.5 lists no `client_id`.
            ClientAuthentication::PrivateKeyJwt { .. } => {
                if let Some(assertion) = &assertions.client {
                    self.add(
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    );
                    self.add("client_assertion", assertion.expose_secret());
                }
            }
            // Beside an assertion as the grant a client may stay unnamed (RFC 7523 §2.1).
            ClientAuthentication::None { .. } if id.is_empty() => {}
            ClientAuthentication::TlsClientAuth { .. } | ClientAuthentication::None { .. } => {
                self.add("client_id", id);
            }
        }
    }

    pub(super) fn form(&self) -> SecretString {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(&self.0);
        SecretString::from(form.finish())
    }

    /// One member per parameter, named as `members` says; a repeated parameter is an array.
    pub(super) fn json(&self, members: &BTreeMap<String, String>) -> SecretString {
        let mut object: Map<String, Value> = Map::new();
        for (name, value) in &self.0 {
            let member = members.get(*name).map_or(*name, String::as_str);
            let value = Value::from(*value);
            match object.get_mut(member) {
                None => {
                    object.insert(member.to_owned(), value);
                }
                Some(Value::Array(values)) => values.push(value),
                Some(one) => *one = Value::Array(vec![one.take(), value]),
            }
        }
        SecretString::from(Value::Object(object).to_string())
    }
}
