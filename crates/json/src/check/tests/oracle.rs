//! `serde_json` as oracle: what it takes is taken, what it refuses is refused.
//!
//! `RawValue` is its one reader that takes lone surrogates and counts no depth; it is given text,
//! because it does not look at UTF-8.

use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<&RawValue>(text).is_ok())
}

/// Cuts at the given places, which may be anywhere.
fn feed_cut(text: &[u8], cuts: &[usize]) -> Result<CheckedJson, Fault> {
    let whole = Bytes::copy_from_slice(text);
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    places.sort_unstable();
    places.push(text.len());
    let mut checker = Checker::new(Limits::default());
    let mut start = 0;
    for place in places {
        checker.feed(whole.slice(start..place))?;
        start = place;
    }
    checker.finish()
}

fn agrees(text: &[u8], cuts: &[usize]) -> Result<(), TestCaseError> {
    let ours = feed_cut(text, cuts);
    let whole = CheckedJson::check(Bytes::copy_from_slice(text), Limits::default());
    match (&ours, whole) {
        (Ok(ours), Ok(whole)) => prop_assert_eq!(ours.bytes(), whole.bytes()),
        (Err(ours), Err(whole)) => prop_assert_eq!(*ours, whole),
        (ours, whole) => prop_assert!(false, "{:?} in pieces, {:?} whole", ours, whole),
    }
    match ours {
        Ok(value) => {
            prop_assert!(is_json(text), "accepted {}", text.escape_ascii());
            prop_assert_eq!(value.bytes(), text.trim_ascii());
            prop_assert_eq!(value.len(), text.trim_ascii().len());
        }
        Err(fault) if fault.kind == TooDeep => {}
        Err(fault) => {
            prop_assert!(!is_json(text), "{} for {}", fault, text.escape_ascii());
            prop_assert!(fault.offset <= text.len());
            // Everything before the fault could have become a value.
            let sound = text.get(..fault.offset).unwrap();
            let before = CheckedJson::check(Bytes::copy_from_slice(sound), Limits::default());
            let could_go_on = match before {
                Ok(_) => true,
                Err(fault) => matches!(fault.kind, Truncated | Empty),
            };
            prop_assert!(could_go_on, "{} for {}", fault, text.escape_ascii());
        }
    }
    Ok(())
}

/// A document with whatever whitespace, duplicate names, escapes and numbers JSON allows.
fn document() -> impl Strategy<Value = String> {
    let blank = prop_oneof![3 => Just(""), 1 => Just(" "), 1 => Just("\n  "), 1 => Just("\t\r\n")];
    let text = prop_oneof![
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        "\"[ -!#-\\[\\]-~é€😀]{0,30}\"",
        "\"(\\\\u[0-9a-fA-F]{4}|\\\\[\"\\\\/bfnrt]|[a-z ]){0,12}\"",
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        text.clone(),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        let value = (blank.clone(), inner, blank.clone())
            .prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        let member = (blank.clone(), text.clone(), blank.clone(), value.clone())
            .prop_map(|(before, name, after, value)| format!("{before}{name}{after}:{value}"));
        prop_oneof![
            (proptest::collection::vec(value, 1..6))
                .prop_map(|values| format!("[{}]", values.join(","))),
            (proptest::collection::vec(member, 1..6))
                .prop_map(|members| format!("{{{}}}", members.join(","))),
            blank.clone().prop_map(|blank| format!("[{blank}]")),
            blank.clone().prop_map(|blank| format!("{{{blank}}}")),
        ]
    })
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(any::<usize>(), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_document_passes_unchanged_however_it_is_cut(text in document(), cuts in cuts()) {
        let value = feed_cut(text.as_bytes(), &cuts).unwrap();
        prop_assert_eq!(value.bytes(), text.trim());
        agrees(text.as_bytes(), &cuts)?;
    }

    #[test]
    fn a_document_with_one_byte_changed_is_judged_as_serde_json_does(
        text in document(), place in any::<usize>(),
        byte in prop_oneof![any::<u8>(), proptest::sample::select(b"{}[]:,\"\\ \n0-.eEtfnu\xc3\xe2".as_slice())],
        change in 0..3, cuts in cuts(),
    ) {
        let mut text = text.into_bytes();
        let place = place % text.len();
        match change {
            0 => drop(text.splice(place..=place, [byte])),
            1 => text.insert(place, byte),
            _ => drop(text.remove(place)),
        }
        agrees(&text, &cuts)?;
    }

    #[test]
    fn a_document_cut_off_anywhere_is_judged_as_serde_json_does(
        text in document(), place in any::<usize>(), cuts in cuts(),
    ) {
        let text = text.as_bytes();
        agrees(text.get(..place % text.len()).unwrap(), &cuts)?;
    }

    #[test]
    fn marks_in_any_order_are_judged_as_serde_json_does(
        marks in proptest::collection::vec(
            proptest::sample::select(&["{", "}", "[", "]", ":", ",", "\"", "\\", "a", "\"a\"", "\"a\":", " ",
                "0", "1", "-", ".", "e", "null", "true", "\u{e9}", "\\u00e9"]), 0..12),
        cuts in cuts(),
    ) {
        agrees(marks.concat().as_bytes(), &cuts)?;
    }

    #[test]
    fn any_bytes_are_judged_as_serde_json_does(text in any::<Vec<u8>>(), cuts in cuts()) {
        agrees(&text, &cuts)?;
    }
}

#[test]
fn serde_json_reads_127_containers_as_a_value_and_we_pass_one_more() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(serde_json::from_str::<Value>(&nested(127)).is_ok());
    assert!(serde_json::from_str::<Value>(&nested(128)).is_err());
    assert!(feed_all(nested(128).as_bytes(), 1000, Limits::default()).is_ok());
}
