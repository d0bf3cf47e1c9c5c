//! Committed contracts: the document that the demo's configuration makes.

use std::path::Path;

use secrecy::ExposeSecret;
use serde_json::Value;
use testkit::{Demo, DemoOptions, DemoStub, Fault};

use crate::support::{Running, Variables, World};

const CONFIGURATION: &str = include_str!("../../fixtures/demo/manifold.yaml");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/demo.json");

/// The demo's configuration in front of its stubs, as `manifold demo` runs it.
fn demo() -> (Running, Demo, Variables) {
    let demo = Demo::start(DemoOptions::new().unwrap()).unwrap();
    let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut variables = vec![
        of("DEMO_LISTEN", "127.0.0.1:0"),
        of("DEMO_ADMIN", "127.0.0.1:0"),
        of("DEMO_TOKEN_URL", &demo.authorization_server().token_url()),
        of(
            "DEMO_PORTAL_HASH",
            "$argon2id$v=19$m=19456,t=2,p=1$WDLap4eTW7GOMduMPGOkkg$YDc80O1YG+t5QkLWuWuTT1h70EQDiXSA2vLHHDKP0Wo",
        ),
        of(
            "DEMO_ROBOT_KEY_SHA256",
            "c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c",
        ),
    ];
    let secrets = demo.secrets();
    for (name, secret) in [
        ("DEMO_HOSPITAL_SECRET", &secrets.hospital_client_secret),
        ("DEMO_LABS_SECRET", &secrets.labs_client_secret),
        ("DEMO_INSURER_KEY", &secrets.insurer_key),
        ("DEMO_WEATHER_KEY", &secrets.weather_key),
    ] {
        variables.push(of(name, secret.expose_secret()));
    }
    for (name, stub) in [
        ("DEMO_EHR_URL", DemoStub::Ehr),
        ("DEMO_LABS_URL", DemoStub::Labs),
        ("DEMO_INSURER_URL", DemoStub::Insurer),
        ("DEMO_WEATHER_URL", DemoStub::Weather),
    ] {
        variables.push(of(name, &demo.url(stub)));
    }
    (Running::start(CONFIGURATION, &variables), demo, variables)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_document_is_the_one_that_the_demo_serves() {
    let (service, _demo, _) = demo();
    let served = service
        .send("GET", "/openapi.json", &[], "")
        .await
        .expect(200);
    let mut pretty = serde_json::to_string_pretty(&served.json()).unwrap();
    pretty.push('\n');
    if std::env::var_os("MANIFOLD_BLESS").is_some() {
        std::fs::write(DOCUMENT, &pretty).unwrap();
    }
    let committed = std::fs::read_to_string(Path::new(DOCUMENT)).unwrap_or_default();
    let is_same = committed == pretty;
    assert!(
        is_same,
        "openapi/demo.json is out of date: run the tests once with MANIFOLD_BLESS=1 and read the change"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_names_no_secret_and_no_address_of_a_backend() {
    let (service, _demo, variables) = demo();
    let document = service
        .send("GET", "/openapi.json", &[], "")
        .await
        .expect(200);
    for (name, value) in variables {
        if name != "DEMO_LISTEN" && name != "DEMO_ADMIN" {
            assert!(!document.text().contains(&value), "{name}");
        }
    }
    for hidden in [
        "127.0.0.1",
        "manifold-hospital",
        "manifold-labs",
        "argon2",
        "token_url",
    ] {
        assert!(!document.text().contains(hidden), "{hidden}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_every_endpoint_that_is_served() {
    let (service, _demo, _) = demo();
    let document = service
        .send("GET", "/openapi.json", &[], "")
        .await
        .expect(200)
        .json();
    assert_eq!(document["openapi"].as_str().unwrap().get(..3), Some("3.1"));
    let paths = document["paths"].as_object().unwrap();
    // In the order of the configuration, which its author chose for readers.
    let operations: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{method}: {path}"))
        })
        .collect();
    let declared: Vec<_> = CONFIGURATION
        .lines()
        .filter_map(|line| line.strip_prefix("  - "))
        .filter(|line| line.starts_with("get: /") || line.starts_with("post: /"))
        .map(str::to_owned)
        .collect();
    assert_eq!(operations, declared);
    let is_public =
        |path: &str| document["paths"][path]["get"]["security"] == Value::Array(Vec::new());
    assert!(!is_public("/patients/{id}/summary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_demo_tells_to_paste_ends_well_in_the_order_in_which_it_is_printed() {
    let (service, demo, _) = demo();
    let ask = async || {
        let path = "/patients/pat-001/summary";
        let answer = service.send("GET", path, &[("X-API-Key", "demo-key")], "");
        answer.await.status
    };
    for (stub, fault, status) in [
        (DemoStub::Insurer, Fault::Refused, 200),
        (DemoStub::Labs, Fault::Html, 200),
        (DemoStub::Ehr, Fault::Html, 502),
    ] {
        assert_eq!(ask().await, 200);
        demo.fault(stub, Some(fault)).await.unwrap();
        assert_eq!(ask().await, status, "{stub} {fault}");
        demo.fault(stub, None).await.unwrap();
    }
    // The newest token has never been taken: its rejection is mended all the same.
    assert!(demo.authorization_server().revoke_all() > 0);
    assert_eq!(ask().await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_demo_does_not_know_is_no_fault_of_its_backends() {
    let (service, _demo, _) = demo();
    for path in ["/weather?city=Oslo", "/labs/1", "/patients/1/summary"] {
        let answer = service.send("GET", path, &[("X-API-Key", "demo-key")], "");
        let problem = answer.await.expect(404).json();
        assert_eq!(problem["code"], "not_found", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_served_to_those_who_may_read_them() {
    let endpoints = "
documents: { access: { scopes: [read] } }
endpoints: []
";
    let world = World::start(endpoints);
    world
        .service
        .send("GET", "/openapi.json", &[], "")
        .await
        .expect(401);
    let document = world.service.get("/openapi.json").await.expect(200);
    let beside_the_page = "/docs/openapi.json";
    let refused = world.service.send("GET", beside_the_page, &[], "").await;
    refused.expect(401);
    let shown = world.service.get(beside_the_page).await.expect(200);
    assert_eq!(shown.text(), document.text());
    let page = world.service.get("/docs/").await.expect(200);
    assert!(page.header("content-security-policy").is_some());
    let moved = world.service.get("/docs").await.expect(308);
    assert_eq!(moved.header("location"), Some("/docs/"));
}
