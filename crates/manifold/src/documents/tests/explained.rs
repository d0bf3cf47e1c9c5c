//! What the document says of explanations.

use serde_json::{Value, json};

use super::document_of;
use crate::explain::MEDIA_TYPE;

const CONFIGURATION: &str = r#"
explain: { scopes: [support] }
backends:
  labs: { rest: {}, url: "http://labs.example" }
endpoints:
  - get: /results
    access: { scopes: [] }
    calls: { results: { backend: labs, get: /, schema: { type: object } } }
  - get: /report
    access: { scopes: [] }
    calls: { report: { backend: labs, get: /, accept: [application/pdf] } }
  - get: /open
    access: public
    calls: { results: { backend: labs, get: /, schema: { type: object } } }
"#;

fn operation(document: &Value, path: &str) -> Value {
    document["paths"][path]["get"].clone()
}

/// Where a response with this status is described.
fn response(document: &Value, path: &str, status: &str) -> Value {
    let response = operation(document, path)["responses"][status].clone();
    let reference = response["$ref"]
        .as_str()
        .map(|to| to.trim_start_matches('#'));
    reference.map_or(response.clone(), |to| document.pointer(to).unwrap().clone())
}

#[test]
fn an_explained_answer_has_a_media_type_and_a_schema_of_its_own() {
    let document = document_of(CONFIGURATION);
    let answer = response(&document, "/results", "200");
    let component = "#/components/schemas/GetResultsExplained";
    assert_eq!(answer["content"][MEDIA_TYPE]["schema"]["$ref"], component);
    assert!(answer["headers"]["Server-Timing"].is_object());
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["GetResultsExplained"]["properties"],
        json!({
            "answer": { "$ref": "#/components/schemas/GetResultsAnswer" },
            "explain": { "$ref": "#/components/schemas/Explanation" },
        })
    );
    let shown = &answer["content"][MEDIA_TYPE]["example"];
    assert_eq!(shown["answer"], json!({ "results": {} }));
    assert_eq!(shown["explain"]["calls"][0]["attempts"], 2);
    let first = answer["content"].as_object().unwrap().keys().next();
    assert_eq!(first.unwrap(), "application/json", "what most clients take");
}

#[test]
fn a_problem_is_explained_where_calls_were_made() {
    let document = document_of(CONFIGURATION);
    for (status, explained) in [("401", false), ("406", false), ("502", true), ("504", true)] {
        let problem = response(&document, "/results", status);
        assert_eq!(
            problem["content"][MEDIA_TYPE].is_object(),
            explained,
            "{status}"
        );
        assert_eq!(problem["headers"]["Server-Timing"].is_object(), explained);
        assert!(problem["content"]["application/problem+json"].is_object());
    }
    let component = &document["components"]["schemas"]["ExplainedProblem"];
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    assert_eq!(component["properties"]["answer"], problem);
}

#[test]
fn a_file_is_left_out_of_its_explanation() {
    let document = document_of(CONFIGURATION);
    let schema = &document["components"]["schemas"]["GetReportExplained"];
    assert_eq!(schema["properties"]["answer"], json!({ "type": "null" }));
    let none = response(&document, "/report", "204");
    assert_eq!(none["content"], Value::Null);
}

#[test]
fn an_endpoint_for_everybody_is_explained_to_a_client_that_says_who_it_is() {
    let document = document_of(CONFIGURATION);
    let own = operation(&document, "/open");
    let parameters = own["parameters"].as_array().unwrap();
    assert!(parameters.iter().any(|one| one["name"] == "explain"));
    assert!(response(&document, "/open", "200")["content"][MEDIA_TYPE].is_object());
    assert!(response(&document, "/open", "401").is_object());
    let security = own["security"].as_array().unwrap();
    assert_eq!(security[0], json!({}), "nobody has to");
    let schemes = &operation(&document, "/results")["security"];
    assert_eq!(&security[1..], schemes.as_array().unwrap());

    let without = CONFIGURATION.replace("explain: { scopes: [support] }", "");
    assert_ne!(without, CONFIGURATION);
    let document = document_of(&without);
    for path in ["/open", "/results"] {
        assert!(!operation(&document, path).to_string().contains("explain"));
    }
    assert_eq!(operation(&document, "/open")["security"], json!([]));
}
