//! Real FHIR bodies, if there are any: `MANIFOLD_SAMPLES` names their folder.

#![expect(clippy::print_stdout, reason = "says that it did not run")]

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::Kind;
use crate::{elements, kind, members};

fn samples() -> Vec<(PathBuf, Vec<u8>)> {
    let Some(folder) = std::env::var_os("MANIFOLD_SAMPLES") else {
        println!("did not run: MANIFOLD_SAMPLES is not set");
        return Vec::new();
    };
    let mut found: Vec<_> = std::fs::read_dir(Path::new(&folder))
        .unwrap_or_else(|error| panic!("MANIFOLD_SAMPLES: {error}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    assert!(!found.is_empty(), "MANIFOLD_SAMPLES has no *.json");
    found.sort();
    found
}

/// Rebuilds a value from what the navigation yields, without whitespace.
fn rebuild(value: &[u8], into: &mut Vec<u8>) {
    let mut separator = "";
    match kind(value) {
        Some(Kind::Object) => {
            into.push(b'{');
            for (name, value) in members(value) {
                into.extend(separator.bytes());
                into.extend(format!("{}:", Value::from(name.as_ref())).bytes());
                rebuild(value, into);
                separator = ",";
            }
            into.push(b'}');
        }
        Some(Kind::Array) => {
            into.push(b'[');
            for value in elements(value) {
                into.extend(separator.bytes());
                rebuild(value, into);
                separator = ",";
            }
            into.push(b']');
        }
        _ => into.extend(value),
    }
}

#[test]
fn f42_f43_f44_every_sample_passes_byte_for_byte_in_chunks_of_any_size() {
    for (path, text) in samples() {
        let value: Value = serde_json::from_slice(&text).unwrap();
        for size in [1, 2, 3, 7, 64, 1000, 16_384, usize::MAX] {
            let checked = feed_all(&text, size, Limits::default())
                .unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            assert!(checked.bytes() == text.trim_ascii(), "{}", path.display());
            assert_eq!(checked.len(), text.trim_ascii().len());
        }
        let mut rebuilt = Vec::new();
        rebuild(&text, &mut rebuilt);
        assert!(
            serde_json::from_slice::<Value>(&rebuilt).unwrap() == value,
            "{}",
            path.display()
        );
    }
}

#[test]
fn f42_the_digits_of_a_decimal_survive() {
    let samples = samples();
    let decimal = |(path, _): &&(PathBuf, _)| path.ends_with("hl7-r4-Observation-decimal.json");
    if let Some((_, text)) = samples.iter().find(decimal) {
        let checked = feed_all(text, 5, Limits::default()).unwrap().bytes();
        let checked = String::from_utf8(checked.into()).unwrap();
        for number in [
            "1.0",
            "1.00",
            "1E-22",
            "1.000000000000000000E-245",
            "-1.000000000000000000E+245",
        ] {
            assert!(
                checked.lines().any(|line| line.trim().trim_end_matches(',') == format!("\"value\": {number}")),
                "{number}"
            );
        }
    }
}
