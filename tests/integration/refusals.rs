//! Bad input, and what it gets: before any backend is called.

use serde_json::Value;
use testkit::DemoStub;

use crate::support::{Answer, BACKENDS, KEY, LIMITED_KEY, World};

const ENDPOINTS: &str = r#"
endpoints:
  - get: /results/{number}
    access: { scopes: [read] }
    parameters:
      path: { number: { schema: { type: string, pattern: "^[A-Z]{3}-[0-9]{6}$" } } }
      query:
        limit: { schema: { type: integer, minimum: 1, maximum: 10 }, default: 5 }
        unit: { schema: { enum: [SI, US] }, required: true }
      header: { X-Ward: { schema: { type: string, maxLength: 3 } } }
    calls: { results: { backend: labs, get: "/results/{number}", query: { limit: "{query.limit}" } } }
  - post: /orders
    access: { scopes: [write] }
    body:
      max: 1KiB
      schema: { type: object, required: [test], additionalProperties: false, properties: { test: { type: string, maxLength: 9 } } }
    calls: { order: { backend: labs, post: /orders, body: "{body}" } }
"#;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const RESULTS: &str = "/results/LAB-500001?unit=SI";

fn start() -> World {
    World::with_stubs("{}", &format!("{BACKENDS}{ENDPOINTS}"))
}

