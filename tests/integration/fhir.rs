//! FHIR backends: headers, statuses, and resources byte for byte.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::json;
use testkit::{DemoStub, Fault, Handler, Reply, Request, Response, Server};

use crate::support::{Answer, Running, World, traces};

/// One FHIR backend of declared answers, read and searched.
const YAML: &str = r#"
backends: { fhir: { fhir: R4, url: "${env:FHIR_URL}/r4", timeout: 2s, max_body: 64KiB } }
endpoints:
  - get: /{type}/{id}
    access: { scopes: [read] }
    parameters: { path: { type: { schema: { enum: [Patient] } } } }
    calls: { it: { backend: fhir, read: "Patient/{id}" } }
  - get: /optional/{id}
    access: { scopes: [read] }
    calls: { it: { backend: fhir, read: "Patient/{id}", need: optional } }
  - get: /search
    access: { scopes: [read] }
    calls: { it: { backend: fhir, search: Patient, query: { name: x } } }
"#;

/// A declared answer to a read of `Patient/p`.
fn answers(body: &str) -> String {
    route(r#""path": "/r4/Patient/p""#, &format!(r#""body": {body}"#))
}

fn route(request: &str, answer: &str) -> String {
    format!(
        r#"{{ "fhir": {{ "routes": [ {{ "method": "GET", {request}, {answer},
          "headers": {{ "Content-Type": "application/fhir+json" }} }} ] }} }}"#
    )
}

