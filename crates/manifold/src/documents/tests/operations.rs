//! Operations: parameters, security, and every response that there may be.

use serde_json::{Value, json};

use super::document;

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The codes with which an operation may fail, by status.
fn codes(document: &Value, path: &str, method: &str) -> Vec<String> {
    let responses = document["paths"][path][method]["responses"].as_object();
    let failures = responses.unwrap().iter().filter_map(|(status, response)| {
        let pointer = response["$ref"].as_str()?.strip_prefix('#')?;
        let examples =
            &document.pointer(pointer)?["content"]["application/problem+json"]["examples"];
        let codes: Vec<&str> = examples.as_object()?.keys().map(String::as_str).collect();
        let agree = examples.as_object()?.iter().all(|(code, example)| {
            example["value"]["code"] == **code
                && example["value"]["status"].as_u64() == status.parse().ok()
        });
        assert!(agree, "{path} {status}");
        Some(format!("{status} {}", codes.join(" ")))
    });
    failures.collect()
}

#[test]
fn each_operation_has_every_response_it_may_give_and_no_other() {
    let document = document();
    assert_eq!(
        codes(&document, "/patients/{id}/summary", "get"),
        [
            "400 invalid_body invalid_parameter",
            "401 unauthenticated",
            "403 forbidden",
            "404 not_found",
            "406 not_acceptable",
            "429 upstream_throttled",
            "500 internal",
            "502 mapping upstream_connect upstream_login_page upstream_redirect upstream_refused upstream_reset upstream_status upstream_tls upstream_too_large upstream_unreadable",
            "503 overloaded",
            "504 deadline",
        ]
    );
    assert_eq!(
        codes(&document, "/orders", "post"),
        [
            "400 invalid_body invalid_parameter",
            "401 unauthenticated",
            "403 forbidden",
            "406 not_acceptable",
            "413 payload_too_large",
            "415 unsupported_media_type",
            "429 upstream_throttled",
            "500 internal",
            "502 upstream_connect upstream_login_page upstream_redirect upstream_refused upstream_reset upstream_status upstream_tls upstream_too_large upstream_unreadable write_unknown",
            "503 overloaded",
            "504 deadline write_unknown",
        ]
    );
    assert_eq!(
        codes(&document, "/hello", "get"),
        [
            "400 invalid_body invalid_parameter",
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
