//! A FHIR R4 server over the fixtures: read, vread, search with paging in HAPI's manner.
//! Knows nothing of who aggregates it.

mod data;
mod endpoint;
mod outcome;
mod paging;
mod search;

use std::sync::{Arc, Mutex};

use self::data::Data;
use self::endpoint::Endpoint;
use self::paging::Pages;
use crate::authorization_server::Verifier;
use crate::error::Error;
use crate::server::{Server, lock};

const BASE_PATH: &str = "/fhir";

/// What a [`FhirServer`] starts with.
#[derive(Debug, Clone, Default)]
pub struct FhirServerOptions {
    /// Its port on 127.0.0.1; 0 means any free one.
    pub port: u16,
    /// Who checks bearer tokens; without it, anybody may ask. `/metadata` is always open.
    pub verifier: Option<Verifier>,
}

/// How a page names the next one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NextLink {
    /// Absolute, on the base and not on the type, as HAPI does.
    #[default]
    Absolute,
    /// `/fhir?_getpages=…`: a path without an origin.
    Relative,
    /// `?_getpages=…`: a query only.
    QueryOnly,
    /// The right path and query on another origin, such as `http://127.0.0.1:81`.
    ForeignOrigin(String),
    /// Every page names itself.
    SelfLoop,
    /// No page names another, although `total` says that there are more.
    Missing,
}

/// Whether a search says how many matches there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Total {
    /// `Bundle.total` is there.
    #[default]
    Given,
    /// It is left out, as HAPI does on early pages.
    Omitted,
}

/// The oddities that a test can switch at run time.
#[derive(Debug, Default)]
struct Switches {
    next_link: NextLink,
    total: Total,
}

/// A running FHIR server.
#[derive(Debug)]
pub struct FhirServer {
    server: Server,
    switches: Arc<Mutex<Switches>>,
}

impl FhirServer {
    /// Starts the server.
    ///
    /// # Errors
    /// [`Error::Bind`] when the port cannot be had; [`Error::Fixture`] when the data are broken.
    pub fn start(options: FhirServerOptions) -> Result<Self, Error> {
        let switches = Arc::new(Mutex::new(Switches::default()));
        let endpoint = Endpoint {
            verifier: options.verifier,
            data: Data::load()?,
            pages: Pages::default(),
            switches: Arc::clone(&switches),
        };
        let server = Server::start(options.port, Arc::new(endpoint))?;
        Ok(Self { server, switches })
    }

    /// Returns the server itself: faults, requests, counters.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns the service base URL, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.url() + BASE_PATH
    }

    /// Changes how pages name the next one, from the next answer on.
    pub fn set_next_link(&self, next_link: NextLink) {
        lock(&self.switches).next_link = next_link;
    }

    /// Changes whether searches say their total, from the next answer on.
    pub fn set_total(&self, total: Total) {
        lock(&self.switches).total = total;
    }
}

#[cfg(test)]
mod tests;
