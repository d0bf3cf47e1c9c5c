//! The doctor at real sockets: stub servers, good and bad ones, as a configuration names them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use serde_json::Value;
use testkit::{AuthorizationServer, Fault, StubSet, Vendor};

use super::*;

mod connections;
mod smart;

const STUBS: &str = r#"{
  "_authorization_server": { "clients": { "manifold": { "secret": "right", "scopes": ["a", "b"] } }, "lifetime_s": 300 },
  "r4":   { "routes": [
    { "method": "GET", "path": "/fhir/metadata", "bearer": true, "headers": { "Content-Type": "application/fhir+json" },
      "body": { "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1" } } ] },
  "r5":   { "routes": [
    { "method": "GET", "path": "/fhir/metadata", "headers": { "Content-Type": "application/fhir+json" },
      "body": { "resourceType": "CapabilityStatement", "fhirVersion": "5.0.0" } } ] },
  "web":  { "routes": [
    { "method": "GET", "path": "/", "headers": { "Content-Type": "text/html" }, "body_text": "<html>welcome</html>" } ] },
  "labs": { "routes": [ { "method": "GET", "path": "/", "bearer": true, "body": { "name": "labs" } } ] },
  "bare": { "routes": [] },
  "slow": { "routes": [ { "method": "GET", "path": "/", "delay_ms": 60000 } ] }
}"#;

const CLIENTS: &str = "{ portal: { api_key: { sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' } },
  robot: { api_key: { sha256: '0f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' } } }";

/// Nobody listens there: the port was free a moment ago.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn configuration(stubs: &StubSet, lines: &str) -> Configuration {
    with_credentials(stubs, "", lines)
}

/// Besides the good and the wrong one, the credentials of `more`.
fn with_credentials(stubs: &StubSet, more: &str, lines: &str) -> Configuration {
    let mut text = format!(
        "clients: {CLIENTS}\ncredentials:\n  good: {}\n  wrong: {}\n{more}backends:\n",
        credential(stubs, "right", "[a, b]"),
        credential(stubs, "marked-secret", "[a]")
    );
    for line in lines.lines() {
        let mut line = line.to_owned();
        for name in stubs.names() {
            let place = format!("{{{name}}}");
            line = line.replace(&place, &stubs.url(name).unwrap());
        }
        text.push_str("  ");
        text.push_str(line.replace("{nowhere}", &nowhere()).trim_start());
        text.push('\n');
    }
    text.push_str("endpoints: []\n");
    config::parse("test.yaml", &text, Path::new("."), &|_| None)
        .unwrap_or_else(|faults| unreachable!("{faults}"))
}

fn credential(stubs: &StubSet, secret: &str, scopes: &str) -> String {
    let token_url = server(stubs).token_url();
    format!(
        "{{ oauth2: {{ token_url: {token_url}, client_id: manifold, client_secret: {secret}, scopes: {scopes} }} }}"
    )
}

fn server(stubs: &StubSet) -> &AuthorizationServer {
    stubs.authorization_server().unwrap()
}

async fn examined(mut configuration: Configuration, within: Duration) -> Report {
    let probes = Probe::all(&mut configuration);
    let withheld = withheld(&configuration);
    let process = start(configuration).unwrap_or_else(|_| unreachable!());
    let revision = process.revision();
    Report::new(examine(&revision, &probes, &withheld, Instant::now() + within).await)
}

