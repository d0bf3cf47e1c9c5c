//! The fixtures, cut into resources whose bytes stay those of the files. Knows no HTTP.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::Error;

/// What `GET /metadata` answers.
pub(super) const CAPABILITY_STATEMENT: &str =
    include_str!("../../../../fixtures/fhir/capability-statement.json");

/// A resource that existed once: reading it is 410.
pub(super) const DELETED: (&str, &str) = ("Patient", "pat-deleted");

const FILES: [(&str, &str); 5] = [
    (
        "fhir/patients.json",
        include_str!("../../../../fixtures/fhir/patients.json"),
    ),
    (
        "fhir/observations.json",
        include_str!("../../../../fixtures/fhir/observations.json"),
    ),
    (
        "fhir/conditions.json",
        include_str!("../../../../fixtures/fhir/conditions.json"),
    ),
    (
        "fhir/allergies.json",
        include_str!("../../../../fixtures/fhir/allergies.json"),
    ),
    (
        "fhir/medication-requests.json",
        include_str!("../../../../fixtures/fhir/medication-requests.json"),
    ),
];

/// A resource: its bytes, and what reading and searching need of it.
#[derive(Debug)]
pub(super) struct Resource {
    /// The `resourceType`.
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) version: String,
    /// `meta.lastUpdated` as an HTTP date.
    pub(super) last_modified: Option<String>,
    /// The bytes of the file.
    pub(super) raw: &'static RawValue,
    /// The same, parsed: for looking into, never for sending.
    pub(super) value: Value,
}

/// All resources, in the order of the files.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Collection<'file> {
    #[serde(borrow)]
    entry: Vec<CollectionEntry<'file>>,
}

#[derive(Deserialize)]
struct CollectionEntry<'file> {
    #[serde(borrow)]
    resource: &'file RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    resource_type: String,
    id: String,
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    version_id: String,
    last_updated: String,
}

impl Data {
    /// Reads the fixtures.
    ///
    /// # Errors
    /// [`Error::Fixture`] names the file.
    pub(super) fn load() -> Result<Self, Error> {
        let mut resources = Vec::new();
        for (file, text) in FILES {
            let loaded = load(text).map_err(|source| Error::Fixture { file, source })?;
            resources.extend(loaded);
        }
        Ok(Self { resources })
    }

    /// Returns the current version of a resource.
    pub(super) fn find(&self, resource_type: &str, id: &str) -> Option<&Resource> {
        let mut resources = self.resources.iter();
        resources.find(|resource| resource.kind == resource_type && resource.id == id)
    }
}

fn load(text: &'static str) -> Result<Vec<Resource>, serde_json::Error> {
    let collection: Collection<'static> = serde_json::from_str(text)?;
    collection
        .entry
        .into_iter()
        .map(|entry| describe(entry.resource))
        .collect()
}

fn describe(raw: &'static RawValue) -> Result<Resource, serde_json::Error> {
    let head: Head = serde_json::from_str(raw.get())?;
    Ok(Resource {
        kind: head.resource_type,
        id: head.id,
        version: head.meta.version_id,
        last_modified: http_date(&head.meta.last_updated),
        raw,
        value: serde_json::from_str(raw.get())?,
    })
}

fn http_date(instant: &str) -> Option<String> {
    let instant = OffsetDateTime::parse(instant, &Rfc3339).ok()?;
    Some(httpdate::fmt_http_date(instant.into()))
}
