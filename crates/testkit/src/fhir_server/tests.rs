//! Reading, searching and paging, over the wire.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use serde_json::Value;

use super::{FhirServer, FhirServerOptions, NextLink, Total};
use crate::fault::Fault;
use crate::test_client::{get, send};

const VITALS: &str = "/fhir/Observation?patient=pat-001&category=vital-signs&_count=10";

fn start() -> FhirServer {
    FhirServer::start(FhirServerOptions::default()).unwrap()
}

fn next(bundle: &Value) -> Option<String> {
    let links = bundle["link"].as_array().unwrap();
    let next = links.iter().find(|link| link["relation"] == "next")?;
    Some(next["url"].as_str().unwrap().to_owned())
}

fn ids(bundle: &Value) -> Vec<&str> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries
        .map(|entry| entry["resource"]["id"].as_str().unwrap())
        .collect()
}

async fn search(server: &FhirServer, query: &str) -> Value {
    get(server.server(), &format!("/fhir/{query}"), "")
        .await
        .json()
}

#[tokio::test]
async fn f42_a_resource_is_served_byte_for_byte_as_in_the_file() {
    let file = include_str!("../../../../fixtures/fhir/observations.json");
    let server = start();
    let seen = get(server.server(), "/fhir/Observation/obs-102", "").await;
    assert_eq!(
        seen.header("content-type").as_deref(),
        Some("application/fhir+json")
    );
    assert!(seen.text().contains(r#""value":98.60"#) && file.contains(&seen.text()));
    let page = get(server.server(), "/fhir/Observation?_id=obs-102", "")
        .await
        .text();
    assert!(page.contains(&seen.text()));
}

#[tokio::test]
async fn f06_a_read_says_its_version_and_answers_304_to_it() {
    let server = start();
    let seen = get(server.server(), "/fhir/Patient/pat-001", "").await;
    assert!(seen.text().contains("Müller-Žižka"));
    assert_eq!(seen.header("etag").as_deref(), Some("W/\"3\""));
    let modified = seen.header("last-modified");
    assert_eq!(modified.as_deref(), Some("Sat, 14 Mar 2026 08:12:45 GMT"));
    let condition = [("If-None-Match", "W/\"3\"")];
    let unchanged = send(server.server(), "GET /fhir/Patient/pat-001", &condition, "").await;
    assert_eq!((unchanged.status(), unchanged.body().len()), (304, 0));
    assert_eq!(
        get(server.server(), "/fhir/Patient/pat-001/_history/3", "")
            .await
            .status(),
        200
    );
    assert_eq!(
        get(server.server(), "/fhir/Patient/pat-001/_history/2", "")
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn f32_errors_are_operation_outcomes_that_name_their_kind() {
    let server = start();
    for (target, status, code) in [
        ("/fhir/Patient/pat-999", 404, "not-found"),
        ("/fhir/Patient/pat-deleted", 410, "deleted"),
        ("/fhir/Patient?colour=red", 400, "invalid"),
        ("/fhir/Observation?_count=0", 400, "invalid"),
        ("/fhir/Spaceship?_id=1", 404, "not-found"),
        ("/fhir?_getpages=unknown&_getpagesoffset=10", 410, "deleted"),
        ("/elsewhere", 404, "not-found"),
    ] {
        let seen = get(server.server(), target, "").await;
        assert_eq!(seen.status(), status, "{target}");
        assert_eq!(seen.json()["resourceType"], "OperationOutcome");
        assert_eq!(seen.json()["issue"][0]["code"], code);
    }
    server.server().fault(Some(Fault::Status400)).await.unwrap();
    let faulty = get(server.server(), "/fhir/Patient/pat-001", "").await;
    assert_eq!(faulty.json()["resourceType"], "OperationOutcome");
}

#[tokio::test]
async fn searches_find_by_token_reference_and_name() {
    let server = start();
    for (query, expected) in [
        (
            "Patient?identifier=https://hospital.example/mrn%7CMRN-100002",
            vec!["pat-002"],
        ),
        (
            "Patient?identifier=INS-700001,INS-700003",
            vec!["pat-001", "pat-003"],
        ),
        ("Patient?identifier=%7CMRN-100002", vec![]),
        ("Patient?identifier=INS-700001%5C,INS-700003", vec![]),
        ("Patient?family=m%C3%BCller", vec!["pat-001"]),
        (
            "Observation?subject=Patient/pat-002&code=http://loinc.org%7C8867-4",
            vec!["obs-201"],
        ),
        (
            "Observation?patient=pat-002&code=8867-4,8310-5",
            vec!["obs-201", "obs-202"],
        ),
        ("Condition?patient=pat-002", vec!["con-201"]),
        (
            "AllergyIntolerance?patient=pat-001",
            vec!["all-101", "all-102"],
        ),
        (
            "MedicationRequest?patient=pat-003&code=M05BA04",
            vec!["med-301"],
        ),
        ("Condition?patient=pat-004", vec![]),
    ] {
        let bundle = search(&server, query).await;
        assert_eq!((ids(&bundle), next(&bundle)), (expected, None), "{query}");
    }
}

#[tokio::test]
async fn f18_pages_lead_over_the_base_to_every_match_once() {
    let server = start();
    let mut seen = Vec::new();
    let mut target = Some(VITALS.to_owned());
    while let Some(url) = target {
        let bundle = get(server.server(), &url, "").await.json();
        assert_eq!(bundle["total"].as_u64(), Some(27));
        seen.extend(ids(&bundle).into_iter().map(str::to_owned));
        let full_url = bundle["entry"][0]["fullUrl"].as_str().unwrap();
        assert!(full_url.starts_with(&(server.base_url() + "/Observation/obs-1")));
        let prefix = server.base_url() + "?_getpages=";
        target = next(&bundle).map(|url| {
            assert!(url.starts_with(&prefix));
            url.replace(&server.server().url(), "")
        });
    }
    assert_eq!((seen.len(), server.server().requests().len()), (27, 3));
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 27);
}

#[tokio::test]
async fn f18_next_links_can_be_odd() {
    let server = start();
    let cases = [
        (NextLink::Relative, "/fhir?_getpages="),
        (NextLink::QueryOnly, "?_getpages="),
        (
            NextLink::ForeignOrigin("http://127.0.0.2:81".into()),
            "http://127.0.0.2:81/fhir?_get",
        ),
    ];
    for (next_link, prefix) in cases {
        server.set_next_link(next_link);
        let bundle = get(server.server(), VITALS, "").await.json();
        assert!(next(&bundle).unwrap().starts_with(prefix));
    }
    server.set_next_link(NextLink::QueryOnly);
    let query = next(&get(server.server(), VITALS, "").await.json()).unwrap();
    let second = search(&server, &format!("Observation{query}")).await;
    assert_eq!(ids(&second).first(), Some(&"obs-111"));
}

#[tokio::test]
async fn f19_a_self_loop_leads_to_the_same_page_for_ever() {
    let server = start();
    server.set_next_link(NextLink::SelfLoop);
    let first = get(server.server(), VITALS, "").await.json();
    let target = next(&first).unwrap().replace(&server.server().url(), "");
    let second = get(server.server(), &target, "").await.json();
    assert_eq!((ids(&second), next(&second)), (ids(&first), next(&first)));
}

#[tokio::test]
async fn f21_a_missing_next_leaves_a_larger_total_and_a_total_can_be_left_out() {
    let server = start();
    server.set_next_link(NextLink::Missing);
    let bundle = get(server.server(), VITALS, "").await.json();
    let shown = (ids(&bundle).len(), next(&bundle), bundle["total"].as_u64());
    assert_eq!(shown, (10, None, Some(27)));
    server.set_total(Total::Omitted);
    assert!(
        get(server.server(), VITALS, "")
            .await
            .json()
            .get("total")
            .is_none()
    );
}

#[tokio::test]
async fn a_posted_search_finds_the_same_and_its_self_link_has_no_parameters() {
    let server = start();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let line = "POST /fhir/Patient/_search";
    let bundle = send(server.server(), line, &headers, "identifier=MRN-100001")
        .await
        .json();
    assert_eq!(ids(&bundle), ["pat-001"]);
    assert_eq!(bundle["link"][0]["url"], server.base_url() + "/Patient");
}

#[tokio::test]
async fn f50_metadata_states_the_version() {
    let server = start();
    let seen = get(server.server(), "/fhir/metadata", "").await;
    assert_eq!(seen.json()["fhirVersion"], "4.0.1");
}

#[test]
fn the_one_resource_that_is_wrong_on_purpose_is_the_documented_one() {
    let data = super::Data::load().unwrap();
    let mut wrong = data
        .resources
        .iter()
        .filter(|it| it.value.get("statusReasonText").is_some());
    assert_eq!(
        wrong.next().map(|resource| resource.id.as_str()),
        Some("obs-302")
    );
    assert!(wrong.next().is_none());
}
