//! Pages put together: what stays, what counts, what is said to be missing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use bytes::Bytes;
use json::Limits;
use proptest::prelude::*;

use super::*;
use crate::bundle::page;
use crate::paging::Refusal;

fn page_of(members: &str) -> Page {
    let text = format!(r#"{{"resourceType":"Bundle","type":"searchset"{members}}}"#);
    let body = CheckedJson::check(Bytes::from(text), Limits::default()).unwrap();
    page(&body).unwrap()
}

fn entries(entries: &[&str]) -> Page {
    page_of(&format!(r#","entry":[{}]"#, entries.join(",")))
}

fn entry(url: &str, version: &str, rest: &str, mode: &str) -> String {
    let meta = if version.is_empty() {
        String::new()
    } else {
        format!(r#""meta":{{"versionId":"{version}"}},"#)
    };
    format!(
        r#"{{"fullUrl":"https://h/{url}","resource":{{"resourceType":"Patient",{meta}"id":"1"{rest}}},"search":{{"mode":"{mode}"}}}}"#
    )
}

fn collected(pages: Vec<Page>, stopped: Option<Incomplete>) -> Collection {
    collect(Collected {
        pages,
        searched: "Patient",
        wanted: Wanted::Entries,
        backend: "ehr",
        stopped,
    })
}

fn text(collection: &Collection) -> String {
    String::from_utf8(collection.bundle.bytes().to_vec()).unwrap()
}

fn outcome(reason: &str) -> String {
    format!(
        r#"{{"resource":{{"resourceType":"OperationOutcome","issue":[{{"severity":"warning","code":"incomplete","diagnostics":"the search of backend `ehr` is incomplete: {reason}"}}]}},"search":{{"mode":"outcome"}}}}"#
    )
}

const EMPTY: &str = r#"{"resourceType":"Bundle","type":"searchset"}"#;

#[test]
fn an_empty_search_is_a_bundle_without_entries_and_complete() {
    for pages in [vec![], vec![page_of("")]] {
        let collection = collected(pages, None);
        assert_eq!(text(&collection), EMPTY);
        assert_eq!(collection.incomplete, None);
    }
}

#[test]
fn f42_f44_entries_keep_their_bytes_and_the_backends_links_are_gone() {
    let first = r#"{"resource":{ "valueDecimal" : 1.00, "_a":[null], "resourceType":"Patient"}, "fullUrl":"https:\/\/h\/1"}"#;
    let second = r#"{"resource":{"resourceType":"Basic","x":1E-22}}"#;
    let link = r#","total":1,"link":[{"relation":"next","url":"https://h/secret"}],"id":"b""#;
    let pages = vec![
        page_of(&format!(r#"{link},"entry":[{first}]"#)),
        entries(&[second]),
    ];
    let collection = collected(pages, None);
    assert_eq!(
        text(&collection),
        format!(
            r#"{{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{first},{second}]}}"#
        )
    );
    assert_eq!((collection.matches, collection.repeats), (1, 0));
}

#[test]
fn f9_the_total_is_the_backends_first_or_none() {
    let total = |pages| text(&collected(pages, Some(Incomplete::FailedPage)));
    assert!(
        total(vec![page_of(r#","total":5"#), page_of(r#","total":6"#)]).contains(r#""total":5,"#)
    );
    assert!(total(vec![page_of(""), page_of(r#","total":6"#)]).contains(r#""total":6,"#));
    assert!(!total(vec![page_of("")]).contains("total"));
}

#[test]
fn f21_fewer_matches_than_the_total_are_said_to_be_missing() {
    let one = entry("Patient/1", "1", "", "match");
    let include = entry("Patient/2", "1", "", "include");
    let page = |total| page_of(&format!(r#","total":{total},"entry":[{one},{include}]"#));
    let collection = collected(vec![page(3)], None);
    let missing = Incomplete::Missing {
        returned: 1,
        total: 3,
    };
    assert_eq!(collection.incomplete, Some(missing));
    assert_eq!(
        text(&collection),
        format!(
            r#"{{"resourceType":"Bundle","type":"searchset","total":3,"entry":[{one},{include},{}]}}"#,
            outcome("it returned 1 of 3")
        )
    );
    assert_eq!(collected(vec![page(1)], None).incomplete, None);
    assert_eq!(collected(vec![page(0)], None).incomplete, None);
    let counted = collect(Collected {
        pages: vec![page_of(r#","total":3"#)],
        searched: "Patient",
        wanted: Wanted::Total,
        backend: "ehr",
        stopped: None,
    });
    assert_eq!(counted.incomplete, None);
}

#[test]
fn f19_an_early_end_is_said_in_an_outcome_entry_that_names_the_alias_only() {
    let table: [(Incomplete, &str); 5] = [
        (Stop::PageCap.into(), "the page limit is reached"),
        (Stop::Loop.into(), "the next link repeats an earlier page"),
        (
            Stop::Refused(Refusal::Origin).into(),
            "the next link was refused: it leads to another origin",
        ),
        (Incomplete::FailedPage, "a page could not be read"),
        (Incomplete::Deadline, "the time limit is reached"),
    ];
    for (stopped, reason) in table {
        let one = entry("Patient/1", "1", "", "match");
        let page = page_of(&format!(r#","total":9,"entry":[{one}]"#));
        let collection = collected(vec![page], Some(stopped));
        assert_eq!(collection.incomplete, Some(stopped));
        let expected = format!(
            r#"{{"resourceType":"Bundle","type":"searchset","total":9,"entry":[{one},{}]}}"#,
            outcome(reason)
        );
        assert_eq!(text(&collection), expected);
    }
}

#[test]
fn f10_a_version_appears_once_and_versions_are_never_merged() {
    let both = |first: String, second: String| {
        let pages = vec![entries(&[&first]), entries(&[&second])];
        let collection = collected(pages, None);
        let kept = text(&collection).matches("fullUrl").count();
        assert_eq!(kept + collection.repeats, 2);
        kept
    };
    let patient = |version: &str, rest: &str| entry("Patient/1", version, rest, "match");
    assert_eq!(both(patient("1", ""), patient("1", "")), 1);
    assert_eq!(both(patient("1", ""), patient("1", r#","x":1"#)), 1);
    assert_eq!(both(patient("1", ""), patient("2", "")), 2);
    assert_eq!(both(patient("1", ""), patient("", "")), 2);
    assert_eq!(both(patient("", ""), patient("", "")), 1);
    assert_eq!(both(patient("", ""), patient("", r#","x":1"#)), 2);
    assert_eq!(
        both(patient("1", ""), entry("Patient/2", "1", "", "match")),
        2
    );
}

#[test]
fn f10_many_versionless_entries_of_one_resource_are_not_compared_with_each_other() {
    const ENTRIES: usize = 500;
    let all: Vec<String> = (0..ENTRIES)
        .map(|number| entry("Patient/1", "", &format!(r#","n":{number}"#), "match"))
        .collect();
    let twice: Vec<&str> = all.iter().chain(&all).map(String::as_str).collect();
    let mut kept = Kept::default();
    for entry in entries(&twice).entries {
        kept.add(entry, Mode::Match);
    }
    // A place for each version, found by its hash: a list of places per resource would have to be
    // searched for every entry, and a backend can send any number of them.
    assert_eq!(kept.places.len(), ENTRIES);
    let mut places: Vec<usize> = kept.places.into_values().collect();
    places.sort_unstable();
    assert!(places.into_iter().eq(0..ENTRIES));
    assert_eq!((kept.entries.len(), kept.repeats), (ENTRIES, ENTRIES));
}

#[test]
fn f10_without_a_full_url_type_and_id_tell_a_repeat() {
    let count = |resources: &[&str]| {
        let list: Vec<_> = resources
            .iter()
            .map(|resource| format!(r#"{{"resource":{resource}}}"#))
            .collect();
        let list: Vec<_> = list.iter().map(String::as_str).collect();
        collected(vec![entries(&list)], None).repeats
    };
    let patient = r#"{"resourceType":"Patient","id":"1"}"#;
    assert_eq!(count(&[patient, patient, patient]), 2);
    assert_eq!(
        count(&[patient, r#"{"resourceType":"Person","id":"1"}"#]),
        0
    );
    let nameless = r#"{"resourceType":"Patient"}"#;
    assert_eq!(count(&[nameless, nameless]), 0);
}

#[test]
fn f8_a_match_takes_the_place_of_an_include_but_not_the_other_way() {
    let included = entry("Patient/1", "1", "", "include");
    let matched = entry("Patient/1", "1", "", "match");
    for (first, second) in [(&included, &matched), (&matched, &included)] {
        let collection = collected(vec![entries(&[first]), entries(&[second])], None);
        let expected = format!(r#"{},"entry":[{matched}]}}"#, EMPTY.trim_end_matches('}'));
        assert_eq!(text(&collection), expected);
        assert_eq!((collection.matches, collection.repeats), (1, 1));
    }
}

#[test]
fn f15_the_backends_outcome_entries_stay_and_do_not_count() {
    let warning = r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"OperationOutcome","id":"w","issue":[]},"search":{"mode":"outcome"}}"#;
    let pages = vec![entries(&[warning]), entries(&[warning])];
    let collection = collected(pages, None);
    assert_eq!(text(&collection).matches(warning).count(), 2);
    assert_eq!((collection.matches, collection.repeats), (0, 0));
}

proptest! {
    #[test]
    fn f10_each_version_is_kept_exactly_once(
        pages in prop::collection::vec(prop::collection::vec((0..4_u8, 1..3_u8), 0..6), 0..5),
    ) {
        let distinct: std::collections::HashSet<_> = pages.iter().flatten().copied().collect();
        let all = pages.iter().flatten().count();
        let pages = pages.iter().map(|page| {
            let page: Vec<_> = page
                .iter()
                .map(|(id, version)| entry(&format!("Patient/{id}"), &version.to_string(), "", "match"))
                .collect();
            let page: Vec<_> = page.iter().map(String::as_str).collect();
            entries(&page)
        });
        let collection = collected(pages.collect(), None);
        prop_assert_eq!(collection.matches, distinct.len());
        prop_assert_eq!(collection.repeats, all - distinct.len());
        let bundle: serde_json::Value = serde_json::from_slice(&collection.bundle.bytes()).unwrap();
        let kept = bundle["entry"].as_array().map_or(0, Vec::len);
        prop_assert_eq!(kept, distinct.len());
    }
}
