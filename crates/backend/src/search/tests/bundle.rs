//! What the one Bundle holds.

use super::{FIRST, entry, number, page, reason, search, searching, urls};
use crate::fake::{ended, json, text};

#[tokio::test(start_paused = true)]
async fn f18_f42_three_pages_become_one_bundle_with_every_entry_byte_for_byte() {
    let (house, network) = searching(|seen, _| match number(seen) {
        1 => page(
            &["a", "b"],
            Some("https://ehr.example/base?page=2&x=%7C"),
            Some(5),
        ),
        2 => page(&["c"], Some("https://ehr.example/base?page=3"), None),
        _ => page(&["d", "e"], None, None),
    });
    let outcome = house.send(search(5, 100)).await;
    assert_eq!(ended(&outcome), ("ok", None, Some(200)));
    let entries: Vec<_> = ["a", "b", "c", "d", "e"].map(entry).into();
    assert_eq!(
        text(&outcome),
        format!(
            r#"{{"resourceType":"Bundle","type":"searchset","total":5,"entry":[{}]}}"#,
            entries.join(",")
        )
    );
    assert_eq!(
        urls(&network),
        [
            FIRST,
            "https://ehr.example/base?page=2&x=%7C",
            "https://ehr.example/base?page=3",
        ]
    );
    for seen in network.seen() {
        assert_eq!(seen.method, "GET");
        assert!(seen.body.is_none());
        assert_eq!(
            seen.header("accept"),
            ["application/fhir+json; fhirVersion=4.0"]
        );
        assert_eq!(seen.header("x-request-id"), ["r-1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn one_page_too_becomes_our_own_bundle_without_links_of_the_backend() {
    let (house, _) = searching(|_, _| {
        json(
            200,
            r#"{"type":"searchset","id":"x","link":[{"relation":"self","url":"https://ehr.example/secret"}],"entry":[],"resourceType":"Bundle"}"#,
        )
    });
    let outcome = house.send(search(5, 100)).await;
    assert_eq!(ended(&outcome).0, "ok");
    assert_eq!(
        text(&outcome),
        r#"{"resourceType":"Bundle","type":"searchset"}"#
    );
}

#[tokio::test(start_paused = true)]
async fn f19_the_page_cap_ends_the_search_and_keeps_what_was_read() {
    let (house, network) = searching(|seen, _| {
        let number = number(seen);
        page(
            &[&format!("i{number}")],
            Some(&format!("?page={}", number + 1)),
            None,
        )
    });
    let outcome = house.send(search(3, 100)).await;
    assert_eq!(ended(&outcome), ("incomplete", None, Some(200)));
    assert_eq!(reason(&outcome), Some("the page limit is reached"));
    assert_eq!(network.seen().len(), 3);
    let text = text(&outcome);
    for id in ["i1", "i2", "i3"] {
        assert!(text.contains(&entry(id)));
    }
    // The Bundle says itself that it is not whole, and by the alias only.
    assert!(text.contains(r#""code":"incomplete""#) && text.contains("`ehr`"));
    assert!(!text.contains("ehr.example"));
}

#[tokio::test(start_paused = true)]
async fn f19_the_entry_cap_ends_the_search_after_a_whole_page() {
    let (house, network) = searching(|seen, _| {
        let number = number(seen);
        let ids = [format!("x{number}"), format!("y{number}")];
        page(
            &[&ids[0], &ids[1]],
            Some(&format!("?page={}", number + 1)),
            None,
        )
    });
    let outcome = house.send(search(10, 3)).await;
    assert_eq!(reason(&outcome), Some("the entry limit is reached"));
    assert_eq!((ended(&outcome).1, network.seen().len()), (None, 2));
    assert!(text(&outcome).contains(&entry("y2")));
}

#[tokio::test(start_paused = true)]
async fn f21_a_missing_next_link_with_a_larger_total_is_incomplete_without_a_cause() {
    let (house, _) = searching(|_, _| page(&["a"], None, Some(7)));
    let outcome = house.send(search(5, 100)).await;
    assert_eq!(ended(&outcome), ("incomplete", None, Some(200)));
    assert_eq!(reason(&outcome), Some("it returned 1 of 7"));

    let (house, _) = searching(|_, _| page(&[], None, Some(7)));
    let mut count = search(5, 100);
    count.request.query = "_summary=count".to_owned();
    let outcome = house.send(count).await;
    assert_eq!((ended(&outcome).0, reason(&outcome)), ("ok", None));
    assert!(text(&outcome).contains(r#""total":7"#));
}
