//! The check, the navigation and the splice on any bytes, with `serde_json` as oracle.
//!
//! ```text
//! cd fuzz && mkdir -p corpus/json
//! cargo run --release --bin json -- corpus/json seeds/json -max_len=4096 -max_total_time=300
//! ```
//! The first byte says how the rest is cut into chunks.

#![no_main]

use bytes::Bytes;
use json::{CheckedJson, Checker, Fault, FaultKind, Key, Kind, Limits, Path, Splice};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let Some((size, text)) = data.split_first() else {
        return;
    };
    let size = usize::from(*size).max(1);
    let body = Bytes::copy_from_slice(text);
    let whole = CheckedJson::check(body.clone(), Limits::default());
    let cut = in_chunks(&body, size);
    navigate(&body);
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => {
            assert_eq!(whole.bytes(), text.trim_ascii());
            assert_eq!(cut.bytes(), text.trim_ascii());
            assert!(is_json(text), "accepted what serde_json refuses");
            splice(&cut);
            compare(text);
        }
        (Err(whole), Err(cut)) => {
            assert_eq!(whole, cut);
            if whole.kind != FaultKind::TooDeep {
                assert!(!is_json(text), "refused what serde_json accepts: {whole}");
            }
        }
        (whole, cut) => panic!("{whole:?} whole, {cut:?} in chunks of {size}"),
    }
});

fn in_chunks(body: &Bytes, size: usize) -> Result<CheckedJson, Fault> {
    let mut checker = Checker::new(Limits::default());
    for start in (0..body.len()).step_by(size) {
        checker.feed(body.slice(start..body.len().min(start + size)))?;
    }
    checker.finish()
}

fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<&RawValue>(text).is_ok())
}

/// Whatever the bytes are, walking over them ends, and what it finds lies in them.
fn navigate(body: &Bytes) {
    for (name, part) in json::members(body) {
        assert_eq!(body.slice_ref(part), part);
        let _ = json::member(body, &name);
    }
    for part in json::elements(body) {
        assert_eq!(body.slice_ref(part), part);
        let _ = (json::kind(part), json::string(part));
    }
    if let Some(path) = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Path::parse(text).ok())
    {
        assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }
}

/// What is spliced is JSON and holds its part unchanged.
fn splice(value: &CheckedJson) {
    let mut object = Splice::object();
    object.member_key(&Key::new("a"), value.clone());
    let object = object.finish();
    assert!(is_json(&object.bytes()));
    let found = object.member("a").expect("it was spliced in");
    assert_eq!(found.bytes(), value.bytes());
    assert_eq!(found.kind(), value.kind());
}

/// The navigation finds what the tree of `serde_json` holds, where it can build one.
fn compare(text: &[u8]) {
    let Ok(tree) = serde_json::from_slice::<Value>(text) else {
        return;
    };
    agree(text, &tree);
}

fn agree(text: &[u8], tree: &Value) {
    match tree {
        Value::Object(map) => {
            assert_eq!(json::kind(text), Some(Kind::Object));
            for (name, value) in map {
                agree(json::member(text, name).expect("a member"), value);
            }
        }
        Value::Array(values) => {
            assert_eq!(json::elements(text).count(), values.len());
            for (part, value) in json::elements(text).zip(values) {
                agree(part, value);
            }
        }
        Value::String(expected) => assert_eq!(json::string(text).as_deref(), Some(expected.as_str())),
        Value::Number(_) => assert_eq!(json::kind(text), Some(Kind::Number)),
        Value::Bool(expected) => assert_eq!(text.trim_ascii(), expected.to_string().as_bytes()),
        Value::Null => assert_eq!(text.trim_ascii(), b"null"),
    }
}
