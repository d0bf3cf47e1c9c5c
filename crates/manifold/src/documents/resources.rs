//! FHIR resources and searches as schemas: open objects with what every client needs typed, and a
//! link to HL7's page for the rest.

use serde_json::{Value, json};

use super::components::Library;

/// The type that stands for all.
const ANY_RESOURCE: &str = "Resource";

/// Where the schema of a resource type is. `Resource` stands for any type.
pub(super) fn resource(kind: &str, library: &mut Library) -> Value {
    library.schema(&format!("Fhir{kind}"), |library| {
        let meta = meta(library);
        let mut resource_type = json!({ "type": "string" });
        if kind != ANY_RESOURCE
            && let Some(keywords) = resource_type.as_object_mut()
        {
            keywords.insert("const".to_owned(), kind.into());
        }
        json!({
            "type": "object",
            "description": format!("FHIR R4 {kind}, as the backend sent it."),
            "externalDocs": { "url": page(kind), "description": format!("HL7 FHIR R4: {kind}") },
            "required": ["resourceType"],
            "properties": {
                "resourceType": resource_type,
                "id": { "type": "string", "description": "Logical id." },
                "meta": meta,
            },
            "additionalProperties": true,
        })
    })
}

/// Where the schema of a search for a resource type is. A search that includes other resources is
/// one for `Resource`.
pub(super) fn searchset(kind: &str, library: &mut Library) -> Value {
    library.schema(&format!("Fhir{kind}Searchset"), |library| {
        let entry = entry(kind, library);
        json!({
            "type": "object",
            "description": format!("FHIR R4 Bundle of type searchset: all pages in one, without links, with entries of type {kind} and, where the server has remarks, OperationOutcome."),
            "externalDocs": { "url": page("Bundle"), "description": "HL7 FHIR R4: Bundle" },
            "required": ["resourceType", "type"],
            "properties": {
                "resourceType": { "type": "string", "const": "Bundle" },
                "type": { "type": "string", "const": "searchset" },
                "total": { "type": "integer", "minimum": 0, "description": "As the server counts." },
                "entry": { "type": "array", "items": entry },
            },
            "additionalProperties": true,
        })
    })
}

/// Where the schema of such a Bundle's entry is.
fn entry(kind: &str, library: &mut Library) -> Value {
    library.schema(&format!("Fhir{kind}Entry"), |library| {
        let found = resource(kind, library);
        // Any resource is an OperationOutcome, too.
        let found = if kind == ANY_RESOURCE {
            found
        } else {
            json!({ "anyOf": [found, resource("OperationOutcome", library)] })
        };
        let search = library.schema("FhirEntrySearch", |_| {
            json!({
                "type": "object",
                "description": "Why an entry is in the Bundle.",
                "properties": { "mode": { "type": "string", "enum": ["match", "include", "outcome"] } },
                "additionalProperties": true,
            })
        });
        json!({
            "type": "object",
            "description": "What the search found, or the server's remarks.",
            "properties": { "fullUrl": { "type": "string" }, "resource": found, "search": search },
            "additionalProperties": true,
        })
    })
}

/// Where the schema of `Resource.meta` is: a name of its own, so that generated clients have one type
/// for it and not one for each resource type.
fn meta(library: &mut Library) -> Value {
    library.schema("FhirMeta", |_| {
        json!({
            "type": "object",
            "description": "Version, time of the last change, profiles.",
            "properties": {
                "versionId": { "type": "string" },
                "lastUpdated": { "type": "string", "format": "date-time" },
                "profile": { "type": "array", "items": { "type": "string" } },
            },
            "additionalProperties": true,
        })
    })
}

/// The resource type of a search's entries: the configured one, or any where the search includes
/// others (FHIR R4, search: `_include`, `_revinclude`).
pub(super) fn entry_kind<'a>(kind: &'a str, call: &orchestration::Call) -> &'a str {
    let includes = |name: &str| {
        let name = name.split(':').next().unwrap_or_default();
        name == "_include" || name == "_revinclude"
    };
    if call.query.iter().any(|(name, _)| includes(name)) {
        ANY_RESOURCE
    } else {
        kind
    }
}

fn page(kind: &str) -> String {
    format!("https://hl7.org/fhir/R4/{}.html", kind.to_ascii_lowercase())
}
