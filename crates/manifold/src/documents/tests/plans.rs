//! What the document says of lists, conditions, fallbacks, files, fixed answers and addresses.

use serde_json::{Value, json};

use super::document_of;

const CONFIGURATION: &str = r#"
backends:
  labs: { rest: {}, url: https://labs.example }
endpoints:
  - get: /plain
    access: public
    answer: { message: "Grüße", limit: 1.50 }
    status: 203
  - get: /report/{id}
    access: public
    calls: { report: { backend: labs, get: "/{id}", accept: [application/pdf, image/*] } }
  - post: /documents
    access: public
    body: { media_types: [application/pdf] }
    location: "/report/{calls.stored.id}"
    calls: { stored: { backend: labs, post: /, body: client } }
  - get: /orders
    access: public
    calls:
      orders: { backend: labs, get: / , schema: { type: object, required: [list] } }
      first: { backend: labs, get: "/{calls.orders.list[0]}", when: { value: "{calls.orders.list[0]}", exists: true }, schema: { type: object } }
      next: { backend: labs, get: "/{calls.first.next}", schema: { type: object } }
      each: { backend: labs, for_each: "{calls.orders.list}", get: "/{item}", need: optional, fallback: [], schema: { type: object } }
"#;

fn document() -> Value {
    document_of(CONFIGURATION)
}

#[test]
fn a_fixed_answer_is_shown_under_its_status() {
    let responses = &document()["paths"]["/plain"]["get"]["responses"];
    let content = &responses["203"]["content"]["application/json"];
    assert_eq!(content["schema"], json!({ "type": "object" }));
    assert_eq!(content["example"]["message"], "Grüße");
    assert!(responses["200"].is_null() && responses["502"].is_null());
}

#[test]
fn a_file_has_its_media_types_and_a_failure_is_a_problem() {
    let responses = &document()["paths"]["/report/{id}"]["get"]["responses"];
    let content = responses["200"]["content"].as_object().unwrap();
    assert_eq!(
        content.keys().collect::<Vec<_>>(),
        ["application/pdf", "image/*"]
    );
    let bytes = json!({ "type": "string", "format": "binary" });
    assert_eq!(content["application/pdf"]["schema"], bytes);
    assert!(!responses["502"].is_null() && responses["204"]["content"].is_null());
}

#[test]
fn a_body_that_is_passed_on_has_its_media_types_and_a_201_its_address() {
    let post = &document()["paths"]["/documents"]["post"];
    let content = post["requestBody"]["content"].as_object().unwrap();
    assert_eq!(content.keys().collect::<Vec<_>>(), ["application/pdf"]);
    let location = |status: &str| !post["responses"][status]["headers"]["Location"].is_null();
    assert!(location("201") && !location("200"));
}

#[test]
fn members_are_lists_null_or_fallbacks_where_they_may_be() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let answer = schemas
        .as_object()
        .unwrap()
        .values()
        .find(|schema| !schema["properties"]["each"].is_null())
        .unwrap();
    let forms = |name: &str| -> Vec<String> {
        let member = &answer["properties"][name];
        let Some(forms) = member["anyOf"].as_array() else {
            return vec!["one".to_owned()];
        };
        let form = |form: &Value| form["type"].as_str().unwrap_or("schema").to_owned();
        forms.iter().map(form).collect()
    };
    assert_eq!(forms("orders"), ["one"]);
    assert_eq!(forms("first"), ["schema", "null"]);
    assert_eq!(forms("next"), ["schema", "null"], "as what it waits for");
    assert_eq!(forms("each"), ["array", "null", "array"]);
}
