//! A weather service in the manner of the well-known public one: key in the query, cities by name.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::error::Error;
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::server::{Handler, Server};

/// City, description, degrees Celsius. The numbers are made up.
const CITIES: [(&str, &str, f64); 5] = [
    ("London", "light rain", 11.5),
    ("Łódź", "scattered clouds", 7.25),
    ("Zürich", "clear sky", 14.0),
    ("São Paulo", "thunderstorm", 23.75),
    ("東京", "few clouds", 18.5),
];

/// What a [`WeatherServer`] starts with.
#[derive(Debug, Clone)]
pub struct WeatherServerOptions {
    /// Its port on 127.0.0.1; 0 means any free one.
    pub port: u16,
    /// The key that `?appid=` must carry.
    pub key: SecretString,
}

/// A running weather service: `GET /data/2.5/weather?q=London&appid=…`.
#[derive(Debug)]
pub struct WeatherServer {
    server: Server,
}

impl WeatherServer {
    /// Starts the server.
    ///
    /// # Errors
    /// [`Error::Bind`] when the port cannot be had.
    pub fn start(options: WeatherServerOptions) -> Result<Self, Error> {
        let handler = Arc::new(Weather { key: options.key });
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

struct Weather {
    key: SecretString,
}

#[async_trait]
impl Handler for Weather {
    async fn handle(&self, request: Request) -> Reply {
        if request.query_value("appid") != Some(self.key.expose_secret()) {
            return self
                .error(StatusCode::UNAUTHORIZED, "Invalid API key")
                .into();
        }
        if request.method != Method::GET || request.path != "/data/2.5/weather" {
            return self.error(StatusCode::NOT_FOUND, "Internal error").into();
        }
        let city = request.query_value("q").unwrap_or_default();
        let asked = city.to_lowercase();
        let found = CITIES
            .iter()
            .find(|(name, ..)| name.to_lowercase() == asked);
        match found {
            None => self.error(StatusCode::NOT_FOUND, "city not found").into(),
            Some((name, description, degrees)) => {
                let body = json!({
                    "weather": [{ "description": description }],
                    "main": { "temp": degrees },
                    "name": name,
                });
                Response::json(StatusCode::OK, &body).into()
            }
        }
    }

    /// The public service says the status as a text here.
    fn error(&self, status: StatusCode, message: &str) -> Response {
        Response::json(
            status,
            &json!({ "cod": status.as_str(), "message": message }),
        )
    }
}

#[cfg(test)]
mod tests;
