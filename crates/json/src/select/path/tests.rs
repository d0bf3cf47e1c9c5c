//! Tests of paths: what is read, what is written back, where they lead.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use MissingReason::{IndexOutOfRange, NoSuchMember, NotAnArray, NotAnObject};
use PathFaultKind::{Bracket, Empty, Index, Name, Separator, Unclosed};

fn name(name: &str) -> Step {
    Step::Member(name.into())
}

#[test]
fn paths_are_read_as_written_and_written_as_read() {
    let table: &[(&str, &[Step])] = &[
        ("a", &[name("a")]),
        (
            "patient.identifier[0].value",
            &[
                name("patient"),
                name("identifier"),
                Step::Index(0),
                name("value"),
            ],
        ),
        (
            "[12][3].a-b_c$9",
            &[Step::Index(12), Step::Index(3), name("a-b_c$9")],
        ),
        (
            r#"["any name"].a["é.]\"\\"]"#,
            &[name("any name"), name("a"), name("é.]\"\\")],
        ),
        (r#"[""][0]"#, &[name(""), Step::Index(0)]),
        ("0.1", &[name("0"), name("1")]),
        ("[18446744073709551615]", &[Step::Index(usize::MAX)]),
    ];
    for (text, steps) in table {
        let path = Path::parse(text).unwrap();
        assert_eq!(path.steps(), *steps, "{text}");
        assert_eq!(path.to_string(), *text);
    }
    assert_eq!(
        Path::parse(r#"["a"]["\u0062"]"#).unwrap().to_string(),
        "a.b"
    );
}

#[test]
fn what_is_not_a_path_is_refused_where_it_stops_being_one() {
    let table = [
        ("", Empty, 0),
        (".", Name, 0),
        (".a", Name, 0),
        ("a.", Name, 2),
        ("a..b", Name, 2),
        ("a b", Separator, 1),
        ("é", Name, 0),
        ("a.é", Name, 2),
        ("[0]a", Separator, 3),
        ("a.[0]", Name, 2),
        ("[", Bracket, 1),
        ("[]", Bracket, 1),
        ("[a]", Bracket, 1),
        ("[-1]", Bracket, 1),
        ("[\"a]", Bracket, 1),
        ("[\"\\ud800\"]", Bracket, 1),
        ("[00]", Index, 1),
        ("a[01]", Index, 2),
        ("[18446744073709551616]", Index, 1),
        ("[0", Unclosed, 2),
        ("[0.1]", Unclosed, 2),
        ("[\"a\"", Unclosed, 4),
        ("a]", Separator, 1),
    ];
    for (text, kind, offset) in table {
        assert_eq!(Path::parse(text), Err(PathFault { kind, offset }), "{text}");
    }
    let fault = Path::parse("[00]").unwrap_err();
    assert_eq!(fault.to_string(), "not an index at byte 1 of the path");
}

const PATIENT: &[u8] =
    br#" { "patient" : { "identifier" : [ { "value" : "12345" }, { "value" : null } ],
    "any name" : 1.00, "a" : 1, "a" : 2 } } "#;

#[test]
fn paths_lead_to_trimmed_values() {
    let table = [
        ("patient.identifier[0].value", r#""12345""#),
        ("patient.identifier[1].value", "null"),
        ("patient.identifier[1]", r#"{ "value" : null }"#),
        (r#"patient["any name"]"#, "1.00"),
        ("patient.a", "2"),
    ];
    for (path, expected) in table {
        let found = Path::parse(path).unwrap().select(PATIENT).unwrap();
        assert_eq!(std::str::from_utf8(found).unwrap(), expected, "{path}");
    }
    assert_eq!(
        Path::parse("[1]").unwrap().select(b"[1, 2 ]"),
        Ok(b"2".as_slice())
    );
    assert_eq!(Path::default().select(b" [1] "), Ok(b"[1]".as_slice()));
    assert_eq!(Path::default().to_string(), "");
}

#[test]
fn a_path_that_leads_nowhere_says_how_far_it_led_and_nothing_of_the_value() {
    let table = [
        (
            "patient.name.family",
            1,
            NoSuchMember,
            "patient.name: there is no such member",
        ),
        (
            "patient.identifier[2].value",
            2,
            IndexOutOfRange,
            "patient.identifier[2]: the array has fewer elements",
        ),
        (
            "patient.identifier.value",
            2,
            NotAnObject,
            "patient.identifier.value: what comes before it is not an object",
        ),
        (
            "patient.identifier[0].value.x",
            4,
            NotAnObject,
            "patient.identifier[0].value.x: what comes before it is not an object",
        ),
        (
            "[0].a",
            0,
            NotAnArray,
            "[0]: what comes before it is not an array",
        ),
        (
            r#"["no such"].a"#,
            0,
            NoSuchMember,
            r#"["no such"]: there is no such member"#,
        ),
    ];
    for (path, step, reason, shown) in table {
        let missing = Path::parse(path).unwrap().select(PATIENT).unwrap_err();
        assert_eq!((missing.step, missing.reason), (step, reason), "{path}");
        assert_eq!(missing.to_string(), shown);
    }
}

proptest! {
    #[test]
    fn every_path_is_read_back_as_it_is_written(
        steps in proptest::collection::vec(prop_oneof![
            any::<String>().prop_map(|text| name(&text)),
            "[a-zA-Z0-9_$-]{1,5}".prop_map(|text| name(&text)),
            any::<usize>().prop_map(Step::Index),
        ], 1..6),
    ) {
        let path = Path { steps: steps.into() };
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }

    #[test]
    fn any_text_is_read_without_a_panic_and_any_bytes_are_followed(
        text in "[a.\\[\\]\"\\\\0é]{0,12}", value in any::<Vec<u8>>(),
    ) {
        if let Ok(path) = Path::parse(&text) {
            let _ = path.select(&value);
            prop_assert_eq!(Path::parse(&path.to_string()).unwrap(), path);
        }
    }
}
