//! Search results kept between pages, and the Bundle of one page (FHIR R4, http.html#paging).

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::Serialize;
use serde_json::value::RawValue;

use super::data::Data;
use super::search::Found;
use super::{BASE_PATH, NextLink, Total};
use crate::error::Error;
use crate::random;
use crate::server::lock;

const SEARCHES_KEPT: usize = 1_000;

/// Searches whose further pages may still be asked for; the oldest are forgotten.
#[derive(Debug, Default)]
pub(super) struct Pages {
    kept: Mutex<VecDeque<(String, Found)>>,
}

impl Pages {
    /// Keeps a search; returns the id that its links carry.
    pub(super) fn keep(&self, found: Found) -> Result<String, Error> {
        let id = random::text()?;
        let mut kept = lock(&self.kept);
        if kept.len() == SEARCHES_KEPT {
            kept.pop_front();
        }
        kept.push_back((id.clone(), found));
        Ok(id)
    }

    /// Returns a search that is still kept.
    pub(super) fn find(&self, id: &str) -> Option<Found> {
        let kept = lock(&self.kept);
        kept.iter()
            .find(|(known, _)| known == id)
            .map(|(_, found)| found.clone())
    }
}

/// Where a page stands in its search.
#[derive(Debug)]
pub(super) struct Page<'search> {
    /// The search's id; a search that fits on one page has none.
    pub(super) search: Option<&'search str>,
    pub(super) found: &'search Found,
    pub(super) offset: usize,
    /// The URL that was asked for.
    pub(super) self_url: String,
    /// `http://host:port` of this server.
    pub(super) origin: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle<'data> {
    resource_type: &'static str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
    link: Vec<Link>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry: Vec<Entry<'data>>,
}

#[derive(Serialize)]
struct Link {
    relation: &'static str,
    url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'data> {
    full_url: String,
    resource: &'data RawValue,
    search: SearchMode,
}

#[derive(Serialize)]
struct SearchMode {
    mode: &'static str,
}

impl Page<'_> {
    /// Returns the searchset Bundle of this page, resources byte for byte.
    pub(super) fn bundle(
        self,
        data: &Data,
        next_link: &NextLink,
        total: Total,
    ) -> Result<String, serde_json::Error> {
        let next = self.next_url(next_link);
        let places = self
            .found
            .matches
            .iter()
            .skip(self.offset)
            .take(self.found.page_entries);
        let resources = places.filter_map(|place| data.resources.get(*place));
        let entry = resources
            .map(|resource| Entry {
                full_url: format!(
                    "{}{BASE_PATH}/{}/{}",
                    self.origin, resource.kind, resource.id
                ),
                resource: resource.raw,
                search: SearchMode { mode: "match" },
            })
            .collect();
        let mut link = vec![Link {
            relation: "self",
            url: self.self_url,
        }];
        link.extend(next.map(|url| Link {
            relation: "next",
            url,
        }));
        serde_json::to_string(&Bundle {
            resource_type: "Bundle",
            r#type: "searchset",
            total: (total == Total::Given).then_some(self.found.matches.len()),
            link,
            entry,
        })
    }

    fn next_url(&self, next_link: &NextLink) -> Option<String> {
        let search = self.search?;
        let page_entries = self.found.page_entries;
        let next_offset = self.offset.saturating_add(page_entries);
        let query = |offset: usize| {
            format!(
                "?_getpages={search}&_getpagesoffset={offset}&_count={page_entries}&_bundletype=searchset"
            )
        };
        if *next_link == NextLink::SelfLoop {
            return Some(format!("{}{BASE_PATH}{}", self.origin, query(self.offset)));
        }
        if next_offset >= self.found.matches.len() {
            return None;
        }
        let query = query(next_offset);
        match next_link {
            NextLink::Absolute => Some(format!("{}{BASE_PATH}{query}", self.origin)),
            NextLink::Relative => Some(format!("{BASE_PATH}{query}")),
            NextLink::QueryOnly => Some(query),
            NextLink::ForeignOrigin(origin) => Some(format!("{origin}{BASE_PATH}{query}")),
            NextLink::SelfLoop | NextLink::Missing => None,
        }
    }
}
