//! What the document says of answers that endpoints describe.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use serde_json::{Value, json};

use crate::documents::openapi;

const CONFIGURATION: &str = r#"
backends:
  labs: { rest: {}, url: "https://labs.example" }
endpoints:
  - get: /open
    access: public
    calls:
      a: { backend: labs, get: /a, keep_headers: [ETag] }
    response: { jq: ".calls.a", headers: { ETag: "{response_headers.a.etag}" } }
  - get: /described
    access: public
    calls:
      a: { backend: labs, get: /a, success: [200, 203] }
    response:
      jq: "{city: .calls.a.name}"
      status_from: a
      schema: { type: object, required: [city], properties: { city: { type: string } }, additionalProperties: false }
  - get: /list
    access: public
    calls:
      a: { backend: labs, get: /a }
    response: { root: a, status: 202, schema: { type: array, items: { type: string } } }
"#;

fn document() -> Value {
    let configuration = config::parse("x.yaml", CONFIGURATION, Path::new("."), &|_| None).unwrap();
    serde_json::to_value(openapi(&configuration, "0").unwrap()).unwrap()
}

#[test]
fn an_answer_is_open_unless_its_schema_is_given() {
    let document = document();
    let responses = |route: &str| document["paths"][route]["get"]["responses"].clone();
    let open = &responses("/open")["200"];
    let schema = &open["content"]["application/json"]["schema"];
    assert!(schema["type"].is_null() && schema["description"].is_string());
    assert!(open["headers"]["etag"].is_object());

    let described = responses("/described");
    assert!(described["200"].is_object() && described["203"].is_object());
    let reference = described["203"]["content"]["application/json"]["schema"]["$ref"].clone();
    let name = reference.as_str().unwrap().rsplit('/').next().unwrap();
    let schema = &document["components"]["schemas"][name];
    // A partial answer fits it too.
    assert_eq!(schema["properties"]["problems"]["type"], "array");
    assert_eq!(schema["required"], json!(["city"]));

    let list = responses("/list");
    assert!(list["200"].is_null());
    let reference = list["202"]["content"]["application/json"]["schema"]["$ref"].clone();
    let name = reference.as_str().unwrap().rsplit('/').next().unwrap();
    let schema = &document["components"]["schemas"][name];
    assert_eq!(schema["type"], "array");
    assert!(schema["properties"].is_null());
}