/// Asserts status, code, the problem's form and that no backend was called.
#[track_caller]
fn refused(world: &World, answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{}",
        answer.text()
    );
    let problem = answer.json();
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(problem["type"], format!("/problems/{code}"));
    assert_eq!(problem["status"], status);
    assert_eq!(
        problem["request_id"].as_str(),
        answer.header("x-request-id")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(world.server(DemoStub::Labs).requests().len(), 0);
    assert_eq!(world.token_calls(), 0);
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_there_is_401_with_a_challenge_for_each_scheme() {
    let world = start();
    let answer = world.service.send("GET", RESULTS, &[], "").await;
    refused(&world, &answer, 401, "unauthenticated");
    let challenges = answer.header_values("www-authenticate");
    let expected = [
        r#"Basic realm="Ward 7", charset="UTF-8""#,
        r#"ApiKey realm="Ward 7", header="x-api-key""#,
    ];
    assert_eq!(challenges, expected);
    let both = [KEY, ("Authorization", "Basic eDp5")];
    let answer = world.service.send("GET", RESULTS, &both, "").await;
    refused(&world, &answer, 401, "unauthenticated");
    let answer = world.service.send("GET", RESULTS, &[LIMITED_KEY], "").await;
    refused(&world, &answer, 403, "forbidden");
    assert_eq!(answer.header("www-authenticate"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_endpoint_offers_is_404_and_405_with_allow() {
    let world = start();
    for target in [
        "/",
        "/result",
        "/results/",
        "/results/LAB-500001/",
        "//results/LAB-500001",
        "/ORDERS",
    ] {
        let answer = world.service.get(target).await;
        refused(&world, &answer, 404, "no_such_endpoint");
    }
    for (method, target, allow) in [
        ("DELETE", RESULTS, "GET"),
        ("GET", "/orders", "POST"),
        ("OPTIONS", "/orders", "POST"),
        ("BREW", "/orders", "POST"),
    ] {
        let answer = world.service.send(method, target, &[KEY], "").await;
        refused(&world, &answer, 405, "method_not_allowed");
        assert!(answer.header("allow").unwrap().contains(allow));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_breaks_its_schema_is_400_and_named_without_its_value() {
    let world = start();
    for (target, place, name) in [
        ("/results/Nowak-lab?unit=SI", "path", "number"),
        ("/results/LAB-500001?unit=Nowak", "query", "unit"),
        ("/results/LAB-500001", "query", "unit"),
        ("/results/LAB-500001?unit=SI&limit=Nowak", "query", "limit"),
        ("/results/LAB-500001?unit=SI&limit=11", "query", "limit"),
        ("/results/LAB-500001?unit=SI&unit=US", "query", "unit"),
        ("/results/LAB-500001?unit=SI&limits=3", "query", "limits"),
        ("/results/LAB-500001?unit=%FF", "query", "unit"),
    ] {
        let answer = world.service.get(target).await;
        let problem = refused(&world, &answer, 400, "invalid_parameter");
        let error = &problem["errors"][0];
        assert_eq!(
            (error["in"].as_str(), error["name"].as_str()),
            (Some(place), Some(name)),
            "{target}"
        );
        assert!(!answer.text().contains("Nowak"), "{}", answer.text());
    }
    let answer = world
        .service
        .send("GET", RESULTS, &[KEY, ("X-Ward", "seven")], "")
        .await;
    let problem = refused(&world, &answer, 400, "invalid_parameter");
    assert_eq!(problem["errors"][0]["in"], "header");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_request_are_told_together() {
    let world = start();
    let answer = world.service.get("/results/x?limit=0").await;
    let problem = refused(&world, &answer, 400, "invalid_parameter");
    let errors = problem["errors"].as_array().unwrap();
    let names: Vec<_> = errors
        .iter()
        .filter_map(|error| error["name"].as_str())
        .collect();
    assert_eq!(names, ["number", "limit", "unit"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_wrong_is_400_413_or_415() {
    let world = start();
    let large = format!(r#"{{"test":"{}"}}"#, "x".repeat(2000));
    let deep = "[".repeat(100_000);
    let utf16 = ("Content-Type", "application/json; charset=utf-16");
    for (header, body, status, code) in [
        (JSON, "{\"test\":", 400, "invalid_body"),
        (JSON, r#"{"test":"a"} x"#, 400, "invalid_body"),
        (JSON, r#"{"test":"a","test":"b"}"#, 400, "invalid_body"),
        (JSON, r#"{"test":7}"#, 400, "invalid_body"),
        (JSON, r#"{"tset":"a"}"#, 400, "invalid_body"),
        (
            JSON,
            r#"{"test":"too long to be one"}"#,
            400,
            "invalid_body",
        ),
        (JSON, "[]", 400, "invalid_body"),
        (JSON, "", 400, "invalid_body"),
        (JSON, large.as_str(), 413, "payload_too_large"),
        (JSON, deep.as_str(), 413, "payload_too_large"),
        (
            ("Content-Type", "text/plain"),
            r#"{"test":"a"}"#,
            415,
            "unsupported_media_type",
        ),
        (utf16, r#"{"test":"a"}"#, 415, "unsupported_media_type"),
        (
            ("X-None", "1"),
            r#"{"test":"a"}"#,
            415,
            "unsupported_media_type",
        ),
    ] {
        let answer = world
            .service
            .send("POST", "/orders", &[KEY, header], body)
            .await;
        refused(&world, &answer, status, code);
    }
    let answer = world.service.send("GET", RESULTS, &[KEY, JSON], "{}").await;
    refused(&world, &answer, 400, "invalid_body");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_accepts_no_json_gets_406() {
    let world = start();
    for accept in [
        "text/html",
        "application/xml;q=1.0, text/*",
        "application/json;q=0",
    ] {
        let answer = world
            .service
            .send("GET", RESULTS, &[KEY, ("Accept", accept)], "")
            .await;
        refused(&world, &answer, 406, "not_acceptable");
    }
    for accept in [
        "*/*",
        "text/html, */*;q=0.1",
        "application/json",
        "application/fhir+json",
    ] {
        let answer = world
            .service
            .send("GET", RESULTS, &[KEY, ("Accept", accept)], "")
            .await;
        answer.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_has_a_page_and_unknown_ones_have_none() {
    let world = start();
    let page = world
        .service
        .send("GET", "/problems/deadline", &[], "")
        .await
        .expect(200);
    assert!(page.text().starts_with("deadline: "));
    world
        .service
        .send("GET", "/problems/no-such-code", &[], "")
        .await
        .expect(404);
}