/// The findings about backends and credentials called `name`, as verdict and everything said.
fn said(report: &Report, name: &str) -> (Verdict, String) {
    let mut about = report
        .findings()
        .iter()
        .filter(|finding| finding.name == name);
    let finding = about.next().unwrap();
    let mend = finding.mend.clone().unwrap_or_default();
    (
        finding.verdict,
        format!("{}: {} {mend}", finding.kind, finding.result),
    )
}

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn what_works_is_fine_and_says_what_it_is() {
    let stubs = StubSet::start(STUBS).unwrap();
    let lines = "ehr: { fhir: R4, url: '{r4}/fhir', credential: good }
        labs: { rest: {}, url: '{labs}', credential: good }
        bare: { rest: {}, url: '{bare}' }";
    let report = examined(configuration(&stubs, lines), SOON).await;
    assert_eq!(
        said(&report, "good"),
        (Verdict::Fine, "token: a token for 300 s ".into())
    );
    assert_eq!(
        said(&report, "ehr"),
        (Verdict::Fine, "FHIR R4: FHIR 4.0.1 ".into())
    );
    assert_eq!(
        said(&report, "labs"),
        (Verdict::Fine, "REST: reachable, answers 200 ".into())
    );
    let (verdict, text) = said(&report, "bare");
    assert_eq!(verdict, Verdict::Fine);
    assert!(text.contains("404"), "{text}");
    // Two backends and the credential itself: one token. The other call is the wrong credential's.
    assert_eq!(server(&stubs).token_calls(), 2);
}

#[tokio::test]
async fn what_is_wrong_says_what_mends_it() {
    let stubs = StubSet::start(STUBS).unwrap();
    let lines = "gone: { rest: {}, url: '{nowhere}' }
        anonymous: { rest: {}, url: '{labs}' }
        locked: { fhir: R4, url: '{r4}/fhir', credential: wrong }
        newer: { fhir: R4, url: '{r5}/fhir' }
        elsewhere: { fhir: R4, url: '{r4}/other', credential: good }
        page: { rest: {}, url: '{web}' }";
    let report = examined(configuration(&stubs, lines), SOON).await;
    for (name, verdict, words) in [
        ("wrong", Verdict::Wrong, ["invalid_client", "client_id"]),
        ("gone", Verdict::Wrong, ["it is refused", "port in `url`"]),
        ("anonymous", Verdict::Wrong, ["(401)", "credential"]),
        ("locked", Verdict::Unasked, ["not asked", "`wrong`"]),
        ("newer", Verdict::Wrong, ["5.0.0", "R4"]),
        ("elsewhere", Verdict::Wrong, ["/metadata (404)", "`url`"]),
        ("page", Verdict::Look, ["login page", "OAuth"]),
    ] {
        let (found, text) = said(&report, name);
        assert_eq!(found, verdict, "{name}: {text}");
        for word in words {
            assert!(text.contains(word), "{name}: {text}");
        }
    }
    assert!(!report.is_fine());
}

#[tokio::test]
async fn a_broken_credential_is_one_fault_and_its_backends_are_not_asked() {
    let stubs = StubSet::start(STUBS).unwrap();
    let lines = "labs: { rest: {}, url: '{labs}', credential: wrong }
        ehr: { fhir: R4, url: '{r4}/fhir', credential: wrong }";
    let report = examined(configuration(&stubs, lines), SOON).await;
    for name in ["labs", "ehr"] {
        assert_eq!(said(&report, name).0, Verdict::Unasked);
        let server = if name == "ehr" { "r4" } else { name };
        assert!(stubs.server(server).unwrap().requests().is_empty());
    }
    assert!(!report.is_fine());
    let table = report.table();
    assert!(table.contains("1 of 4 wrong, 2 not asked"), "{table}");
}

#[tokio::test]
async fn everything_is_asked_at_once_and_within_the_deadline() {
    let stubs = StubSet::start(STUBS).unwrap();
    let hanging = server(&stubs).server();
    hanging.fault(Some(Fault::StallHead)).await.unwrap();
    let lines = "one: { rest: {}, url: '{slow}', timeout: 60s }
        two: { rest: {}, url: '{slow}', timeout: 60s }
        three: { rest: {}, url: '{slow}', credential: good, timeout: 60s }";
    let began = Instant::now();
    let report = examined(configuration(&stubs, lines), Duration::from_secs(1)).await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    for name in ["one", "two", "good"] {
        let (verdict, text) = said(&report, name);
        assert_eq!(verdict, Verdict::Wrong, "{text}");
        assert!(text.contains("--timeout"), "{text}");
    }
    assert_eq!(said(&report, "three").0, Verdict::Unasked);
}

