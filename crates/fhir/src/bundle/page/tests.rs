//! What is a page of a search, and what is read of it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use bytes::Bytes;
use json::Limits;
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Page, NotASearchset> {
    let body = Bytes::copy_from_slice(text.as_bytes());
    page(&CheckedJson::check(body, Limits::default()).unwrap())
}

fn searchset(members: &str) -> String {
    format!(r#"{{"type":"searchset"{members},"resourceType":"Bundle"}}"#)
}

#[test]
fn f43_a_page_is_read_whatever_the_order_of_its_members() {
    let entry = r#"{ "search":{"mode":"include"},"resource":{"birthDate":"2000","meta":{"versionId":"3"},"id":"1","resourceType":"Patient"} , "fullUrl":"https:\/\/h\/Patient\/1"}"#;
    let text = searchset(&format!(
        r#","entry":[ {entry} ,{{"resource":{{"resourceType":"A"}}}}],"total":7,"link":[{{"relation":"self","url":"s"}},{{"url":"?page=2","relation":"next"}}]"#
    ));
    let page = read(&text).unwrap();
    assert_eq!(page.total, Some(7));
    assert_eq!(page.next.as_deref(), Some("?page=2"));
    let [first, second] = page.entries.as_slice() else {
        panic!("two entries")
    };
    assert_eq!(first.json.bytes(), entry);
    assert!(first.resource.bytes().starts_with(b"{\"birthDate"));
    assert_eq!(first.resource_type, "Patient");
    assert_eq!(first.id.as_deref(), Some("1"));
    assert_eq!(first.version_id.as_deref(), Some("3"));
    assert_eq!(first.full_url.as_deref(), Some("https://h/Patient/1"));
    assert_eq!(first.mode, Some(Mode::Include));
    assert_eq!(
        (&second.id, &second.full_url, second.mode),
        (&None, &None, None)
    );
}

#[test]
fn f42_f44_an_entry_keeps_its_bytes() {
    let entry = r#"{"resource":{"resourceType":"X","a":1.00,"b":1E-22,"c":1.000000000000000000E-245,"given":["a",null],"_given":[null,{"id":"\u00e4"}]}}"#;
    let page = read(&searchset(&format!(r#","entry":[{entry}]"#))).unwrap();
    assert_eq!(page.entries[0].json.bytes(), entry);
}

#[test]
fn a_page_without_entries_links_and_total_is_an_empty_one() {
    let page = read(&searchset("")).unwrap();
    assert!(page.entries.is_empty());
    assert_eq!((page.next, page.total), (None, None));
    for total in ["-1", "1.0", "\"1\"", "null", "1e3", "99999999999999999999"] {
        let page = read(&searchset(&format!(r#","total":{total}"#))).unwrap();
        assert_eq!(page.total, None, "{total}");
    }
}

#[test]
fn f38_what_is_no_searchset_is_refused_by_class() {
    use NotASearchset as Fault;
    let next = r#"{"relation":"next","url":"a"}"#;
    let other = r#"{"relation":"next","url":"b"}"#;
    let whole = [
        ("[]".to_owned(), Fault::NotABundle),
        ("null".to_owned(), Fault::NotABundle),
        (r#"{"type":"searchset"}"#.to_owned(), Fault::NotABundle),
        (
            r#"{"resourceType":"OperationOutcome"}"#.to_owned(),
            Fault::NotABundle,
        ),
        (
            r#"{"resourceType":["Bundle"],"type":"searchset"}"#.to_owned(),
            Fault::NotABundle,
        ),
        (r#"{"resourceType":"Bundle"}"#.to_owned(), Fault::Type),
        (
            r#"{"resourceType":"Bundle","type":"history"}"#.to_owned(),
            Fault::Type,
        ),
        (searchset(r#","type":"collection""#), Fault::Type),
    ];
    let members = [
        (r#""link":{}"#.to_owned(), Fault::Link),
        (r#""link":null"#.to_owned(), Fault::Link),
        (r#""link":["a"]"#.to_owned(), Fault::Link),
        (r#""link":[{"url":"a"}]"#.to_owned(), Fault::Link),
        (r#""link":[{"relation":"next"}]"#.to_owned(), Fault::Link),
        (
            r#""link":[{"relation":"next","url":1}]"#.to_owned(),
            Fault::Link,
        ),
        (format!(r#""link":[{next},{other}]"#), Fault::Link),
        (r#""entry":{}"#.to_owned(), Fault::Entries),
        (r#""entry":null"#.to_owned(), Fault::Entries),
        (r#""entry":[1]"#.to_owned(), Fault::Entry(0)),
        (
            r#""entry":[{"resource":{"resourceType":"A"}},{}]"#.to_owned(),
            Fault::Entry(1),
        ),
        (r#""entry":[{"resource":"A"}]"#.to_owned(), Fault::Entry(0)),
        (
            r#""entry":[{"resource":{"id":"1"}}]"#.to_owned(),
            Fault::Entry(0),
        ),
    ];
    let members = members.map(|(text, fault)| (searchset(&format!(",{text}")), fault));
    for (text, fault) in whole.into_iter().chain(members) {
        assert_eq!(read(&text).err(), Some(fault), "{text}");
    }
    let twice = read(&searchset(&format!(r#","link":[{next},{next}]"#))).unwrap();
    assert_eq!(twice.next.as_deref(), Some("a"));
}

#[test]
fn f8_a_missing_mode_is_told_from_the_type() {
    let mode = |resource_type: &str, search: &str| {
        let entry = format!(r#"{{"resource":{{"resourceType":"{resource_type}"}}{search}}}"#);
        read(&searchset(&format!(r#","entry":[{entry}]"#)))
            .unwrap()
            .entries[0]
            .mode_in("Patient")
    };
    assert_eq!(mode("Patient", ""), Mode::Match);
    assert_eq!(mode("Practitioner", ""), Mode::Include);
    assert_eq!(mode("OperationOutcome", ""), Mode::Outcome);
    assert_eq!(mode("Patient", r#","search":{"mode":"odd"}"#), Mode::Match);
    assert_eq!(
        mode("Patient", r#","search":{"mode":"include"}"#),
        Mode::Include
    );
    assert_eq!(
        mode("Practitioner", r#","search":{"mode":"match"}"#),
        Mode::Match
    );
    assert_eq!(
        mode("Basic", r#","search":{"mode":"outcome"}"#),
        Mode::Outcome
    );
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1.0".to_owned()),
        Just(r#""next""#.to_owned()),
        Just(r#""match""#.to_owned()),
        Just(r#""Patient""#.to_owned()),
    ];
    let name = prop_oneof![
        Just("resource"),
        Just("resourceType"),
        Just("search"),
        Just("mode"),
        Just("relation"),
        Just("url"),
        Just("fullUrl"),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let members = prop::collection::vec((name.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            members.prop_map(|members| {
                let member = |(name, value)| format!(r#""{name}":{value}"#);
                let members: Vec<_> = members.into_iter().map(member).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn f38_no_json_makes_the_reader_panic(entry in value(), link in value(), total in value()) {
        let _ = read(&searchset(&format!(r#","entry":{entry},"link":{link},"total":{total}"#)));
        let _ = read(&searchset(&format!(r#","entry":[{entry}],"link":[{link}]"#)));
        let _ = read(&entry);
    }
}
