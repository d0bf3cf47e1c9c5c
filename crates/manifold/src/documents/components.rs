//! The parts of the document that several operations share; only those that are used.

use serde_json::Value;
use utoipa::openapi::security::SecurityScheme;
use utoipa::openapi::{Components, Ref, RefOr, Response};

use super::schema;

/// Collects what operations refer to.
#[derive(Default)]
pub(super) struct Library(Components);

impl Library {
    /// Keeps a schema under a name and returns where it is. The first one of a name stays.
    pub(super) fn schema(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.0.schemas.contains_key(name) {
            let schema = make(self);
            self.0
                .schemas
                .insert(name.to_owned(), RefOr::T(schema::verbatim(schema)));
        }
        schema::reference(name)
    }

    /// Keeps a configured schema under a name, with its definitions, and returns where it is.
    pub(super) fn configured_schema(&mut self, name: &str, configured: Value) -> Value {
        for (component, schema) in schema::as_components(configured, name) {
            self.schema(&component, |_| schema);
        }
        schema::reference(name)
    }

    /// Keeps a response under a name and returns where it is. The first one of a name stays.
    pub(super) fn response(
        &mut self,
        name: &str,
        make: impl FnOnce(&mut Self) -> Response,
    ) -> RefOr<Response> {
        if !self.0.responses.contains_key(name) {
            let response = make(self);
            self.0.responses.insert(name.to_owned(), RefOr::T(response));
        }
        RefOr::Ref(Ref::from_response_name(name))
    }

    /// Keeps a security scheme under a name.
    pub(super) fn security_scheme(&mut self, name: &str, scheme: SecurityScheme) {
        self.0
            .security_schemes
            .entry(name.to_owned())
            .or_insert(RefOr::T(scheme));
    }

    /// All of it; `None` if there is nothing.
    pub(super) fn into_components(self) -> Option<Components> {
        (self.0 != Components::default()).then_some(self.0)
    }
}
