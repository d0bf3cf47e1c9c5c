//! Answers: their members, and what is shown of them.

use serde_json::{Value, json};

use super::document;

#[test]
fn an_answer_has_a_member_per_call_and_null_where_it_is_optional() {
    let document = document();
    let answer = &document["components"]["schemas"]["GetPatientsByIdSummaryAnswer"];
    assert_eq!(
        answer["required"],
        json!(["patient", "vitals", "encounters", "results", "anything"])
    );
    let properties = &answer["properties"];
    assert_eq!(
        properties["patient"],
        json!({ "$ref": "#/components/schemas/FhirPatient" })
    );
    assert_eq!(
        properties["vitals"],
        json!({ "anyOf": [{ "$ref": "#/components/schemas/FhirObservationSearchset" }, { "type": "null" }] })
    );
    assert_eq!(
        properties["encounters"]["anyOf"][0]["$ref"],
        "#/components/schemas/FhirResourceSearchset"
    );
    let results = &document["components"]["schemas"]["GetPatientsByIdSummaryResults"];
    assert_eq!(
        results["properties"]["unit"]["$ref"],
        "#/components/schemas/GetPatientsByIdSummaryResultsUnit"
    );
    assert!(results.get("$schema").is_none());
    let patient = &document["components"]["schemas"]["FhirPatient"];
    assert_eq!(patient["properties"]["resourceType"]["const"], "Patient");
    assert_eq!(
        patient["externalDocs"]["url"],
        "https://hl7.org/fhir/R4/patient.html"
    );
}

#[test]
fn a_complete_and_a_partial_answer_are_shown() {
    let document = document();
    let response = &document["paths"]["/patients/{id}/summary"]["get"]["responses"]["200"];
    let examples = &response["content"]["application/json"]["examples"];
    let members = |example: &str| {
        examples[example]["value"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        members("complete"),
        "patient vitals encounters results anything"
    );
    assert_eq!(
        members("partial"),
        "patient vitals encounters results anything problems"
    );
    assert_eq!(examples["partial"]["value"]["vitals"], Value::Null);
    assert!(
        response["headers"]["Manifold-Complete"].is_object()
            && response["headers"]["X-Request-Id"].is_object()
    );
}
