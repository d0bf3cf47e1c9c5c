//! Tests of the navigation: what it finds, and that nothing makes it panic.

#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{Kind, Limits, kind, string};

fn texts<'a>(values: impl Iterator<Item = &'a [u8]>) -> Vec<&'a str> {
    values
        .map(|value| std::str::from_utf8(value).unwrap())
        .collect()
}

#[test]
fn members_come_in_order_with_trimmed_values() {
    let object = br#" { "a" : 1.50 ,"b":"x,}\"" , "\u0063" :[ 1, {"d":"]"} ],"a":null, "e":{ } } "#;
    let found: Vec<_> = members(object)
        .map(|(name, value)| (name.into_owned(), std::str::from_utf8(value).unwrap()))
        .collect();
    let expected = [
        ("a", "1.50"),
        ("b", r#""x,}\"""#),
        ("c", r#"[ 1, {"d":"]"} ]"#),
        ("a", "null"),
        ("e", "{ }"),
    ];
    assert_eq!(
        found,
        expected.map(|(name, value)| (name.to_owned(), value))
    );
}

#[test]
fn elements_come_in_order_and_trimmed() {
    let array = br#" [ 1 ,"a\\" , [ ] ,{"b":[2,3]},true , -0.0e1 ] "#;
    assert_eq!(
        texts(elements(array)),
        ["1", r#""a\\""#, "[ ]", r#"{"b":[2,3]}"#, "true", "-0.0e1"]
    );
    assert_eq!(elements(b"[ ]").count(), 0);
}

#[test]
fn other_kinds_yield_nothing() {
    for text in ["[]", "1", "\"{}\"", "null", "", "  ", "[1,2]"] {
        assert_eq!(members(text.as_bytes()).count(), 0, "{text}");
        assert_eq!(member(text.as_bytes(), "a"), None, "{text}");
    }
    for text in ["{}", "1", "\"[1]\"", "null", "", r#"{"a":1}"#] {
        assert_eq!(elements(text.as_bytes()).count(), 0, "{text}");
    }
}

#[test]
fn of_duplicate_members_the_last_is_taken_as_serde_json_does() {
    let object = br#"{"a":1,"b":2,"\u0061":3,"c":4}"#;
    assert_eq!(member(object, "a"), Some(b"3".as_slice()));
    let read: Value = serde_json::from_slice(object).unwrap();
    assert_eq!(read.get("a").unwrap().to_string(), "3");
}

#[test]
fn f43_a_member_is_found_wherever_it_stands() {
    let object = br#"{"id":"example","resourceType":"Patient"}"#;
    assert_eq!(
        member(object, "resourceType"),
        Some(br#""Patient""#.as_slice())
    );
    assert_eq!(member(object, "resource"), None);
}

#[test]
fn a_name_that_is_no_text_is_shown_with_a_replacement_character_and_found_by_none() {
    let object = br#"{"\ud800":1}"#;
    let names: Vec<_> = members(object).map(|(name, _)| name).collect();
    assert_eq!(names, ["\u{fffd}"]);
    assert_eq!(member(object, "\u{fffd}"), None);
}

#[test]
fn what_is_returned_lies_in_what_was_given() {
    let body = Bytes::from_static(br#"{"a":{"b":[1,22]}}"#);
    let inner = member(member(&body, "a").unwrap(), "b").unwrap();
    let last = elements(inner).last().unwrap();
    assert_eq!(body.slice_ref(last), "22");
}

#[test]
fn bytes_that_were_not_checked_end_the_walk() {
    let table: &[(&[u8], usize, usize)] = &[
        (b"{\"a\":1", 1, 0),
        (b"{\"a\":1,", 1, 0),
        (b"{\"a\" 1}", 0, 0),
        (b"{\"a\":}", 0, 0),
        (b"{\"a\":\"x", 0, 0),
        (b"{\"a\\", 0, 0),
        (b"{\"a\":[1}", 1, 0),
        (b"{\"a\":[1", 0, 0),
        (b"{a:1}", 0, 0),
        (b"[1 2]", 0, 1),
        (b"[1:2]", 0, 1),
        (b"[,1]", 0, 0),
        (b"[\"a\x01b\",1]", 0, 2),
        (b"[1", 0, 1),
        (b"[]]", 0, 0),
    ];
    for (text, in_object, in_array) in table {
        let shown = text.escape_ascii();
        assert_eq!(members(text).count(), *in_object, "{shown}");
        assert_eq!(elements(text).count(), *in_array, "{shown}");
    }
}

/// Compares the walk with the tree of `serde_json`.
fn agrees(text: &[u8], tree: &Value) -> Result<(), TestCaseError> {
    match tree {
        Value::Object(map) => {
            prop_assert_eq!(kind(text), Some(Kind::Object));
            prop_assert_eq!(members(text).count(), map.len());
            for ((name, part), (expected, value)) in members(text).zip(map) {
                prop_assert_eq!(&name, expected);
                prop_assert_eq!(member(text, &name), Some(part));
                agrees(part, value)?;
            }
        }
        Value::Array(values) => {
            prop_assert_eq!(kind(text), Some(Kind::Array));
            prop_assert_eq!(elements(text).count(), values.len());
            for (part, value) in elements(text).zip(values) {
                agrees(part, value)?;
            }
        }
        Value::String(expected) => prop_assert_eq!(string(text).unwrap(), expected.as_str()),
        scalar => {
            let expected = scalar.to_string();
            prop_assert_eq!(text, expected.as_bytes());
        }
    }
    Ok(())
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\\\\"{}\\[\\],:]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let name = prop_oneof![any::<String>(), "[a\"\\\\}]{0,3}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..6)
                .prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn the_walk_finds_what_the_tree_of_serde_json_holds(tree in tree()) {
        agrees(&serde_json::to_vec(&tree).unwrap(), &tree)?;
        agrees(serde_json::to_string_pretty(&tree).unwrap().as_bytes(), &tree)?;
    }

    #[test]
    fn any_bytes_are_walked_without_a_panic(
        marks in proptest::collection::vec(prop_oneof![
            4 => proptest::sample::select(b"{}[]:,\"\\ a0\n".as_slice()), 1 => any::<u8>()], 0..40),
    ) {
        let text = Bytes::from(marks);
        for (_, part) in members(&text) {
            prop_assert!(!part.is_empty() && text.slice_ref(part) == part);
        }
        for part in elements(&text) {
            prop_assert!(!part.is_empty() && text.slice_ref(part) == part);
        }
        let checked = crate::CheckedJson::check(text.clone(), Limits::default());
        if let Ok(tree) = serde_json::from_slice::<Value>(&text) {
            prop_assert_eq!(checked.unwrap().elements().count(), tree.as_array().map_or(0, Vec::len));
        }
    }
}
