//! The interactions (FHIR R4, page `http.html`): routes, headers, statuses.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{Method, StatusCode};

use super::data::{CAPABILITY_STATEMENT, DELETED, Data, Resource};
use super::outcome::{self, FHIR_JSON};
use super::paging::{Page, Pages};
use super::search::{self, BadSearch, Found};
use super::{BASE_PATH, Switches};
use crate::authorization_server::Verifier;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::resource_access;
use crate::server::{Handler, lock};

/// The handler of a FHIR server.
pub(super) struct Endpoint {
    pub(super) verifier: Option<Verifier>,
    pub(super) data: Data,
    pub(super) pages: Pages,
    pub(super) switches: Arc<Mutex<Switches>>,
}

impl Endpoint {
    fn read(
        &self,
        request: &Request,
        resource_type: &str,
        id: &str,
        version: Option<&str>,
    ) -> Response {
        if (resource_type, id) == DELETED {
            return self.error(StatusCode::GONE, "the resource was deleted");
        }
        let found = self.data.find(resource_type, id);
        let found =
            found.filter(|resource| version.is_none_or(|version| version == resource.version));
        let Some(resource) = found else {
            return self.error(StatusCode::NOT_FOUND, "the resource is not known");
        };
        if request.header("if-none-match") == Some(&etag(resource)) {
            return with_version(Response::empty(StatusCode::NOT_MODIFIED), resource);
        }
        with_version(
            Response::new(StatusCode::OK, FHIR_JSON, resource.raw.get()),
            resource,
        )
    }

    fn search(
        &self,
        request: &Request,
        resource_type: &str,
        parameters: &[(String, String)],
    ) -> Response {
        let found = match search::find(&self.data, resource_type, parameters) {
            Ok(found) => found,
            Err(BadSearch::BadCount) => {
                return self.error(StatusCode::BAD_REQUEST, "_count is not a positive number");
            }
            Err(BadSearch::UnknownParameter(name)) => {
                let message = format!("unknown search parameter \"{name}\"");
                return self.error(StatusCode::BAD_REQUEST, &message);
            }
        };
        if found.matches.len() <= found.page_entries {
            return self.page(request, None, &found, 0);
        }
        match self.pages.keep(found.clone()) {
            Ok(id) => self.page(request, Some(&id), &found, 0),
            Err(_) => self.error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "no page id could be made",
            ),
        }
    }

    fn further_page(&self, request: &Request, id: &str) -> Response {
        let offset = request
            .query_value("_getpagesoffset")
            .unwrap_or("0")
            .parse();
        match (self.pages.find(id), offset) {
            (Some(found), Ok(offset)) => self.page(request, Some(id), &found, offset),
            (Some(_), Err(_)) => {
                self.error(StatusCode::BAD_REQUEST, "_getpagesoffset is not a number")
            }
            (None, _) => self.error(StatusCode::GONE, "the search does not exist or has expired"),
        }
    }

    fn page(
        &self,
        request: &Request,
        search: Option<&str>,
        found: &Found,
        offset: usize,
    ) -> Response {
        let origin = request.origin();
        let path = request.path.trim_end_matches("/_search");
        let self_url = match request.raw_query.as_str() {
            "" => format!("{origin}{path}"),
            query => format!("{origin}{path}?{query}"),
        };
        let page = Page {
            search,
            found,
            offset,
            self_url,
            origin,
        };
        let switches = lock(&self.switches);
        match page.bundle(&self.data, &switches.next_link, switches.total) {
            Ok(bundle) => Response::new(StatusCode::OK, FHIR_JSON, bundle),
            Err(_) => self.error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the page cannot be written",
            ),
        }
    }

    fn route(&self, request: &Request, segments: &[&str]) -> Response {
        if let Some(id) = request.query_value("_getpages") {
            // A link that is only a query is resolved against the search, so the type may stand
            // in the path.
            return self.further_page(request, id);
        }
        match (&request.method, segments) {
            (&Method::GET, [resource_type]) if self.knows(resource_type) => {
                self.search(request, resource_type, &request.query)
            }
            (&Method::POST, [resource_type, "_search"]) if self.knows(resource_type) => {
                let mut parameters = request.query.clone();
                parameters.extend(request.form());
                self.search(request, resource_type, &parameters)
            }
            (&Method::GET, [resource_type, id]) => self.read(request, resource_type, id, None),
            (&Method::GET, [resource_type, id, "_history", version]) => {
                self.read(request, resource_type, id, Some(version))
            }
            (&Method::GET, _) => self.error(StatusCode::NOT_FOUND, "no such type or interaction"),
            _ => self.error(StatusCode::METHOD_NOT_ALLOWED, "this server only reads"),
        }
    }

    fn knows(&self, resource_type: &str) -> bool {
        self.data
            .resources
            .iter()
            .any(|resource| resource.kind == resource_type)
    }
}

#[async_trait]
impl Handler for Endpoint {
    async fn handle(&self, request: Request) -> Reply {
        let path = request.segments();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some((base, segments)) = path.split_first() else {
            return self.error(StatusCode::NOT_FOUND, "no such path").into();
        };
        if *base != BASE_PATH.trim_start_matches('/') {
            return self.error(StatusCode::NOT_FOUND, "no such path").into();
        }
        if segments == ["metadata"] && request.method == Method::GET {
            return Response::new(StatusCode::OK, FHIR_JSON, CAPABILITY_STATEMENT).into();
        }
        if let Some(refusal) = resource_access::refuse(self.verifier.as_ref(), &request, self) {
            return refusal.into();
        }
        self.route(&request, segments).into()
    }

    fn error(&self, status: StatusCode, message: &str) -> Response {
        outcome::response(status, message)
    }

    fn media_type(&self) -> &'static str {
        FHIR_JSON
    }
}

fn etag(resource: &Resource) -> String {
    format!("W/\"{}\"", resource.version)
}

fn with_version(response: Response, resource: &Resource) -> Response {
    let response = response.with_header("ETag", etag(resource));
    match &resource.last_modified {
        Some(instant) => response.with_header("Last-Modified", instant),
        None => response,
    }
}
