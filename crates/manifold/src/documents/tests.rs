//! The whole document.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod answers;
mod explained;
mod operations;
mod plans;
mod validity;

use std::path::Path;

use config::{Configuration, EndpointSettings};
use serde_json::{Value, json};

use super::openapi;

/// Stands in every place of a configuration that must not be shown.
const SECRET: &str = "s3cret-marker";

/// With `SECRET` for `§`.
const CONFIGURATION: &str = r##"
server: { name: Ward services }
clients:
  portal-§: { basic: { username: §, password_hash: "${env:HASH}" }, scopes: [patients.read] }
  robot-§:
    api_key: { sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
    scopes: [patients.read, labs.write]
credentials:
  labs-§: { api_key: { query: appid, value: "§" } }
backends:
  ehr: { fhir: R4, url: "https://§.example/fhir", credential: labs-§ }
  labs: { rest: {}, url: "https://§.example/", headers: { X-Own: "§" } }
documents: { access: public }
endpoints:
  - get: /patients/{id}/summary
    summary: A patient at a glance
    description: Everything a ward asks for first.
    tags: [patients]
    access: { scopes: [patients.read] }
    parameters:
      path: { id: { schema: { type: string, pattern: "^[a-z0-9-]+$", not: { const: all } }, description: The id., example: p-1 } }
      query: { count: { schema: { type: integer, minimum: 1, maximum: 50 }, default: 10 } }
      header: { X-Purpose: { schema: { $ref: "#/$defs/purpose", $defs: { purpose: { type: string, enum: [care, billing] } } } } }
    calls:
      patient: { backend: ehr, read: "Patient/{id}" }
      vitals: { backend: ehr, search: Observation, query: { code: "§" }, need: optional }
      encounters: { backend: ehr, search: Encounter, query: { _include: Encounter:patient }, need: optional }
      results:
        backend: labs
        get: /§/results
        need: optional
        schema:
          $schema: https://json-schema.org/draft/2020-12/schema
          type: object
          required: [value]
          properties: { value: { type: number }, unit: { $ref: "#/$defs/unit" } }
          $defs: { unit: { type: string } }
      anything: { backend: labs, get: "/§", query: { a: "{query.count}", b: "{header.X-Purpose}" }, need: optional }
  - post: /orders
    access: { scopes: [labs.write] }
    body:
      schema: { type: object, required: [test], properties: { test: { type: string }, amount: { type: number, multipleOf: 0.1 } } }
      required: true
      example: { test: 2345-7 }
    calls: { order: { backend: labs, post: /§, body: { test: "{body.test}" } } }
  - get: /hello
    access: public
    answer: {}
  - delete: /hello
    access: { scopes: [nobody.has] }
    answer: {}
"##;

/// Of a password that nobody has.
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$czNjcmV0bWFya2Vy$HiQRgScBuYYxSRNBBfvvCxjsRzbnKNQ6eFxfyCeASpw";

fn configuration() -> Configuration {
    parse(&CONFIGURATION.replace('§', SECRET))
}

fn parse(text: &str) -> Configuration {
    let environment = |name: &str| (name == "HASH").then(|| HASH.to_owned());
    config::parse("manifold.yaml", text, Path::new("."), &environment).unwrap()
}

/// An endpoint without calls.
pub(super) fn endpoint(method: &http::Method, route: &str) -> EndpointSettings {
    let method = method.as_str().to_ascii_lowercase();
    let text = format!("endpoints: [{{ {method}: \"{route}\", access: public, answer: {{}} }}]");
    parse(&text).endpoints.remove(0)
}

fn document() -> Value {
    openapi(&configuration(), "0.1.0").unwrap()
}

/// That of another configuration.
fn document_of(text: &str) -> Value {
    openapi(&parse(text), "0.1.0").unwrap()
}

#[test]
fn the_document_is_openapi_3_1_and_the_same_every_time() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["info"]["title"], "Ward services");
    assert_eq!(document["servers"], json!([{ "url": "/" }]));
    for _ in 0..5 {
        assert_eq!(document.to_string(), self::document().to_string());
    }
}

#[test]
fn a34_no_secret_no_url_and_no_client_is_in_the_document() {
    let text = document().to_string();
    assert!(!text.contains(SECRET) && !text.contains("argon2"));
}

#[test]
fn every_code_is_in_the_problems_schema() {
    let document = document();
    let codes = document["components"]["schemas"]["Code"]["enum"]
        .as_array()
        .unwrap();
    assert!(
        problem::Code::ALL
            .iter()
            .all(|code| codes.contains(&json!(code.as_str())))
    );
}
