//! Which `next` link may be followed: same origin, never twice, not for ever.
//!
//! A link is the backend's text and decides where a token is sent, so that it is checked here and
//! nowhere else. Must not know how a page is fetched, or any credential's value.

mod link;

use std::collections::HashSet;

use url::{Origin, Url};

pub use link::{Refusal, strip_parameter};

/// How much of a search is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most pages, the first one included.
    pub pages: usize,
    /// The most entries over all pages. The page that reaches it is kept whole.
    pub entries: usize,
}

/// Why the search ends here although there is a next link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The link leads to a page that was read already.
    #[error("the next link repeats an earlier page")]
    Loop,
    /// [`Limits::pages`] pages were read.
    #[error("the page limit is reached")]
    PageCap,
    /// [`Limits::entries`] entries were read.
    #[error("the entry limit is reached")]
    EntryCap,
    /// The link may not be followed.
    #[error("the next link was refused: {0}")]
    Refused(#[from] Refusal),
}

/// The state of one search's paging.
///
/// It holds URLs, which hold search values: its `Debug` form is not to be had.
pub struct Pager {
    base: Url,
    listed: Vec<Origin>,
    query_credential: Option<String>,
    limits: Limits,
    seen: HashSet<Url>,
    entries: usize,
}

impl Pager {
    /// The paging of a search whose first page is at `first`, on a backend whose FHIR base is
    /// `base`. The first page counts.
    #[must_use]
    pub fn new(base: &Url, first: &Url, limits: Limits) -> Self {
        let mut pager = Self {
            base: link::folder(base),
            listed: Vec::new(),
            query_credential: None,
            limits,
            seen: HashSet::new(),
            entries: 0,
        };
        let first = pager.canonical(first.clone());
        pager.seen.insert(first);
        pager
    }

    /// Also follows links to the origins of these URLs (scheme, host and port): other names of the backend's.
    #[must_use]
    pub fn with_listed_origins<'a>(mut self, origins: impl IntoIterator<Item = &'a Url>) -> Self {
        self.listed.extend(origins.into_iter().map(Url::origin));
        self
    }

    /// Takes this query parameter, an API key of the backend's credential, out of every link: it
    /// must neither be kept nor tell two equal links apart. The caller adds its own again.
    #[must_use]
    pub fn with_query_credential(mut self, parameter: impl Into<String>) -> Self {
        let parameter = parameter.into();
        let strip = |url: &Url| strip_parameter(url, &parameter);
        self.seen = self.seen.iter().map(strip).collect();
        self.query_credential = Some(parameter);
        self
    }

    /// Counts the entries of a page that was read.
    pub fn count_entries(&mut self, entries: usize) {
        self.entries = self.entries.saturating_add(entries);
    }

    /// The page to fetch by GET (FHIR R4, http.html#paging) after the one fetched from `requested`, whose
    /// next link is `link`: without a fragment and without the query credential.
    ///
    /// An absolute path or a bare query is resolved against `requested`, another relative link
    /// against the base.
    ///
    /// # Errors
    /// Why the search must [`Stop`], incomplete.
    pub fn next(&mut self, link: &str, requested: &Url) -> Result<Url, Stop> {
        let resolved = link::resolve(link, requested, &self.base)?;
        self.check_origin(&resolved)?;
        let url = self.canonical(resolved);
        if self.seen.contains(&url) {
            return Err(Stop::Loop);
        }
        if self.seen.len() >= self.limits.pages {
            return Err(Stop::PageCap);
        }
        if self.entries >= self.limits.entries {
            return Err(Stop::EntryCap);
        }
        self.seen.insert(url.clone());
        Ok(url)
    }

    fn check_origin(&self, url: &Url) -> Result<(), Refusal> {
        let origin = url.origin();
        if origin == self.base.origin() {
            return Ok(());
        }
        if self.base.scheme() == "https" && url.scheme() != "https" {
            return Err(Refusal::Downgrade);
        }
        if self.listed.contains(&origin) {
            return Ok(());
        }
        Err(Refusal::Origin)
    }

    fn canonical(&self, mut url: Url) -> Url {
        url.set_fragment(None);
        match &self.query_credential {
            Some(parameter) => strip_parameter(&url, parameter),
            None => url,
        }
    }
}

#[cfg(test)]
mod tests;
