//! One Bundle from the pages of one search of one backend.
//!
//! Must not know other backends: merging them is another matter.

use std::collections::{HashMap, hash_map};

use bytes::Bytes;
use json::{CheckedJson, Splice};
use serde::Serialize;

use super::page::{Entry, Mode, Page};
use crate::outcome::{Issue, IssueCode, Severity, document};
use crate::own;
use crate::paging::Stop;

/// What was read of a search, and how reading ended.
pub struct Collected<'a> {
    /// The pages in the order they were read.
    pub pages: Vec<Page>,
    /// The resource type that was searched for.
    pub searched: &'a str,
    /// What the search asked for.
    pub wanted: Wanted,
    /// The backend's alias, for the outcome entry: the only name of it that a client may see.
    pub backend: &'a str,
    /// Why reading ended before the last page; `None` when the last page had no next link.
    pub stopped: Option<Incomplete>,
}

/// What a search asks for; see [`is_count_only`](crate::search::is_count_only).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// The entries: fewer than the total are a fault.
    Entries,
    /// Their number only.
    Total,
}

/// Why a search's answer does not hold all that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// Paging ended at a limit, a loop or a refused link.
    #[error("{0}")]
    Stopped(#[from] Stop),
    /// A page after the first could not be read.
    #[error("a page could not be read")]
    FailedPage,
    /// Time was up.
    #[error("the time limit is reached")]
    Deadline,
    /// The last page has no next link, and there are fewer matches than the backend's total.
    #[error("it returned {returned} of {total}")]
    Missing {
        /// Distinct matches that were read.
        returned: u64,
        /// Matches that the backend says there are.
        total: u64,
    },
}

/// One search's answer.
pub struct Collection {
    /// The Bundle: type `searchset`, no links, every entry byte for byte as it came.
    pub bundle: CheckedJson,
    /// Why it is not complete; `None` when it is.
    pub incomplete: Option<Incomplete>,
    /// Distinct matches in the Bundle.
    pub matches: usize,
    /// Entries left out because an earlier page had them.
    pub repeats: usize,
}

/// Puts the pages of one search into one Bundle (FHIR R4, bundle.html#searchset).
///
/// - `total` is the backend's, from the first page that has one, and absent when none has.
/// - `entry` is absent when there are none: FHIR has no empty arrays.
/// - A match or include that was there before is left out (bundle.html, bdl-7). The same is: same
///   `fullUrl`, or type and id where there is none, with the same `meta.versionId`, or, where there
///   is none, with the same bytes. A match takes the place of an include. Different versions stay.
/// - The backend's outcome entries stay, all of them, and do not count.
/// - An incomplete answer ends with an outcome entry of ours that says why.
#[must_use]
pub fn collect(collected: Collected<'_>) -> Collection {
    let total = collected.pages.iter().find_map(|page| page.total);
    let mut kept = Kept::default();
    for entry in collected.pages.into_iter().flat_map(|page| page.entries) {
        let mode = entry.mode_in(collected.searched);
        kept.add(entry, mode);
    }
    let matches = kept.count(Mode::Match);
    let incomplete = collected.stopped.or_else(|| {
        let returned = u64::try_from(matches).ok()?;
        let total = total.filter(|total| *total > returned)?;
        (collected.wanted == Wanted::Entries).then_some(Incomplete::Missing { returned, total })
    });
    let repeats = kept.repeats;
    let mut entries: Vec<_> = kept
        .entries
        .into_iter()
        .map(|(_, entry)| entry.json)
        .collect();
    entries.extend(incomplete.map(|reason| outcome_entry(collected.backend, reason)));
    Collection {
        bundle: envelope(total, entries),
        incomplete,
        matches,
        repeats,
    }
}

/// The entries that go into the Bundle.
#[derive(Default)]
struct Kept {
    entries: Vec<(Mode, Entry)>,
    /// Where the entry with this identity and version stands in `entries`.
    places: HashMap<(String, Version), usize>,
    repeats: usize,
}

impl Kept {
    fn add(&mut self, entry: Entry, mode: Mode) {
        let identity = identity(&entry).filter(|_| mode != Mode::Outcome);
        if let Some(identity) = identity {
            match self.places.entry((identity, version(&entry))) {
                hash_map::Entry::Vacant(place) => {
                    place.insert(self.entries.len());
                }
                hash_map::Entry::Occupied(place) => {
                    self.repeats += 1;
                    if let Some((mode_before, before)) = self.entries.get_mut(*place.get())
                        && (*mode_before, mode) == (Mode::Include, Mode::Match)
                    {
                        (*mode_before, *before) = (mode, entry);
                    }
                    return;
                }
            }
        }
        self.entries.push((mode, entry));
    }

    fn count(&self, wanted: Mode) -> usize {
        let modes = self.entries.iter().map(|(mode, _)| *mode);
        modes.filter(|mode| *mode == wanted).count()
    }
}

/// What a resource is known by within its backend; `None` if by nothing.
fn identity(entry: &Entry) -> Option<String> {
    let local = || Some(format!("{}/{}", entry.resource_type, entry.id.as_ref()?));
    entry.full_url.clone().or_else(local)
}

/// What tells two versions of one resource apart: the version id, or the bytes where there is none.
#[derive(PartialEq, Eq, Hash)]
enum Version {
    Id(String),
    Bytes(Bytes),
}

fn version(entry: &Entry) -> Version {
    match &entry.version_id {
        Some(id) => Version::Id(id.clone()),
        None => Version::Bytes(entry.resource.bytes()),
    }
}

fn outcome_entry(backend: &str, reason: Incomplete) -> CheckedJson {
    #[derive(Serialize)]
    struct Search {
        mode: &'static str,
    }
    let issue = Issue {
        severity: Severity::Warning,
        code: IssueCode::Incomplete,
        diagnostics: Some(format!(
            "the search of backend `{backend}` is incomplete: {reason}"
        )),
    };
    let mut entry = Splice::object();
    entry.member("resource", document(&[issue]));
    entry.member("search", own::json(&Search { mode: "outcome" }));
    entry.finish()
}

fn envelope(total: Option<u64>, entries: Vec<CheckedJson>) -> CheckedJson {
    let mut bundle = Splice::object();
    bundle.member("resourceType", own::json("Bundle"));
    bundle.member("type", own::json("searchset"));
    if let Some(total) = total {
        bundle.member("total", own::json(&total));
    }
    if !entries.is_empty() {
        let mut list = Splice::array();
        for entry in entries {
            list.element(entry);
        }
        bundle.member("entry", list.finish());
    }
    bundle.finish()
}

#[cfg(test)]
mod tests;
