//! What the check says about hand-written resources, and that it never repeats their values.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use crate::{FaultClass, Finding, MAX_DEPTH, MAX_RESOURCE_BYTES, Release, check};

fn finding(resource: &str) -> Option<(FaultClass, Option<String>)> {
    let found = check(Release::R4, resource.as_bytes()).err();
    found.map(|Finding { class, element, .. }| (class, element))
}

fn nested(levels: usize, open: &str, close: &str) -> String {
    [
        open.repeat(levels),
        r#"{"resourceType":"Patient"}"#.to_owned(),
        close.repeat(levels),
    ]
    .concat()
}

type Row = (&'static str, FaultClass, Option<&'static str>);

/// Faults of a JSON document or of the resource as a whole.
const DOCUMENTS: &[Row] = &[
    (
        r#"{"resourceType":"Pacient"}"#,
        FaultClass::UnknownResourceType,
        None,
    ),
    (r#"{"id":"1"}"#, FaultClass::NotAResource, None),
    (r#"{"resourceType":1}"#, FaultClass::WrongType, None),
    ("[1]", FaultClass::WrongType, None),
    ("1", FaultClass::NotAResource, None),
    ("null", FaultClass::WrongType, None),
    (
        r#"{"resourceType":"Patient"} {}"#,
        FaultClass::Malformed,
        None,
    ),
    (r#"{"resourceType":"Patient""#, FaultClass::Malformed, None),
    ("", FaultClass::Malformed, None),
    (
        r#"{"resourceType":"Patient","language":"\ud800"}"#,
        FaultClass::Malformed,
        None,
    ),
    (
        r#"{"resourceType":"Observation","code":{"text":"a"}}"#,
        FaultClass::MissingElement,
        Some("status"),
    ),
    (
        r#"{"resourceType":"Observation","status":"final"}"#,
        FaultClass::MissingElement,
        Some("code"),
    ),
    (
        r#"{"resourceType":"Bundle"}"#,
        FaultClass::MissingElement,
        Some("type"),
    ),
];

/// Faults of a Patient's members, which stand here without the braces and the type.
const MEMBERS: &[Row] = &[
    (r#""genre":"a""#, FaultClass::UnknownElement, Some("genre")),
    (
        r#""_genre":{"id":"a"}"#,
        FaultClass::UnknownElement,
        Some("genre"),
    ),
    (r#""name":["a"]"#, FaultClass::UnknownElement, Some("value")),
    (
        r#""deceasedBoolean":true,"deceasedDateTime":"2000""#,
        FaultClass::DuplicateElement,
        Some("deceasedBoolean"),
    ),
    (
        r#""active":[true,true]"#,
        FaultClass::DuplicateElement,
        Some("active"),
    ),
    (r#""name":[]"#, FaultClass::EmptyElement, Some("name")),
    (r#""meta":{}"#, FaultClass::EmptyElement, Some("meta")),
    (r#""name":[{}]"#, FaultClass::EmptyElement, None),
    (r#""active":1"#, FaultClass::WrongType, None),
    (r#""birthDate":5"#, FaultClass::WrongType, None),
    (r#""birthDate":null"#, FaultClass::WrongType, None),
    (r#""name":[[1]]"#, FaultClass::WrongType, None),
    (r#""active":"a""#, FaultClass::InvalidValue, None),
    (
        r#""multipleBirthInteger":1.5"#,
        FaultClass::InvalidValue,
        None,
    ),
    (
        r#""contained":[{"resourceType":"Pacient"}]"#,
        FaultClass::UnknownResourceType,
        None,
    ),
];

#[test]
fn f38_each_kind_of_fault_has_its_class_and_element() {
    let members = MEMBERS.iter().map(|(members, class, element)| {
        let resource = format!(r#"{{"resourceType":"Patient",{members}}}"#);
        (resource, *class, *element)
    });
    let documents = DOCUMENTS
        .iter()
        .map(|(document, class, element)| ((*document).to_owned(), *class, *element));
    for (resource, class, element) in documents.chain(members) {
        let expected = (class, element.map(str::to_owned));
        assert_eq!(finding(&resource), Some(expected), "{resource}");
    }
}

#[test]
fn f43_f44_what_fhir_allows_passes() {
    let table = [
        r#"{"id":"1","resourceType":"Patient"}"#,
        r#"{"resourceType":"Patient","birthDate":"2000","_birthDate":{"extension":[{"url":"u","valueCode":"c"}]}}"#,
        r#"{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"id":"b"}]}]}"#,
        r#"{"resourceType":"Patient","modifierExtension":[{"url":"u","valueDecimal":1.000000000000000000E-245}]}"#,
    ];
    for resource in table {
        assert_eq!(finding(resource), None, "{resource}");
    }
}

/// The other two modes never return from this one.
#[test]
fn only_strict_is_used_so_that_an_unknown_array_ends_the_check() {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for resource in [
            r#"{"resourceType":"Patient","foo":[1]}"#,
            r#"{"resourceType":"Patient","foo":[{"a":"b"},{"a":"b"}]}"#,
        ] {
            send.send(finding(resource)).unwrap();
        }
    });
    for _ in 0..2 {
        let found = receive.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(
            found,
            Some((FaultClass::UnknownElement, Some("foo".to_owned())))
        );
    }
    assert_eq!(
        finding(r#"{"resourceType":"Patient","foo":[]}"#),
        Some((FaultClass::EmptyElement, Some("foo".to_owned())))
    );
}

#[test]
fn f34_no_value_and_no_odd_name_reaches_a_finding() {
    const MARK: &str = "Erika Mustermann born 1964-08-12 in Berlin";
    let table = [
        format!(r#"{{"resourceType":"{MARK}"}}"#),
        format!(r#"{{"resourceType":"Patient","{MARK}":1}}"#),
        format!(r#"{{"resourceType":"Patient","{MARK}":[]}}"#),
        format!(r#"{{"resourceType":"Patient","`{MARK}`":1}}"#),
        format!(r#"{{"resourceType":"Patient","`, expected {MARK}":1}}"#),
        format!(r#"{{"resourceType":"Patient","_{MARK}":{{"id":"a"}}}}"#),
        format!(r#"{{"resourceType":"Patient","active":"{MARK}"}}"#),
        format!(r#"{{"resourceType":"Patient","name":"{MARK}"}}"#),
        format!(r#"{{"resourceType":"Patient","multipleBirthInteger":"{MARK}"}}"#),
        format!(r#"{{"resourceType":"Patient","extension":[{{"url":["{MARK}"]}}]}}"#),
        format!(r#"{{"resourceType":"Patient","contact":[["{MARK}"]]}}"#),
        format!(r#"{{"resourceType":"Observation","note":"{MARK}"}}"#),
        format!(r#"["{MARK}"]"#),
        format!(r#""{MARK}""#),
        MARK.to_owned(),
    ];
    for resource in table {
        let found = check(Release::R4, resource.as_bytes()).unwrap_err();
        let said = format!("{found} {found:?}");
        for word in MARK.split(' ').filter(|word| *word != "in") {
            assert!(!said.contains(word), "{said}");
        }
    }
}

#[test]
fn f34_a_finding_reads_as_class_element_and_entry() {
    let found = check(Release::R4, br#"{"resourceType":"Bundle"}"#).unwrap_err();
    assert_eq!(found.to_string(), "missing_element `type`");
    assert_eq!(
        found.at_entry(3).to_string(),
        "missing_element `type` in Bundle.entry[3]"
    );
}

#[test]
fn deep_documents_are_checked_on_a_roomy_stack_and_refused_beyond_the_limit() {
    // The type with the largest stack frames, in the smallest number of levels per resource.
    let open = r#"{"resourceType":"ActivityDefinition","status":"draft","contained":["#;
    let levels = (MAX_DEPTH - 1) / 2;
    assert_eq!(finding(&nested(levels, open, "]}")), None);
    assert_eq!(
        finding(&nested(levels + 1, open, "]}")),
        Some((FaultClass::TooDeep, None))
    );
    assert_eq!(
        finding(&"[".repeat(100_000)),
        Some((FaultClass::Malformed, None))
    );
}

#[test]
fn a_resource_over_the_size_cap_is_refused_unread() {
    let spaces = " ".repeat(MAX_RESOURCE_BYTES);
    assert_eq!(finding(&spaces), Some((FaultClass::Malformed, None)));
    assert_eq!(
        finding(&format!("{spaces} ")),
        Some((FaultClass::TooLarge, None))
    );
}

#[test]
fn text_that_is_not_utf_8_is_malformed() {
    let resource = b"{\"resourceType\":\"Patient\",\"language\":\"\xff\"}";
    let found = check(Release::R4, resource).unwrap_err();
    assert_eq!(found.class, FaultClass::Malformed);
}

fn json() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("resourceType"),
        Just("id"),
        Just("_id"),
        Just("extension"),
        Just("url"),
        Just("valueInteger"),
        Just("contained"),
        Just("name"),
        Just("given"),
        Just("_given"),
        Just("active"),
        Just("$serde_json::private::Number"),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-1e999".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just(r#""Patient""#.to_owned()),
        Just(r#""\ud800""#.to_owned()),
    ];
    leaf.prop_recursive(5, 48, 4, move |inner| {
        let member = (name.clone(), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec(member, 0..5).prop_map(|members| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| format!(r#""{name}":{value}"#))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn f38_no_json_makes_the_check_panic(json in json()) {
        let _ = check(Release::R4, json.as_bytes());
        let patient = json.replacen('{', r#"{"resourceType":"Patient","#, 1);
        let _ = check(Release::R4, patient.as_bytes());
    }

    #[test]
    fn f38_no_bytes_make_the_check_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = check(Release::R4, &bytes);
    }
}
