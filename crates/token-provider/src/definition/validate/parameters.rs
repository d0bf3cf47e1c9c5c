//! Whether every parameter of the request has one name and one origin.

use std::collections::{BTreeMap, HashSet};

use super::DefinitionError;
use crate::definition::{ClientAuthentication, Definition, Grant};

/// Parameters that the definition's own fields decide, or that would be a second way for the client
/// to authenticate (RFC 6749 §2.3 allows one; RFC 7521 §4.2).
pub(super) const RESERVED: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "audience",
    "resource",
];

/// Parameters that one grant decides and that mean nothing to the others.
fn decided_by(grant: &Grant) -> &'static [&'static str] {
    match grant {
        Grant::ClientCredentials => &[],
        Grant::Password { .. } => &["username", "password", "refresh_token"],
        Grant::RefreshToken { .. } => &["refresh_token"],
        Grant::JwtBearer(_) => &["assertion"],
        Grant::TokenExchange(_) => &[
            "subject_token",
            "subject_token_type",
            "actor_token",
            "actor_token_type",
            "requested_token_type",
        ],
    }
}

pub(super) fn check(definition: &Definition) -> Result<(), DefinitionError> {
    let decided = decided_by(&definition.grant);
    let mut seen = HashSet::new();
    for (name, _) in &definition.extra {
        if name.is_empty() {
            return Err(DefinitionError::UnnamedParameter);
        }
        if RESERVED.contains(&name.as_str()) || decided.contains(&name.as_str()) {
            return Err(DefinitionError::ReservedParameter(name.clone()));
        }
        if !seen.insert(name.as_str()) {
            return Err(DefinitionError::RepeatedParameter(name.clone()));
        }
    }
    if let ClientAuthentication::SecretJson { members, .. } = &definition.client {
        let names = RESERVED.iter().chain(decided).copied().chain(seen);
        return check_members(members, names);
    }
    Ok(())
}

/// No two parameters may end in one member.
fn check_members<'a>(
    members: &'a BTreeMap<String, String>,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), DefinitionError> {
    let mut used = HashSet::new();
    for name in names {
        let member = members.get(name).map_or(name, String::as_str);
        if member.is_empty() || !used.insert(member) {
            return Err(DefinitionError::Member(member.to_owned()));
        }
    }
    Ok(())
}
