//! Operations: parameters, security, and every response that there may be.

use serde_json::{Map, Value, json};

use super::{document, document_of};

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// What is shown of a failure with `status`: by code, in the order of the document.
fn shown(document: &Value, operation: &Value, status: &str) -> Map<String, Value> {
    let response = &operation["responses"][status];
    let pointer = response["$ref"]
        .as_str()
        .map(|to| to.trim_start_matches('#'));
    let response = pointer.map_or(response, |to| document.pointer(to).unwrap());
    let examples = response["content"]["application/problem+json"]["examples"].as_object();
    examples.cloned().unwrap_or_default()
}

/// The codes with which an operation may fail, by status.
fn codes(document: &Value, path: &str, method: &str) -> Vec<String> {
    let operation = &document["paths"][path][method];
    let failures = statuses(operation).into_iter().filter_map(|status| {
        let examples = shown(document, operation, status);
        let codes: Vec<&str> = examples.keys().map(String::as_str).collect();
        let agree = examples.iter().all(|(code, example)| {
            example["value"]["code"] == **code
                && example["value"]["status"].as_u64() == status.parse().ok()
        });
        assert!(agree, "{path} {status}");
        (!codes.is_empty()).then(|| format!("{status} {}", codes.join(" ")))
    });
    failures.collect()
}

#[test]
fn each_operation_has_every_response_it_may_give_and_no_other() {
    let document = document();
    assert_eq!(
        codes(&document, "/patients/{id}/summary", "get"),
        [
            "400 invalid_parameter invalid_body",
            "401 unauthenticated",
            "403 forbidden",
            "404 not_found",
            "406 not_acceptable",
            "429 upstream_throttled",
            "500 internal",
            "502 upstream_connect upstream_tls upstream_reset upstream_status upstream_redirect upstream_login_page upstream_unreadable upstream_too_large upstream_refused mapping",
            "503 overloaded",
            "504 deadline",
        ]
    );
    assert_eq!(
        codes(&document, "/orders", "post"),
        [
            "400 invalid_parameter invalid_body",
            "401 unauthenticated",
            "403 forbidden",
            "406 not_acceptable",
            "413 payload_too_large",
            "415 unsupported_media_type",
            "429 upstream_throttled",
            "500 internal",
            "502 upstream_connect upstream_tls upstream_reset upstream_status upstream_redirect upstream_login_page upstream_unreadable upstream_too_large upstream_refused write_unknown",
            "503 overloaded",
            "504 deadline write_unknown",
        ]
    );
    assert_eq!(
        codes(&document, "/hello", "get"),
        [
            "400 invalid_parameter invalid_body",
            "406 not_acceptable",
            "500 internal",
            "503 overloaded",
        ]
    );
    assert_eq!(
        statuses(&document["paths"]["/orders"]["post"])[..3],
        ["200", "201", "202"]
    );
    let unauthenticated = &document["components"]["responses"]["Problem401"];
    assert!(unauthenticated["headers"]["WWW-Authenticate"].is_object());
    let overloaded = &document["components"]["responses"]["Problem503"];
    assert!(overloaded["headers"]["Retry-After"].is_object());
}

#[test]
fn problems_are_shown_with_the_endpoints_own_calls() {
    let document = document_of(
        r#"
backends:
  stock: { rest: {}, url: "http://stock.example" }
  ledger: { rest: {}, url: "http://ledger.example" }
endpoints:
  - post: /orders
    access: public
    calls:
      item: { backend: stock, get: /item, absent: [404] }
      entry: { backend: ledger, post: "/entries/{calls.item.id}", body: {} }
  - get: /items
    access: public
    response: { root: item }
    calls: { item: { backend: stock, get: /item, need: optional } }
"#,
    );
    let rows = [
        ("/orders 404 not_found", "item stock required absent"),
        ("/orders 502 upstream_connect", "item stock required failed"),
        (
            "/orders 502 mapping",
            "entry ledger required failed refused",
        ),
        (
            "/orders 504 write_unknown",
            "entry ledger required unknown unknown",
        ),
        ("/items 504 deadline", "item stock optional failed"),
        // The answer itself may be too large.
        ("/items 502 mapping", ""),
        ("/items 503 overloaded", ""),
    ];
    for (failure, told) in rows {
        let [path, status, code] = *failure.split(' ').collect::<Vec<_>>() else {
            unreachable!("{failure}");
        };
        let item = document["paths"][path].as_object().unwrap();
        let operation = item.values().next().unwrap();
        let calls = &shown(&document, operation, status)[code]["value"]["calls"];
        let members = ["call", "backend", "need", "outcome", "write"];
        let members = members.map(|member| calls[0][member].as_str().unwrap_or_default());
        assert_eq!(members.join(" ").trim_end(), told, "{failure}");
    }
}

