//! A client that has shown who it is.
//!
//! Only authentication makes one, so that code which asks for a principal cannot be reached
//! without it. Must not know how the client showed it.

use std::sync::Arc;

use config::Client;
use json::CheckedJson;

/// A client that has shown who it is, with what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    name: Arc<str>,
    scopes: Arc<[String]>,
}

impl Principal {
    pub(super) fn new(client: &Client) -> Self {
        Self {
            name: Arc::clone(&client.name),
            scopes: client.scopes.clone().into(),
        }
    }

    /// The client's configured name.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What is known of it, for templates: `sub` is its name, `scope` its scopes (RFC 8693 §4.2).
    pub(crate) fn claims(&self) -> CheckedJson {
        let claims = serde_json::json!({ "sub": &*self.name, "scope": self.scopes.join(" ") });
        CheckedJson::serialize(&claims).unwrap_or_else(|_| CheckedJson::null())
    }

    /// What it may do.
    pub(crate) fn scopes(&self) -> &[String] {
        &self.scopes
    }
}
