//! The identity of a definition: a keyed hash over all its fields, the secrets included.

use std::fmt;

use secrecy::ExposeSecret;

use super::{
    AssertionAudience, BasicEncoding, ClientAuthentication, Definition, Endpoint, Grant, TokenType,
};
use crate::fingerprint::Fingerprint;

/// The identity of a [`Definition`] within this process; worthless outside of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

pub(super) fn of(definition: &Definition) -> Key {
    Key(hash(definition, &Fingerprint::new))
}

/// The hash by the key of the fingerprints that `begin` makes.
pub(super) fn hash(definition: &Definition, begin: &dyn Fn() -> Fingerprint) -> [u8; 32] {
    // Exhaustive on purpose: a field that is added and not hashed does not compile.
    let Definition {
        name,
        endpoint,
        grant,
        client,
        scopes,
        audience,
        resources,
        extra,
        fetch_timeout,
        default_lifetime,
        allow_plain_http,
        dpop,
        route,
    } = definition;
    let mut fields = begin();
    fields.text(name);
    add_endpoint(&mut fields, endpoint);
    add_grant(&mut fields, grant, begin);
    add_client(&mut fields, client);
    let mut sorted: Vec<_> = scopes.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    fields.texts(sorted.into_iter());
    fields.texts(audience.as_deref().into_iter());
    fields.texts(resources.iter().map(String::as_str));
    fields.texts(extra.iter().map(|(name, _)| name.as_str()));
    fields.texts(extra.iter().map(|(_, value)| value.as_str()));
    fields.number(fetch_timeout.as_nanos());
    fields.number(default_lifetime.as_nanos());
    fields.number(u128::from(*allow_plain_http));
    fields.number(u128::from(*dpop));
    fields.number(u128::from(route.is_some()));
    fields.bytes(&route.unwrap_or_default());
    fields.finish()
}

fn add_endpoint(fields: &mut Fingerprint, endpoint: &Endpoint) {
    match endpoint {
        Endpoint::Token(url) => {
            fields.text("token");
            fields.text(url.as_str());
        }
        Endpoint::Discover { issuer, kind } => {
            fields.text(kind.as_str());
            fields.text(issuer);
        }
    }
}

fn add_grant(fields: &mut Fingerprint, grant: &Grant, begin: &dyn Fn() -> Fingerprint) {
    fields.text(grant.as_str());
    match grant {
        Grant::ClientCredentials => {}
        Grant::Password { username, password } => {
            fields.text(username);
            fields.text(password.expose_secret());
        }
        Grant::RefreshToken { token } => fields.text(token.expose_secret()),
        Grant::JwtBearer(assertion) => {
            fields.text(&assertion.key.identity());
            fields.text(&assertion.issuer);
            fields.text(&assertion.subject);
            add_audience(fields, &assertion.audience);
            fields.number(assertion.life.as_nanos());
            fields.texts(assertion.claims.keys().map(String::as_str));
            for value in assertion.claims.values() {
                fields.text(&value.to_string());
            }
        }
        Grant::TokenExchange(exchange) => {
            let actor = exchange.actor.as_ref();
            fields.number(actor.is_some().into());
            if let Some(actor) = actor {
                fields.bytes(&hash(actor.tokens.definition(), begin));
                fields.text(actor.token_type.as_str());
            }
            let requested = exchange.requested.as_ref();
            fields.texts(requested.map(TokenType::as_str).into_iter());
            fields.number(exchange.subjects as u128);
        }
    }
}

fn add_client(fields: &mut Fingerprint, client: &ClientAuthentication) {
    fields.text(client.method());
    fields.text(client.client_id());
    fields.texts(client.secret().map(ExposeSecret::expose_secret).into_iter());
    match client {
        ClientAuthentication::SecretBasic { encoding, .. } => {
            fields.number((*encoding == BasicEncoding::Raw).into());
        }
        ClientAuthentication::SecretJson { members, .. } => {
            fields.texts(members.keys().map(String::as_str));
            fields.texts(members.values().map(String::as_str));
        }
        ClientAuthentication::PrivateKeyJwt { key, audience, .. } => {
            fields.text(&key.identity());
            add_audience(fields, audience);
        }
        ClientAuthentication::SecretPost { .. }
        | ClientAuthentication::TlsClientAuth { .. }
        | ClientAuthentication::None { .. } => {}
    }
}

fn add_audience(fields: &mut Fingerprint, audience: &AssertionAudience) {
    let exactly = match audience {
        AssertionAudience::TokenUrl => None,
        AssertionAudience::Exactly(audience) => Some(audience.as_str()),
    };
    fields.texts(exactly.into_iter());
}
