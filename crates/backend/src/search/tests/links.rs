//! Which next links are followed, and whereto.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{FIRST, entry, number, page, reason, search, searching, urls};
use crate::Settings;
use crate::fake::{FHIR, Network, Tokens, ended, house, settings, text};

#[tokio::test(start_paused = true)]
async fn f18_relative_links_go_where_they_point_to() {
    for (link, expected) in [
        ("?page=2", "https://ehr.example/base/Observation?page=2"),
        ("/base?page=2", "https://ehr.example/base?page=2"),
        (
            "Observation?page=2",
            "https://ehr.example/base/Observation?page=2",
        ),
        ("//ehr.example/x?page=2", "https://ehr.example/x?page=2"),
        (
            "https://ehr.example:443/base?page=2#x",
            "https://ehr.example/base?page=2",
        ),
    ] {
        let (house, network) = searching(move |seen, _| match number(seen) {
            1 => page(&["a"], Some(link), None),
            _ => page(&["b"], None, None),
        });
        assert_eq!(ended(&house.send(search(5, 100)).await).0, "ok");
        assert_eq!(urls(&network), [FIRST, expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn a13_f18_a_link_to_another_origin_is_refused_and_the_token_stays_here() {
    for link in [
        "https://evil.example/base?page=2",
        "https://ehr.example:8443/base?page=2",
        "http://ehr.example/base?page=2",
        "//evil.example/?page=2",
        "\\\\\\\\evil.example/?page=2",
        "https://ehr.example@evil.example/?page=2",
        "https://user:word@ehr.example/?page=2",
        "https://ehr.example.evil.example/?page=2",
        "ftp://ehr.example/?page=2",
        "javascript:alert(1)",
        "https://",
    ] {
        let tokens = Tokens::willing();
        let network = Network::new(move |_, _| page(&["a"], Some(link), None));
        let settings = Settings {
            credential: tokens.credential(),
            ..settings(FHIR)
        };
        let outcome = house(settings, &network).send(search(5, 100)).await;
        assert_eq!(ended(&outcome).1, Some("upstream_unreadable"), "{link}");
        let reason = reason(&outcome).unwrap();
        assert!(reason.starts_with("the next link was refused"), "{reason}");
        assert!(!reason.contains("example"));
        assert_eq!(urls(&network), [FIRST]);
        assert!(text(&outcome).contains(&entry("a")));
    }
}

#[tokio::test(start_paused = true)]
async fn f19_a_loop_ends_the_search_with_a_cause() {
    for (second, requests) in [(FIRST, 2), ("?page=2", 2), ("?page=2#again", 2)] {
        let (house, network) = searching(move |seen, _| match number(seen) {
            1 => page(&["a"], Some("?page=2"), None),
            _ => page(&["b"], Some(second), None),
        });
        let outcome = house.send(search(50, 100)).await;
        assert_eq!(
            reason(&outcome),
            Some("the next link repeats an earlier page")
        );
        assert_eq!(ended(&outcome).1, Some("upstream_unreadable"));
        assert_eq!(network.seen().len(), requests);
    }
    let (house, network) = searching(|_, _| page(&["a"], Some(FIRST), None));
    assert_eq!(ended(&house.send(search(50, 100)).await).0, "incomplete");
    assert_eq!(network.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn f19_pages_without_entries_end_at_the_page_cap() {
    let (house, network) =
        searching(|seen, _| page(&[], Some(&format!("?page={}", number(seen) + 1)), None));
    let outcome = house.send(search(20, 100)).await;
    assert_eq!(reason(&outcome), Some("the page limit is reached"));
    assert_eq!(network.seen().len(), 20);
}
