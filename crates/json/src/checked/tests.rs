//! Tests of checked values: what they share, what they show, what they find.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::json;
use serde_json::value::RawValue;

use super::*;

fn checked(text: &'static str) -> CheckedJson {
    CheckedJson::check(Bytes::from_static(text.as_bytes()), Limits::default()).unwrap()
}

/// The same value in slices of three bytes.
fn in_slices(text: &'static str) -> CheckedJson {
    let mut checker = Checker::new(Limits::default());
    for chunk in text.as_bytes().chunks(3) {
        checker.feed(Bytes::from_static(chunk)).unwrap();
    }
    checker.finish().unwrap()
}

#[test]
fn debug_shows_kind_and_length_only() {
    let shown = format!("{:?}", checked(r#"{"family":"Chalmers"}"#));
    assert_eq!(shown, "CheckedJson { kind: Object, length: 21, .. }");
}

#[test]
fn null_is_null() {
    let null = CheckedJson::null();
    assert_eq!(
        (null.kind(), null.len(), null.bytes().as_ref()),
        (Kind::Null, 4, b"null".as_slice())
    );
    assert_eq!(null.into_slices().as_slice(), ["null"]);
}

#[test]
fn the_kind_is_that_of_the_value() {
    let table = [
        (" {}", Kind::Object),
        ("[1]", Kind::Array),
        ("\"a\"", Kind::String),
        ("-1", Kind::Number),
        ("false", Kind::Boolean),
        ("null ", Kind::Null),
    ];
    for (text, kind) in table {
        assert_eq!(checked(text).kind(), kind);
    }
}

#[test]
fn one_slice_is_shared_and_several_are_copied_once() {
    let one = checked("[1,2,3]");
    assert_eq!(one.bytes().as_ptr(), one.slices().first().unwrap().as_ptr());
    let several = in_slices("[1,2,3]");
    assert_eq!(several.slices().len(), 3);
    assert_eq!(several.bytes(), "[1,2,3]");
    let contiguous = several.into_contiguous();
    assert_eq!(contiguous.slices(), ["[1,2,3]"]);
    assert_eq!((contiguous.len(), contiguous.kind()), (7, Kind::Array));
}

#[test]
fn parts_are_checked_values_that_share_the_bytes() {
    let text = r#" { "a" : [ 1.00 , { "b" : "c" } ] , "d\u0065" : null } "#;
    for whole in [checked(text), in_slices(text).into_contiguous()] {
        let bytes = whole.bytes();
        let array = whole.member("a").unwrap();
        assert_eq!((array.kind(), array.len()), (Kind::Array, 24));
        let elements: Vec<_> = array.elements().collect();
        let texts: Vec<_> = elements.iter().map(CheckedJson::bytes).collect();
        assert_eq!(texts, ["1.00", r#"{ "b" : "c" }"#]);
        assert!(
            bytes
                .as_ptr_range()
                .contains(&texts.first().unwrap().as_ptr())
        );
        let members: Vec<_> = whole
            .members()
            .map(|(name, value)| (name, value.kind()))
            .collect();
        assert_eq!(
            members,
            [("a".to_owned(), Kind::Array), ("de".to_owned(), Kind::Null)]
        );
        let found = whole.select(&Path::parse("a[1].b").unwrap()).unwrap();
        assert_eq!(
            (found.bytes(), found.kind(), found.len()),
            (Bytes::from_static(b"\"c\""), Kind::String, 3)
        );
        let missing = whole.select(&Path::parse("a[2]").unwrap()).unwrap_err();
        assert_eq!(missing.step, 1);
    }
    assert_eq!(
        in_slices(text).member("a").unwrap().bytes(),
        r#"[ 1.00 , { "b" : "c" } ]"#
    );
}

#[test]
fn other_kinds_have_neither_members_nor_elements() {
    for text in ["1", "\"[1]\"", "[]", "{}", "null"] {
        assert_eq!(checked(text).members().count(), 0);
        assert_eq!(checked(text).elements().count(), 0);
        assert!(checked(text).member("a").is_none());
    }
    assert_eq!(checked("[1]").members().count(), 0);
    assert_eq!(checked(r#"{"a":1}"#).elements().count(), 0);
}

#[test]
fn a_piece_of_a_slice_is_a_part_only_if_it_is_a_value() {
    let whole = checked(r#"{"a":[1,22]}"#);
    let bytes = whole.bytes();
    let part = |range: std::ops::Range<usize>| whole.sub(bytes.get(range).unwrap());
    assert_eq!(part(5..11).unwrap().bytes(), "[1,22]");
    assert_eq!(part(0..12).unwrap().bytes(), bytes);
    assert_eq!(part(8..10).unwrap().kind(), Kind::Number);
    assert!(part(5..10).is_none());
    assert!(part(5..5).is_none());
    assert!(whole.sub(b"[1,22]").is_none());
    let sliced = in_slices("[1,2,\"abcdefg\"]");
    let second = sliced.slices().get(1).unwrap().clone();
    assert_eq!(
        sliced.sub(second.get(..1).unwrap()).unwrap().bytes(),
        ",2,".get(1..2).unwrap()
    );
}

#[test]
fn own_documents_are_serialized_and_checked() {
    let value =
        CheckedJson::serialize(&json!({ "code": "upstream_status", "status": 502 })).unwrap();
    assert_eq!(value.bytes(), r#"{"code":"upstream_status","status":502}"#);
    assert_eq!(value.kind(), Kind::Object);
    let nested = |depth: usize| {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        CheckedJson::serialize(&RawValue::from_string(text).unwrap())
    };
    assert_eq!(nested(128).unwrap().len(), 256);
    let error = nested(129).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the JSON value is nested too deep at byte 128"
    );
}

#[test]
fn a_detached_value_keeps_nothing_else_alive() {
    // As from a connection: what is kept is a small part of a large buffer.
    let buffer = Bytes::from(format!("{}[1.10]", " ".repeat(4096)).into_bytes());
    let value = CheckedJson::check(buffer.slice(4096..), Limits::default()).unwrap();
    let detached = value.detached();
    drop(value);
    assert!(buffer.is_unique());
    assert_eq!(detached.slices(), ["[1.10]"]);
    assert_eq!((detached.len(), detached.kind()), (6, Kind::Array));
    assert_eq!(in_slices("[1,2,3]").detached().slices(), ["[1,2,3]"]);
}