#[test]
fn an_answer_that_is_kept_is_asked_for_again_by_its_tag() {
    let endpoint = |more: &str| {
        let document = document_of(&format!(
            "endpoints: [{{ get: /x, access: public, answer: {{}}{more} }}]"
        ));
        let operation = document["paths"]["/x"]["get"].clone();
        let answers_304 = operation["responses"]["304"].is_object();
        let none = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&none).iter();
        let named = parameters.map(|one| (one["in"].clone(), one["name"].clone()));
        (answers_304, named.collect::<Vec<_>>())
    };
    let read = (json!("header"), json!("If-None-Match"));
    assert_eq!(endpoint(""), (false, vec![]));
    let kept = ", cache_control: \"public, max-age=60\"";
    assert_eq!(endpoint(kept), (true, vec![read.clone()]));
    // A configured one is described as it is configured, and no other place has the header's name.
    let own = format!("{kept}, parameters: {{ header: {{ if-none-match: {{}} }} }}");
    assert_eq!(
        endpoint(&own),
        (true, vec![(json!("header"), json!("if-none-match"))])
    );
    let other = format!("{kept}, parameters: {{ query: {{ If-None-Match: {{}} }} }}");
    let query = (json!("query"), json!("If-None-Match"));
    assert_eq!(endpoint(&other), (true, vec![query, read]));
}

#[test]
fn security_names_the_schemes_that_can_succeed() {
    let document = document();
    let paths = &document["paths"];
    assert_eq!(
        paths["/patients/{id}/summary"]["get"]["security"],
        json!([{ "UsernameAndPassword": [] }, { "ApiKeyIn_x-api-key": [] }])
    );
    assert_eq!(
        paths["/orders"]["post"]["security"],
        json!([{ "ApiKeyIn_x-api-key": [] }])
    );
    assert_eq!(paths["/hello"]["get"]["security"], json!([]));
    assert_eq!(
        paths["/hello"]["delete"]["security"],
        json!([{ "UsernameAndPassword": [] }, { "ApiKeyIn_x-api-key": [] }])
    );
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (
            &schemes["UsernameAndPassword"]["type"],
            &schemes["UsernameAndPassword"]["scheme"]
        ),
        (&json!("http"), &json!("basic"))
    );
    assert_eq!(
        (
            &schemes["ApiKeyIn_x-api-key"]["in"],
            &schemes["ApiKeyIn_x-api-key"]["name"]
        ),
        (&json!("header"), &json!("x-api-key"))
    );
    let description = paths["/orders"]["post"]["description"].as_str().unwrap();
    assert_eq!(description, "Requires the scope `labs.write`.");
}

#[test]
fn parameters_are_as_configured() {
    let document = document();
    let parameters = &document["paths"]["/patients/{id}/summary"]["get"]["parameters"];
    assert_eq!(
        parameters[0],
        json!({
            "name": "id", "in": "path", "description": "The id.", "required": true,
            "schema": { "type": "string", "pattern": "^[a-z0-9-]+$", "not": { "const": "all" }, "minLength": 1 },
            "example": "p-1",
        })
    );
    assert_eq!(
        parameters[1]["schema"],
        json!({ "type": "integer", "minimum": 1, "maximum": 50, "default": 10 })
    );
    assert_eq!(
        parameters[2]["schema"]["$ref"],
        "#/components/schemas/GetPatientsByIdSummaryXPurposeParameter"
    );
    let written = &document["paths"]["/orders"]["post"]["parameters"];
    assert_eq!(written[0]["name"], "Idempotency-Key");
}