#[tokio::test]
async fn no_secret_and_no_token_stands_in_the_report() {
    let stubs = StubSet::start(STUBS).unwrap();
    let lines = "labs: { rest: {}, url: '{labs}', credential: good }
        locked: { rest: {}, url: '{labs}', credential: wrong }";
    let report = examined(configuration(&stubs, lines), SOON).await;
    let labs = stubs.server("labs").unwrap().requests();
    let token = labs.iter().find_map(|request| request.bearer()).unwrap();
    let json = serde_json::to_string(&report).unwrap();
    for secret in ["marked-secret", "right", token] {
        assert!(!report.table().contains(secret) && !json.contains(secret));
    }
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["fine"], false);
    assert_eq!(json["findings"][0]["name"], "good");
    assert_eq!(json["findings"][0]["verdict"], "fine");
    assert_eq!(json["findings"][1]["verdict"], "wrong");
}

#[tokio::test]
async fn b19_a_backend_whose_credential_depends_on_the_client_is_asked_for_each() {
    let stubs = StubSet::start(STUBS).unwrap();
    let chosen = "  chosen: { by_client: { portal: good, robot: wrong } }\n";
    let lines = "labs: { rest: {}, url: '{labs}', credential: chosen }";
    let report = examined(with_credentials(&stubs, chosen, lines), SOON).await;
    assert_eq!(said(&report, "labs for portal").0, Verdict::Fine);
    assert_eq!(said(&report, "labs for robot").0, Verdict::Unasked);
}

#[tokio::test]
async fn a_server_that_demands_a_proof_is_mended_by_dpop() {
    let stubs = StubSet::start(STUBS).unwrap();
    server(&stubs).set_vendor(Some(Vendor::Okta));
    let bound = format!(
        "  bound: {}\n",
        credential(&stubs, "right", "[a], dpop: true")
    );
    let lines = "labs: { rest: {}, url: '{bare}' }";
    let report = examined(with_credentials(&stubs, &bound, lines), SOON).await;
    let (verdict, text) = said(&report, "good");
    assert_eq!(verdict, Verdict::Wrong);
    assert!(text.contains("`dpop: true`"), "{text}");
    assert_eq!(said(&report, "bound").0, Verdict::Fine);
}

#[tokio::test]
async fn a_refresh_token_that_the_service_may_have_rotated_is_not_shown() {
    let stubs = StubSet::start(STUBS).unwrap();
    let token_url = server(&stubs).token_url();
    let given = format!(
        "  given: {{ oauth2: {{ token_url: {token_url}, grant: refresh_token, refresh_token: r0, client_id: manifold, client_secret: right }} }}\n"
    );
    let lines = "labs: { rest: {}, url: '{labs}', credential: given }";
    let report = examined(with_credentials(&stubs, &given, lines), SOON).await;
    assert_eq!(said(&report, "given").0, Verdict::Look);
    assert!(
        report
            .findings()
            .iter()
            .all(|finding| finding.name != "labs")
    );
    let requests = server(&stubs).server().requests();
    let forms: Vec<_> = requests.iter().flat_map(testkit::Request::form).collect();
    assert!(forms.iter().all(|(_, value)| value != "r0"), "{forms:?}");
}

#[tokio::test]
async fn a_store_that_is_not_there_is_wrong_and_says_what_goes_on_meanwhile() {
    let redis =
        token_store_redis::Settings::new(nowhere().replace("http", "redis").parse().unwrap());
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZW8=".to_owned();
    let settings = config::TokenStore {
        redis,
        encryption_key: Arc::new(token_provider::EncryptionKey::parse(&key.into()).unwrap()),
    };
    let report = Report::new(vec![store::examine(&settings, Instant::now() + SOON).await]);
    let (verdict, text) = said(&report, "redis");
    assert_eq!(verdict, Verdict::Wrong);
    assert!(
        text.contains("cannot be reached") && text.contains("meanwhile"),
        "{text}"
    );
}
