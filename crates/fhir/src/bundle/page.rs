//! One page of a search: the envelope read, the entries kept as bytes.
//!
//! Must not know the other pages.

use std::borrow::Cow;

use json::{CheckedJson, Kind};

use crate::resource;

/// One page of a search.
#[derive(Clone)]
pub struct Page {
    /// `Bundle.entry`, in order; empty when there is none.
    pub entries: Vec<Entry>,
    /// The URL of `Bundle.link` with the relation `next`, as written. Untrusted: only
    /// [`Pager::next`](crate::paging::Pager::next) may turn it into a request.
    pub next: Option<String>,
    /// `Bundle.total`: the matches over all pages, as the backend says. `None` also when it is not
    /// a whole number.
    pub total: Option<u64>,
}

/// One entry of a page. Its fields are patient data: do not log them.
#[derive(Clone)]
pub struct Entry {
    /// The whole entry, byte for byte.
    pub json: CheckedJson,
    /// `resource` in it, byte for byte.
    pub resource: CheckedJson,
    /// The resource's `resourceType`.
    pub resource_type: String,
    /// The resource's `id`.
    pub id: Option<String>,
    /// The resource's `meta.versionId`.
    pub version_id: Option<String>,
    /// `fullUrl` (FHIR R4, Bundle.entry.fullUrl).
    pub full_url: Option<String>,
    /// `search.mode`; `None` when it is absent or not in the value set.
    pub mode: Option<Mode>,
}

/// Why an entry is in a searchset (FHIR R4, valueset-search-entry-mode.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It matches the search.
    Match,
    /// Another entry refers to it.
    Include,
    /// An `OperationOutcome` about the search.
    Outcome,
}

impl Entry {
    /// The entry's mode in a search for `searched`. Where the backend gives none, a resource of
    /// that type is a match, an `OperationOutcome` an outcome, and any other an include.
    #[must_use]
    pub fn mode_in(&self, searched: &str) -> Mode {
        match self.mode {
            Some(mode) => mode,
            None if self.resource_type == searched => Mode::Match,
            None if self.resource_type == "OperationOutcome" => Mode::Outcome,
            None => Mode::Include,
        }
    }
}

/// Why a body is not a page of a search. It names no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASearchset {
    /// Not an object whose `resourceType` is `Bundle`.
    #[error("the answer to a search is not a Bundle")]
    NotABundle,
    /// `type` is absent or not `searchset`.
    #[error("the answer to a search is a Bundle of another type")]
    Type,
    /// `link` is not an array of objects with `relation` and `url`, or has two different `next`.
    #[error("Bundle.link is malformed")]
    Link,
    /// `entry` is not an array.
    #[error("Bundle.entry is not an array")]
    Entries,
    /// An entry is not an object, or holds no resource.
    #[error("Bundle.entry[{0}] is malformed")]
    Entry(usize),
}

/// Reads one page of a search (FHIR R4, bundle.html#searchset). The order of members means
/// nothing; of duplicates the last counts.
///
/// # Errors
/// What makes the body unusable as a [`NotASearchset`].
pub fn page(body: &CheckedJson) -> Result<Page, NotASearchset> {
    let [resource_type, kind, entry_list, links, total] =
        members(body, ["resourceType", "type", "entry", "link", "total"]);
    if resource_type.and_then(string).as_deref() != Some("Bundle") {
        return Err(NotASearchset::NotABundle);
    }
    if kind.and_then(string).as_deref() != Some("searchset") {
        return Err(NotASearchset::Type);
    }
    let entries = match entry_list {
        None => Vec::new(),
        Some(list) if list.kind() == Kind::Array => list
            .elements()
            .enumerate()
            .map(|(index, json)| entry(json).ok_or(NotASearchset::Entry(index)))
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(NotASearchset::Entries),
    };
    Ok(Page {
        entries,
        next: links.map_or(Ok(None), |links| next(&links.bytes()))?,
        total: total.and_then(whole_number),
    })
}

/// The members of these names, the last of each, in one walk: a page may be megabytes long.
fn members<const N: usize>(object: &CheckedJson, names: [&str; N]) -> [Option<CheckedJson>; N] {
    let mut found = [const { None }; N];
    for (name, value) in object.members() {
        let wanted = names
            .iter()
            .zip(&mut found)
            .find(|(wanted, _)| name == **wanted);
        if let Some((_, place)) = wanted {
            *place = Some(value);
        }
    }
    found
}

fn entry(json: CheckedJson) -> Option<Entry> {
    let [resource, search, full_url] = members(&json, ["resource", "search", "fullUrl"]);
    let resource = resource?;
    let bytes = resource.bytes();
    let head = resource::head(&bytes);
    let mode = search.and_then(|search| search.member("mode").and_then(string));
    Some(Entry {
        resource_type: head.resource_type?.into_owned(),
        id: head.id.map(Cow::into_owned),
        version_id: head.version_id.map(Cow::into_owned),
        full_url: full_url.and_then(string),
        mode: match mode.as_deref() {
            Some("match") => Some(Mode::Match),
            Some("include") => Some(Mode::Include),
            Some("outcome") => Some(Mode::Outcome),
            _ => None,
        },
        json,
        resource,
    })
}

fn next(links: &[u8]) -> Result<Option<String>, NotASearchset> {
    if json::kind(links) != Some(Kind::Array) {
        return Err(NotASearchset::Link);
    }
    let mut next = None;
    for link in json::elements(links) {
        let text = |name: &str| json::member(link, name).and_then(json::string);
        let relation = text("relation").ok_or(NotASearchset::Link)?;
        if relation != "next" {
            continue;
        }
        let url = text("url").ok_or(NotASearchset::Link)?;
        if next.as_ref().is_some_and(|other| *other != url) {
            return Err(NotASearchset::Link);
        }
        next = Some(url);
    }
    Ok(next.map(Cow::into_owned))
}

#[expect(clippy::needless_pass_by_value, reason = "for use in Option::and_then")]
fn string(value: CheckedJson) -> Option<String> {
    json::string(&value.bytes()).map(Cow::into_owned)
}

#[expect(clippy::needless_pass_by_value, reason = "for use in Option::and_then")]
fn whole_number(value: CheckedJson) -> Option<u64> {
    std::str::from_utf8(&value.bytes()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
