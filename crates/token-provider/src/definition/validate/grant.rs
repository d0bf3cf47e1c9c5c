//! Whether a grant has what it needs.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::DefinitionError;
use crate::definition::{Assertion, Grant};

const SHORTEST_ASSERTION: Duration = Duration::from_secs(1);
/// Servers that say how long they accept accept no more.
const LONGEST_ASSERTION: Duration = Duration::from_hours(1);
/// Claims that the fields of an assertion decide (RFC 7523 §3).
const RESERVED_CLAIMS: [&str; 6] = ["iss", "sub", "aud", "exp", "iat", "jti"];

pub(super) fn check(grant: &Grant) -> Result<(), DefinitionError> {
    match grant {
        Grant::Password { username, .. } if username.is_empty() => {
            Err(DefinitionError::EmptyUserName)
        }
        Grant::Password { password, .. } if password.expose_secret().is_empty() => {
            Err(DefinitionError::EmptyPassword)
        }
        Grant::RefreshToken { token } if token.expose_secret().is_empty() => {
            Err(DefinitionError::EmptyRefreshToken)
        }
        Grant::JwtBearer(assertion) => check_assertion(assertion),
        Grant::TokenExchange(exchange) if exchange.subjects == 0 => {
            Err(DefinitionError::NoSubjects)
        }
        Grant::ClientCredentials
        | Grant::Password { .. }
        | Grant::RefreshToken { .. }
        | Grant::TokenExchange(_) => Ok(()),
    }
}

fn check_assertion(assertion: &Assertion) -> Result<(), DefinitionError> {
    if assertion.issuer.is_empty() || assertion.subject.is_empty() {
        return Err(DefinitionError::EmptyAssertionParty);
    }
    if !(SHORTEST_ASSERTION..=LONGEST_ASSERTION).contains(&assertion.life) {
        return Err(DefinitionError::AssertionLife);
    }
    let reserved = |name: &&String| RESERVED_CLAIMS.contains(&name.as_str());
    match assertion.claims.keys().find(reserved) {
        Some(name) => Err(DefinitionError::ReservedClaim(name.clone())),
        None => Ok(()),
    }
}
