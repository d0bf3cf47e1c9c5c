//! Which resources a search finds (FHIR R4, search.html): a few parameters, whole and exact, and a
//! refusal for every other, as HAPI does. Knows no HTTP and no paging.

use serde_json::Value;

use super::data::{Data, Resource};

/// Parameters that shape the answer and select nothing.
const CONTROLS: [&str; 4] = ["_count", "_format", "_pretty", "_total"];
const DEFAULT_PAGE_ENTRIES: usize = 20;

/// Why a search is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BadSearch {
    /// The parameter means nothing for this type.
    UnknownParameter(String),
    /// `_count` is not a positive number.
    BadCount,
}

/// What a search found, and how much of it goes on one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Places in [`Data::resources`].
    pub(super) matches: Vec<usize>,
    pub(super) page_entries: usize,
}

/// Finds what all parameters agree on.
///
/// # Errors
/// A parameter that this server does not know, or a bad `_count`.
pub(super) fn find(
    data: &Data,
    resource_type: &str,
    parameters: &[(String, String)],
) -> Result<Found, BadSearch> {
    let mut page_entries = DEFAULT_PAGE_ENTRIES;
    for (name, value) in parameters {
        if name == "_count" {
            let count = value.parse().ok().filter(|count| *count > 0);
            page_entries = count.ok_or(BadSearch::BadCount)?;
        } else if !CONTROLS.contains(&name.as_str()) && !selects(resource_type, name) {
            return Err(BadSearch::UnknownParameter(name.clone()));
        }
    }
    let fits = |resource: &Resource| {
        let mut selectors = parameters
            .iter()
            .filter(|(name, _)| selects(resource_type, name));
        resource.kind == resource_type
            && selectors.all(|(name, value)| is_match(resource, name, value))
    };
    let places = data
        .resources
        .iter()
        .enumerate()
        .filter(|(_, resource)| fits(resource));
    Ok(Found {
        matches: places.map(|(place, _)| place).collect(),
        page_entries,
    })
}

fn selects(resource_type: &str, name: &str) -> bool {
    match name {
        "_id" | "identifier" => true,
        "family" | "birthdate" | "gender" => resource_type == "Patient",
        "patient" | "subject" | "category" | "code" => resource_type != "Patient",
        _ => false,
    }
}

/// Tells whether one of the values, separated by commas, matches (search.html#combining).
fn is_match(resource: &Resource, name: &str, values: &str) -> bool {
    split_unescaped(values, ',')
        .into_iter()
        .any(|value| match name {
            "identifier" => all(&resource.value, "/identifier")
                .any(|identifier| is_token(identifier, "value", value)),
            "category" => all(&resource.value, "/category")
                .flat_map(|concept| all(concept, "/coding"))
                .any(|coding| is_token(coding, "code", value)),
            "code" => ["/code/coding", "/medicationCodeableConcept/coding"]
                .into_iter()
                .flat_map(|path| all(&resource.value, path))
                .any(|coding| is_token(coding, "code", value)),
            _ => is_plain_match(resource, name, &unescape(value)),
        })
}

fn is_plain_match(resource: &Resource, name: &str, value: &str) -> bool {
    match name {
        "_id" => resource.id == value,
        "family" => all(&resource.value, "/name").any(|human_name| {
            let family = text(human_name, "family").to_lowercase();
            family.starts_with(&value.to_lowercase())
        }),
        "birthdate" => text(&resource.value, "birthDate") == value,
        "gender" => text(&resource.value, "gender") == value,
        _ => is_about(resource, value),
    }
}

fn is_about(resource: &Resource, value: &str) -> bool {
    let id = value.strip_prefix("Patient/").unwrap_or(value);
    let subjects = [resource.value.get("subject"), resource.value.get("patient")];
    subjects
        .into_iter()
        .flatten()
        .any(|subject| text(subject, "reference").strip_prefix("Patient/") == Some(id))
}

/// `system|code`, `|code` (no system), `system|` and `code` (any system): search.html#token.
fn is_token(item: &Value, member: &str, wanted: &str) -> bool {
    match split_unescaped(wanted, '|')[..] {
        [code] => text(item, member) == unescape(code),
        [system, ""] => text(item, "system") == unescape(system),
        [system, code] => {
            text(item, "system") == unescape(system) && text(item, member) == unescape(code)
        }
        _ => false,
    }
}

fn all<'value>(value: &'value Value, path: &str) -> impl Iterator<Item = &'value Value> {
    value
        .pointer(path)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'value>(value: &'value Value, member: &str) -> &'value str {
    value
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Splits where the separator has no backslash before it (search.html#escaping).
fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let mut is_escaped = false;
    text.split(|character: char| {
        let splits = character == separator && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        splits
    })
    .collect()
}

/// Undoes the escapes `\,` `\|` `\$` `\\`.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            plain.extend(characters.next());
        } else {
            plain.push(character);
        }
    }
    plain
}
