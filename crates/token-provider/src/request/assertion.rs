//! What one request has of its own: assertions signed for it and no other (RFC 7523), and the scopes
//! as one parameter.

use std::time::Duration;

use secrecy::SecretString;

use super::Occasion;
use crate::definition::{AssertionAudience, ClientAuthentication, Definition, Grant};
use crate::signing::{Claims, KeySource, SigningError, compact, random_id, unix_seconds};

/// Well within the five minutes that SMART App Launch §4.1.5 allows, long enough for clocks that
/// disagree by a minute.
const CLIENT_ASSERTION_LIFE: Duration = Duration::from_mins(2);

pub(super) struct Assertions {
    pub(super) grant: Option<SecretString>,
    pub(super) client: Option<SecretString>,
    pub(super) scope: Option<String>,
}

impl Assertions {
    pub(super) fn sign(
        definition: &Definition,
        occasion: &Occasion<'_>,
    ) -> Result<Self, SigningError> {
        Ok(Self {
            grant: grant(definition, occasion)?,
            client: client(definition, occasion)?,
            scope: scope(definition, occasion),
        })
    }
}

fn grant(
    definition: &Definition,
    occasion: &Occasion<'_>,
) -> Result<Option<SecretString>, SigningError> {
    let Grant::JwtBearer(assertion) = &definition.grant else {
        return Ok(None);
    };
    let mut claims = Claims::new();
    claims.insert("iss".into(), assertion.issuer.as_str().into());
    claims.insert("sub".into(), assertion.subject.as_str().into());
    claims.extend(assertion.claims.clone());
    let (key, audience) = (&*assertion.key, &assertion.audience);
    sign(key, audience, assertion.life, claims, occasion).map(Some)
}

fn client(
    definition: &Definition,
    occasion: &Occasion<'_>,
) -> Result<Option<SecretString>, SigningError> {
    let ClientAuthentication::PrivateKeyJwt {
        client_id,
        key,
        audience,
    } = &definition.client
    else {
        return Ok(None);
    };
    let mut claims = Claims::new();
    claims.insert("iss".into(), client_id.as_str().into());
    claims.insert("sub".into(), client_id.as_str().into());
    sign(&**key, audience, CLIENT_ASSERTION_LIFE, claims, occasion).map(Some)
}

fn sign(
    key: &dyn KeySource,
    audience: &AssertionAudience,
    life: Duration,
    mut claims: Claims,
    occasion: &Occasion<'_>,
) -> Result<SecretString, SigningError> {
    let issued = unix_seconds(occasion.now);
    let audience = match audience {
        AssertionAudience::TokenUrl => occasion.endpoint.as_str(),
        AssertionAudience::Exactly(audience) => audience,
    };
    claims.insert("aud".into(), audience.into());
    claims.insert("iat".into(), issued.into());
    claims.insert("exp".into(), issued.saturating_add(life.as_secs()).into());
    claims.insert("jti".into(), random_id()?.into());
    compact(&key.current(), "JWT", [], claims)
}

/// Keycloak answers 400 to an empty `scope=`. A renewal asks for what was granted, which it does by
/// not asking: it may have been less than the definition wants (RFC 6749 §6).
fn scope(definition: &Definition, occasion: &Occasion<'_>) -> Option<String> {
    let renewal =
        occasion.refresh.is_some() && !matches!(definition.grant, Grant::RefreshToken { .. });
    let asks = !definition.scopes.is_empty() && !renewal;
    asks.then(|| definition.scopes.join(" "))
}
