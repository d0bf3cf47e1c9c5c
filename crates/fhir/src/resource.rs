//! The head of a resource: its type, id and version, and whether it is the one that was asked for.
//!
//! Must not know any resource type's elements.

use std::borrow::Cow;

/// What identifies a resource. An element that is absent or not a string is `None`.
///
/// Ids are patient data: do not log them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// `resourceType`, wherever it stands among the members.
    pub resource_type: Option<Cow<'a, str>>,
    /// `id` (FHIR R4, Resource.id).
    pub id: Option<Cow<'a, str>>,
    /// `meta.versionId` (FHIR R4, Meta.versionId).
    pub version_id: Option<Cow<'a, str>>,
}

/// Reads the head of a resource in one walk over its members; of duplicates the last counts.
#[must_use]
pub fn head(resource: &[u8]) -> Head<'_> {
    let mut head = Head::default();
    for (name, value) in json::members(resource) {
        match name.as_ref() {
            "resourceType" => head.resource_type = json::string(value),
            "id" => head.id = json::string(value),
            "meta" => {
                head.version_id = json::member(value, "versionId").and_then(json::string);
            }
            _ => {}
        }
    }
    head
}

/// Why a body is not the resource that was asked for. It names no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Not an object with a `resourceType`.
    #[error("the answer is not a FHIR resource")]
    NotAResource,
    /// A resource of another type.
    #[error("the answer is a resource of another type")]
    Type,
    /// A resource of the type, with another id or none.
    #[error("the answer is a resource with another id")]
    Id,
    /// The resource, in another version or none.
    #[error("the answer is another version of the resource")]
    Version,
}

/// Checks that `body` is the resource that a read of `resource_type/id` asked for (FHIR R4,
/// http.html#read): another patient's record under this patient's name is harm.
///
/// # Errors
/// The class of the [`Mismatch`].
pub fn expect(body: &[u8], resource_type: &str, id: &str) -> Result<(), Mismatch> {
    let head = head(body);
    match head.resource_type.as_deref() {
        None => Err(Mismatch::NotAResource),
        Some(found) if found != resource_type => Err(Mismatch::Type),
        Some(_) if head.id.as_deref() != Some(id) => Err(Mismatch::Id),
        Some(_) => Ok(()),
    }
}

/// Checks that `body` is the version that a vread asked for (FHIR R4, http.html#vread).
///
/// # Errors
/// [`Mismatch::Version`].
pub fn expect_version(body: &[u8], version: &str) -> Result<(), Mismatch> {
    match head(body).version_id.as_deref() {
        Some(found) if found == version => Ok(()),
        Some(_) | None => Err(Mismatch::Version),
    }
}

/// Checks that `body` is a resource of any type.
///
/// # Errors
/// [`Mismatch::NotAResource`].
pub fn expect_any(body: &[u8]) -> Result<(), Mismatch> {
    match head(body).resource_type {
        Some(_) => Ok(()),
        None => Err(Mismatch::NotAResource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f43_the_head_is_found_wherever_its_members_stand() {
        let resource = br#"{"text":{"resourceType":"X","id":"no"},"meta":{"tag":[],"versionId":"3"},"\u0069d":"a\u002d1","resourceType":"Patient"}"#;
        let head = head(resource);
        assert_eq!(head.resource_type.as_deref(), Some("Patient"));
        assert_eq!(head.id.as_deref(), Some("a-1"));
        assert_eq!(head.version_id.as_deref(), Some("3"));
    }

    #[test]
    fn a_head_of_the_wrong_types_is_empty() {
        for text in [
            "[]",
            "1",
            "null",
            "",
            "{}",
            r#"{"resourceType":1,"id":{},"meta":[]}"#,
        ] {
            assert!(head(text.as_bytes()) == Head::default(), "{text}");
        }
    }

    #[test]
    fn only_the_resource_that_was_asked_for_is_accepted() {
        let table = [
            (r#"{"resourceType":"Patient","id":"1"}"#, Ok(())),
            (r#"{"id":"1","resourceType":"Patient"}"#, Ok(())),
            (r#"{"resourceType":"Patient","id":"2"}"#, Err(Mismatch::Id)),
            (r#"{"resourceType":"Patient","id":1}"#, Err(Mismatch::Id)),
            (r#"{"resourceType":"Patient"}"#, Err(Mismatch::Id)),
            (
                r#"{"resourceType":"Patient","id":"1","id":"2"}"#,
                Err(Mismatch::Id),
            ),
            (r#"{"resourceType":"Person","id":"1"}"#, Err(Mismatch::Type)),
            (
                r#"{"resourceType":"OperationOutcome"}"#,
                Err(Mismatch::Type),
            ),
            (r#"{"detail":"x"}"#, Err(Mismatch::NotAResource)),
            ("[]", Err(Mismatch::NotAResource)),
            ("null", Err(Mismatch::NotAResource)),
        ];
        for (body, expected) in table {
            assert_eq!(expect(body.as_bytes(), "Patient", "1"), expected, "{body}");
        }
    }
}