async fn read(declaration: &str) -> (World, Answer) {
    let world = World::with_stubs(declaration, YAML);
    let answer = world.service.get("/Patient/p").await;
    (world, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_a_backend_is_asked_for_its_version_and_for_gzip() {
    let (world, answer) = read(&answers(r#"{"resourceType":"Patient","id":"p"}"#)).await;
    answer.expect(200);
    let request = &world.stub("fhir").requests()[0];
    let accept = "application/fhir+json; fhirVersion=4.0";
    assert_eq!(request.header("accept"), Some(accept));
    assert!(request.header("accept-encoding").unwrap().contains("gzip"));
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_a_backend_that_refuses_the_version_is_asked_once_without_it() {
    let declaration = r#"{ "fhir": { "routes": [
      { "method": "GET", "path": "/r4/Patient/p", "status": 406, "times": 1 },
      { "method": "GET", "path": "/r4/Patient/p", "body": { "resourceType": "Patient", "id": "p" } } ] } }"#;
    let (world, answer) = read(declaration).await;
    answer.expect(200);
    let requests = world.stub("fhir").requests();
    assert_eq!(requests.len(), 2);
    assert!(
        !requests[1]
            .header("accept")
            .unwrap()
            .contains("fhirVersion")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_gzip_is_undone() {
    let zipped = Server::start(0, Arc::new(Zipped)).unwrap();
    let service = Running::start(YAML, &vec![("FHIR_URL".to_owned(), zipped.url())]);
    let answer = service.get("/Patient/p").await.expect(200);
    assert_eq!(
        answer.text(),
        r#"{"it":{"id":"p","resourceType":"Patient"}}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_the_decoded_size_is_capped() {
    let (world, _) = read(&answers(r#"{"resourceType":"Patient","id":"p"}"#)).await;
    let fhir = world.stub("fhir");
    fhir.fault(Some(Fault::GzipBomb)).await.unwrap();
    let answer = world.service.get("/Patient/p").await.expect(502);
    assert_eq!(answer.code(), "upstream_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn f32_statuses_and_foreign_error_bodies_become_codes() {
    for (status, body, expected, code) in [
        (400, r#"{"detail":"name-f32"}"#, 502, "upstream_status"),
        (401, "{}", 502, "upstream_refused"),
        (403, "{}", 502, "upstream_refused"),
        (404, "{}", 404, "not_found"),
        (410, "{}", 404, "not_found"),
        (422, r#""name-f32""#, 502, "upstream_status"),
        (429, "{}", 429, "upstream_throttled"),
        (500, r#"{"trace":"name-f32"}"#, 502, "upstream_status"),
        (503, "{}", 502, "upstream_status"),
    ] {
        let answer = format!(r#""status": {status}, "body": {body}"#);
        let (_, answer) = read(&route(r#""path": "/r4/Patient/p""#, &answer)).await;
        let answer = answer.expect(expected);
        assert_eq!(answer.code(), code, "{status}");
        assert!(!answer.text().contains("name-f32"), "{status}");
        let told = answer.call("it")["status"].as_u64();
        assert_eq!(told, Some(status), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_resource_of_an_optional_read_is_absent_and_the_answer_is_complete() {
    for status in [404, 410] {
        let declaration = route(
            r#""path": "/r4/Patient/p""#,
            &format!(r#""status": {status}"#),
        );
        let world = World::with_stubs(&declaration, YAML);
        let answer = world.service.get("/optional/p").await.expect(200);
        assert!(answer.is_complete());
        assert_eq!(answer.text(), r#"{"it":null}"#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f33_a_refusal_by_the_backend_is_ours_and_never_the_clients_401() {
    let world = World::start(crate::flow::SUMMARY);
    let ehr = world.server(DemoStub::Ehr);
    ehr.fault(Some(Fault::Status401)).await.unwrap();
    let answer = world.service.get("/patients/pat-001").await.expect(502);
    assert_eq!(answer.code(), "upstream_refused");
    assert_eq!(answer.header("www-authenticate"), None);
    assert_eq!(
        ehr.count("/fhir/Patient/pat-001"),
        2,
        "one retry, with a new token"
    );
    ehr.fault(Some(Fault::Status403)).await.unwrap();
    let answer = world.service.get("/patients/pat-001").await.expect(502);
    let detail = answer.call("patient")["detail"].to_string();
    assert!(detail.contains("the service's credential"), "{detail}");
    assert_eq!(
        ehr.count("/fhir/Patient/pat-001"),
        3,
        "a new token would not help"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f34_values_of_an_answer_that_cannot_be_read_are_shown_nowhere() {
    for body in [
        r#"{"resourceType":"Patient","id":"Kowalska-f34"}"#,
        r#"{"resourceType":"Kowalska-f34","id":"p"}"#,
        r#"["Kowalska-f34"]"#,
        r#""Kowalska-f34""#,
    ] {
        let (world, answer) = read(&answers(body)).await;
        let answer = answer.expect(502);
        assert_eq!(answer.code(), "upstream_unreadable", "{body}");
        assert!(!answer.text().contains("Kowalska-f34"), "{}", answer.text());
        world.service.access_lines(1).await;
        assert!(!world.service.access_log.text().contains("Kowalska-f34"));
        let ready = world.service.operator("/readyz").await;
        assert!(!ready.text().contains("Kowalska-f34"));
    }
    assert!(!traces().text().contains("Kowalska-f34"));
}

#[tokio::test(flavor = "multi_thread")]
async fn f42_f43_f44_resources_pass_byte_for_byte_in_reads_and_searches() {
    // Digits, an exponent beyond any float, order, primitive extensions, unknown members, escapes.
    let resource = concat!(
        r#"{"active" : true,"multipleBirthInteger":1.00,"x":[1E-22,1.000000000000000000E-245,-0.0,12345678901234567890.10],"#,
        r#""_birthDate":{"extension":[{"url":"u"}]},"name":[{"given":["a",null],"_given":[null,{"id":"g"}]}],"#,
        r#""modifierExtension":[{"url":"m","valueBoolean":false}],"unknown":{"z":1,"a":"\u00e9\/é"},"id":"p","resourceType":"Patient"}"#
    );
    let (_, answer) = read(&answers(resource)).await;
    assert_eq!(answer.expect(200).text(), format!(r#"{{"it":{resource}}}"#));

    let bundle = format!(
        r#"{{"entry":[{{"resource":{resource}}}],"type":"searchset","resourceType":"Bundle"}}"#
    );
    let declaration = route(r#""path": "/r4/Patient""#, &format!(r#""body": {bundle}"#));
    let world = World::with_stubs(&declaration, YAML);
    let answer = world.service.get("/search").await.expect(200);
    assert!(answer.is_complete());
    assert!(answer.text().contains(resource), "{}", answer.text());
}

/// A FHIR server that compresses.
struct Zipped;

#[async_trait]
impl Handler for Zipped {
    async fn handle(&self, _: Request) -> Reply {
        let patient = json!({ "id": "p", "resourceType": "Patient" });
        Response::json(StatusCode::OK, &patient).gzip().into()
    }
}
