//! Servers that say of themselves where tokens are to be had.

use super::*;

/// A FHIR server whose metadata name the token endpoint of `stubs`, in the document or in the statement.
fn smart_server(stubs: &StubSet, document: bool) -> StubSet {
    let token_url = server(stubs).token_url();
    let capabilities = r#"["client-confidential-symmetric","permission-v1"]"#;
    let oauth_uris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
    let document = if document {
        format!(
            r#"{{ "method": "GET", "path": "/fhir/.well-known/smart-configuration",
                "body": {{ "token_endpoint": "{token_url}", "capabilities": {capabilities} }} }},"#
        )
    } else {
        String::new()
    };
    let declaration = format!(
        r#"{{ "ehr": {{ "routes": [ {document}
            {{ "method": "GET", "path": "/fhir/metadata", "headers": {{ "Content-Type": "application/fhir+json" }},
               "body": {{ "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [ {{ "security": {{
                 "extension": [ {{ "url": "{oauth_uris}", "extension": [ {{ "url": "token", "valueUri": "{token_url}" }} ] }} ] }} }} ] }} }} ] }} }}"#
    );
    StubSet::start(&declaration).unwrap()
}

async fn smart_report(document: bool) -> Report {
    let stubs = StubSet::start(STUBS).unwrap();
    let ehr = smart_server(&stubs, document);
    let base = ehr.url("ehr").unwrap() + "/fhir";
    let credential = format!(
        "  smart: {{ oauth2: {{ issuer: {base}, discovery: smart, client_id: manifold, client_secret: right, authentication: client_secret_post }} }}\n"
    );
    let lines = format!("ehr: {{ fhir: R4, url: {base}, credential: smart }}");
    examined(with_credentials(&stubs, &credential, &lines), SOON).await
}

/// The verdict and the words about the SMART document of the backend `ehr`.
fn smart_finding(report: &Report) -> (Verdict, String) {
    let about = report.findings().iter();
    let mut about = about.filter(|finding| finding.kind == "SMART");
    let finding = about.next().unwrap();
    (
        finding.verdict,
        format!("{} {:?}", finding.result, finding.mend),
    )
}

#[tokio::test]
async fn f48_what_a_smart_server_says_is_held_against_the_credential() {
    let report = smart_report(true).await;
    assert_eq!(said(&report, "smart").0, Verdict::Fine);
    assert_eq!(
        smart_finding(&report),
        (
            Verdict::Fine,
            "offers what the credential uses None".to_owned()
        )
    );
}

#[tokio::test]
async fn f48_without_a_smart_document_the_capability_statement_names_the_token_endpoint() {
    let report = smart_report(false).await;
    assert_eq!(said(&report, "smart").0, Verdict::Wrong);
    let (verdict, text) = smart_finding(&report);
    assert_eq!(verdict, Verdict::Wrong);
    assert!(text.contains("token_url: http://127.0.0.1:"), "{text}");
}

#[tokio::test]
async fn f48_a_smart_server_that_is_not_there_is_not_sent_for_its_token_endpoint() {
    let stubs = StubSet::start(STUBS).unwrap();
    let base = nowhere() + "/fhir";
    let credential = format!(
        "  smart: {{ oauth2: {{ issuer: {base}, discovery: smart, client_id: manifold, client_secret: right, authentication: client_secret_post }} }}\n"
    );
    let lines = format!("ehr: {{ fhir: R4, url: {base}, credential: smart }}");
    let report = examined(with_credentials(&stubs, &credential, &lines), SOON).await;
    let (verdict, text) = said(&report, "smart");
    assert_eq!(verdict, Verdict::Wrong);
    assert!(text.contains("`token_url` or `issuer`"), "{text}");
    assert_eq!(said(&report, "ehr").0, Verdict::Unasked);
    let (verdict, text) = smart_finding(&report);
    assert_eq!(verdict, Verdict::Wrong);
    assert!(text.contains("it is refused"), "{text}");
}
