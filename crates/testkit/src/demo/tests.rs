//! The wired demo: one token opens what it should, and the control surface switches faults.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use secrecy::ExposeSecret;

use super::{Demo, DemoOptions, DemoStub};
use crate::fault::Fault;
use crate::test_client::{exchange, get, send};

fn start() -> Demo {
    Demo::start(DemoOptions::new().unwrap()).unwrap()
}

async fn hospital_token(demo: &Demo) -> String {
    let secrets = demo.secrets();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        secrets.hospital_client_id,
        secrets.hospital_client_secret.expose_secret()
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let server = demo.server(DemoStub::AuthorizationServer);
    let seen = send(server, "POST /token", &headers, &form).await;
    seen.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_opens_the_backend_of_its_scope_and_no_other() {
    let demo = start();
    let token = hospital_token(&demo).await;
    let ehr = demo.server(DemoStub::Ehr);
    assert_eq!(
        get(ehr, "/fhir/Patient/pat-001", &token).await.status(),
        200
    );
    let without = get(ehr, "/fhir/Patient/pat-001", "").await;
    assert_eq!(
        (
            without.status(),
            without.header("www-authenticate").as_deref()
        ),
        (401, Some("Bearer"))
    );
    assert_eq!(without.json()["resourceType"], "OperationOutcome");
    assert_eq!(get(ehr, "/fhir/metadata", "").await.status(), 200);
    let labs = get(demo.server(DemoStub::Labs), "/results/LAB-500001", &token).await;
    assert_eq!(labs.status(), 403);
    let key = demo.secrets().insurer_key.expose_secret();
    let target = format!("/members/INS-700001/coverage?apikey={key}");
    assert_eq!(
        get(demo.server(DemoStub::Insurer), &target, "")
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn the_control_surface_sets_and_clears_every_fault() {
    let demo = start();
    let control = &demo.control;
    for fault in Fault::ALL {
        let set = send(control, &format!("POST /weather/{fault}"), &[], "").await;
        assert_eq!(
            (set.status(), set.text()),
            (200, format!("weather: {fault}\n"))
        );
        assert_eq!(demo.server(DemoStub::Weather).current_fault(), Some(fault));
    }
    assert!(
        get(control, "/", "")
            .await
            .text()
            .contains("huge-header, 0 requests")
    );
    assert_eq!(
        send(control, "DELETE /weather", &[], "").await.text(),
        "weather: healthy\n"
    );
    assert_eq!(
        get(demo.server(DemoStub::Weather), "/", "").await.status(),
        401
    );
}

#[tokio::test]
async fn the_control_surface_makes_the_authorization_server_odd_and_even_again() {
    let demo = start();
    let control = &demo.control;
    let odd = "POST /authorization-server/expires-in-text";
    let set = send(control, odd, &[], "").await;
    assert_eq!(set.text(), "authorization-server: expires-in-text\n");
    let overview = get(control, "/", "").await.text();
    assert!(
        overview.contains("expires-in-text, 0 requests"),
        "{overview}"
    );
    let clear = send(control, "DELETE /authorization-server", &[], "").await;
    assert_eq!(clear.text(), "authorization-server: healthy\n");
    assert_eq!(demo.authorization_server().oddity(), None);
    let elsewhere = send(control, "POST /labs/expires-in-text", &[], "").await;
    assert_eq!(elsewhere.status(), 404);
}

#[tokio::test]
async fn revoking_by_control_makes_tokens_invalid_at_once() {
    let demo = start();
    let token = hospital_token(&demo).await;
    let revoked = send(&demo.control, "POST /authorization-server/revoke", &[], "").await;
    assert_eq!(revoked.text(), "1 tokens revoked\n");
    let seen = get(demo.server(DemoStub::Ehr), "/fhir/Patient/pat-001", &token).await;
    assert_eq!(
        seen.header("www-authenticate").as_deref(),
        Some("Bearer error=\"invalid_token\"")
    );
}

#[tokio::test]
async fn the_overview_lists_servers_faults_and_curl_lines_that_work() {
    let demo = start();
    let overview = get(&demo.control, "/", "").await.text();
    for stub in DemoStub::ALL {
        assert!(overview.contains(&demo.server(stub).url()) && overview.contains(stub.name()));
    }
    let lines: Vec<_> = overview
        .lines()
        .filter_map(|line| line.trim().strip_prefix("curl -X "))
        .collect();
    assert_eq!(lines.len(), 4);
    for line in lines {
        let line = line.replace(&demo.control_url(), "");
        let request = format!("{line} HTTP/1.1\r\nConnection: close\r\n\r\n");
        let seen = exchange(demo.control.address(), request.as_bytes()).await;
        assert_eq!(seen.status(), 200, "{line}");
    }
}

#[tokio::test]
async fn unknown_names_are_refused_with_the_known_ones() {
    let demo = start();
    let server = send(&demo.control, "POST /pacs/slow", &[], "").await;
    assert!(server.status() == 404 && server.text().contains("authorization-server, ehr, labs"));
    let fault = send(&demo.control, "POST /ehr/slwo", &[], "").await;
    assert!(fault.status() == 404 && fault.text().contains("no fault is called `slwo`"));
}

#[tokio::test]
async fn secrets_are_fresh_for_each_start_and_not_shown() {
    let (one, other) = (start(), start());
    let secret = one.secrets().weather_key.expose_secret();
    assert_ne!(secret, other.secrets().weather_key.expose_secret());
    assert!(!format!("{one:?}").contains(secret));
}
