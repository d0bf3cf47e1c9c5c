//! Tests of splicing: what comes out is JSON, and large parts are not copied.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::*;
use crate::{elements, member, members};

fn checked(text: impl Into<Bytes>) -> CheckedJson {
    CheckedJson::check(text.into(), Limits::default()).unwrap()
}

fn string_of(length: usize) -> String {
    format!("\"{}\"", "x".repeat(length - 2))
}

/// A value whose map has a name that JSON cannot have, after one that it can.
fn refused() -> BTreeMap<Vec<u8>, u8> {
    BTreeMap::from([(vec![1], 1)])
}

#[test]
fn an_object_has_its_members_in_order() {
    let mut object = Splice::object();
    object.member("patient", checked(" {\"id\": \"1\"} "));
    object.member_key(&Key::new("a \"b\" é\n"), checked("1.00"));
    object
        .member_serialized("problems", &json!([{ "code": "deadline" }]))
        .unwrap();
    object.member("none", CheckedJson::null());
    let value = object.finish();
    assert_eq!(
        value.bytes(),
        r#"{"patient":{"id": "1"},"a \"b\" é\n":1.00,"problems":[{"code":"deadline"}],"none":null}"#
    );
    assert_eq!(
        (value.kind(), value.len()),
        (Kind::Object, value.bytes().len())
    );
}

#[test]
fn an_array_has_its_elements_in_order() {
    let mut array = Splice::array();
    array.element(checked("1"));
    array.element(checked("[2]"));
    let value = array.finish();
    assert_eq!(
        (value.bytes(), value.kind()),
        (Bytes::from_static(b"[1,[2]]"), Kind::Array)
    );
}

#[test]
fn nothing_added_is_an_empty_object_or_array() {
    assert_eq!(Splice::object().finish().bytes(), "{}");
    assert_eq!(Splice::array().finish().bytes(), "[]");
}

#[test]
fn three_small_bodies_become_one_slice_in_the_room_that_was_reserved() {
    let mut object = Splice::object();
    object.reserve(1000);
    let room = object.slices.tail().as_ptr();
    for name in ["a", "b", "c"] {
        object.member(name, checked(string_of(300)));
    }
    let value = object.finish();
    assert_eq!(value.slices().len(), 1);
    assert_eq!(value.slices().first().unwrap().as_ptr(), room);
}

#[test]
fn large_parts_are_shared_and_small_ones_copied() {
    let large = checked(string_of(LARGE));
    let small = checked(string_of(LARGE - 1));
    let mut array = Splice::array();
    for part in [&large, &small, &large] {
        array.element(part.clone());
    }
    let value = array.finish();
    let lengths: Vec<_> = value.slices().iter().map(Bytes::len).collect();
    assert_eq!(lengths, [1, LARGE, LARGE + 1, LARGE, 1]);
    let shared = large.slices().first().unwrap().as_ptr();
    assert_eq!(value.slices().get(1).unwrap().as_ptr(), shared);
    assert_eq!(value.slices().get(3).unwrap().as_ptr(), shared);
    assert_eq!(value.len(), 3 * LARGE + 3);
    assert_eq!(elements(&value.bytes()).count(), 3);
}

#[test]
fn a_member_that_cannot_be_serialized_leaves_no_trace() {
    let deep = RawValue::from_string(format!("{}{}", "[".repeat(129), "]".repeat(129))).unwrap();
    let mut object = Splice::object();
    assert!(object.member_serialized("bad", &refused()).is_err());
    assert!(object.member_serialized("deep", &deep).is_err());
    object.member_serialized("good", &1).unwrap();
    assert!(object.member_serialized("bad", &refused()).is_err());
    object.member("large", checked(string_of(LARGE)));
    assert!(object.member_serialized("deep", &deep).is_err());
    let bytes = object.finish().bytes();
    let names: Vec<_> = members(&bytes).map(|(name, _)| name).collect();
    assert_eq!(names, ["good", "large"]);
    assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
    let mut nothing = Splice::object();
    assert!(nothing.member_serialized("bad", &refused()).is_err());
    assert_eq!(nothing.finish().bytes(), "{}");
}

#[test]
fn a_splice_may_be_nested_deeper_than_its_parts_were_allowed_to_be() {
    let deepest = checked(format!("{}{}", "[".repeat(128), "]".repeat(128)));
    let mut array = Splice::array();
    array.element(deepest);
    let bytes = array.finish().bytes();
    let fault = CheckedJson::check(bytes.clone(), Limits::default()).unwrap_err();
    assert_eq!(fault.kind, crate::FaultKind::TooDeep);
    let limits = Limits {
        depth: 129,
        ..Limits::default()
    };
    assert!(CheckedJson::check(bytes, limits).is_ok());
}

#[test]
fn a_splice_shows_nothing_of_its_parts() {
    let mut object = Splice::object();
    object.member("family", checked("\"Chalmers\""));
    assert_eq!(format!("{object:?}"), "Splice { is_empty: false, .. }");
}

proptest! {
    #[test]
    fn a_spliced_object_is_json_and_has_its_members(
        parts in proptest::collection::btree_map(
            any::<String>(), prop_oneof![0_usize..50, 4000_usize..4200], 0..6),
    ) {
        let mut object = Splice::object();
        for (name, length) in &parts {
            object.member(name, checked(string_of(length + 2)));
        }
        let bytes = object.finish().bytes();
        let tree: BTreeMap<String, String> = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(tree.len(), parts.len());
        for (name, length) in &parts {
            prop_assert_eq!(tree.get(name).unwrap().len(), *length);
            prop_assert_eq!(member(&bytes, name).unwrap().len(), length + 2);
        }
    }
}
