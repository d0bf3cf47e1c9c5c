//! An insurer's REST interface: an API key in the query, one resource.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::server::{Handler, Server};

const COVERAGE: &str = include_str!("../../../fixtures/insurer/coverage.json");

/// What an [`InsurerServer`] starts with.
#[derive(Debug, Clone)]
pub struct InsurerServerOptions {
    /// Its port on 127.0.0.1; 0 means any free one.
    pub port: u16,
    /// The key that `?apikey=` must carry.
    pub key: SecretString,
}

/// A running insurer: `GET /members/{number}/coverage?apikey=…`.
#[derive(Debug)]
pub struct InsurerServer {
    server: Server,
}

impl InsurerServer {
    /// Starts the server.
    ///
    /// # Errors
    /// [`Error::Bind`] when the port cannot be had; [`Error::Fixture`] when the data are broken.
    pub fn start(options: InsurerServerOptions) -> Result<Self, Error> {
        let coverage = serde_json::from_str(COVERAGE).map_err(|source| Error::Fixture {
            file: "insurer/coverage.json",
            source,
        })?;
        let handler = Arc::new(Coverage {
            key: options.key,
            coverage,
        });
        Ok(Self {
            server: Server::start(options.port, handler)?,
        })
    }

    /// Returns the server itself: faults, requests, counters.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }
}

struct Coverage {
    key: SecretString,
    coverage: HashMap<String, &'static RawValue>,
}

#[async_trait]
impl Handler for Coverage {
    async fn handle(&self, request: Request) -> Reply {
        if request.query_value("apikey") != Some(self.key.expose_secret()) {
            return self
                .error(StatusCode::UNAUTHORIZED, "the API key is missing or wrong")
                .into();
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (&Method::GET, ["members", number, "coverage"]) = (&request.method, &segments[..])
        else {
            return self.error(StatusCode::NOT_FOUND, "no such resource").into();
        };
        match self.coverage.get(*number) {
            Some(coverage) => {
                Response::new(StatusCode::OK, "application/json", coverage.get()).into()
            }
            None => self.error(StatusCode::NOT_FOUND, "no such member").into(),
        }
    }
}

#[cfg(test)]
mod tests;
