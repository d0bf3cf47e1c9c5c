//! A laboratory's REST interface: results to read, orders to place, change and cancel.

mod orders;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde_json::Value;
use serde_json::value::RawValue;

use self::orders::Orders;
use crate::authorization_server::Verifier;
use crate::error::Error;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::resource_access;
use crate::server::{Handler, Server, lock};

const RESULTS: &str = include_str!("../../../fixtures/labs/results.json");

/// What a [`LabServer`] starts with.
#[derive(Debug, Clone, Default)]
pub struct LabServerOptions {
    /// Its port on 127.0.0.1; 0 means any free one.
    pub port: u16,
    /// Who checks bearer tokens; without it, anybody may ask.
    pub verifier: Option<Verifier>,
    /// The value `X-Api-Version` must have; without it, the header is not looked at.
    pub required_version: Option<String>,
}

/// A running laboratory: `GET /results/{number}`, `POST /orders`, and `GET`, `PUT`, `PATCH`,
/// `DELETE /orders/{id}`.
#[derive(Debug)]
pub struct LabServer {
    server: Server,
}

impl LabServer {
    /// Starts the server.
    ///
    /// # Errors
    /// [`Error::Bind`] when the port cannot be had; [`Error::Fixture`] when the data are broken.
    pub fn start(options: LabServerOptions) -> Result<Self, Error> {
        let results = serde_json::from_str(RESULTS).map_err(|source| Error::Fixture {
            file: "labs/results.json",
            source,
        })?;
        let laboratory = Laboratory {
            verifier: options.verifier,
            required_version: options.required_version,
            results,
            orders: Mutex::default(),
        };
        Ok(Self {
            server: Server::start(options.port, Arc::new(laboratory))?,
        })
    }

    /// Returns the server itself: faults, requests, counters.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }
}

struct Laboratory {
    verifier: Option<Verifier>,
    required_version: Option<String>,
    results: HashMap<String, &'static RawValue>,
    orders: Mutex<Orders>,
}

impl Laboratory {
    fn find_results(&self, number: &str) -> Response {
        match self.results.get(number) {
            Some(results) => Response::new(StatusCode::OK, "application/json", results.get()),
            None => self.error(StatusCode::NOT_FOUND, "no such laboratory number"),
        }
    }

    fn place(&self, request: &Request) -> Response {
        let Some(order) = object(request) else {
            return self.not_an_object();
        };
        let (id, body) = lock(&self.orders).place(order);
        Response::json(StatusCode::CREATED, &body).with_header("Location", format!("/orders/{id}"))
    }

    fn change(&self, id: &str, request: &Request) -> Response {
        let mut orders = lock(&self.orders);
        let changed = match request.method {
            Method::GET => orders.find(id),
            Method::DELETE => {
                return match orders.cancel(id) {
                    Some(_) => Response::empty(StatusCode::NO_CONTENT),
                    None => self.no_such_order(),
                };
            }
            Method::PUT | Method::PATCH => {
                let Some(order) = object(request) else {
                    return self.not_an_object();
                };
                if request.method == Method::PUT {
                    orders.replace(id, order)
                } else {
                    orders.patch(id, order)
                }
            }
            _ => return self.error(StatusCode::METHOD_NOT_ALLOWED, "an order cannot do that"),
        };
        match changed {
            Some(body) => Response::json(StatusCode::OK, &body),
            None => self.no_such_order(),
        }
    }

    fn no_such_order(&self) -> Response {
        self.error(StatusCode::NOT_FOUND, "no such order")
    }

    fn not_an_object(&self) -> Response {
        self.error(StatusCode::BAD_REQUEST, "the body is not a JSON object")
    }
}

#[async_trait]
impl Handler for Laboratory {
    async fn handle(&self, request: Request) -> Reply {
        if let Some(refusal) = resource_access::refuse(self.verifier.as_ref(), &request, self) {
            return refusal.into();
        }
        if let Some(version) = &self.required_version
            && request.header("x-api-version") != Some(version)
        {
            return self
                .error(StatusCode::BAD_REQUEST, "X-Api-Version is missing or wrong")
                .into();
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let response = match (&request.method, &segments[..]) {
            (&Method::GET, ["results", number]) => self.find_results(number),
            (&Method::POST, ["orders"]) => self.place(&request),
            (_, ["orders", id]) => self.change(id, &request),
            _ => self.error(StatusCode::NOT_FOUND, "no such resource"),
        };
        response.into()
    }
}

fn object(request: &Request) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_slice(&request.body).ok()
}

#[cfg(test)]
mod tests;
