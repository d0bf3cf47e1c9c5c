//! The check over real public resources, where a folder of them is at hand.
//!
//! The folder is named by the environment variable `MANIFOLD_SAMPLES`; it is not part of the
//! repository.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{FaultClass, Finding, Release, check};

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow, default)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

/// The findings of each file: of a Bundle's entries, else of the resource itself.
fn findings() -> Option<BTreeMap<String, Vec<Finding>>> {
    let folder = env::var_os("MANIFOLD_SAMPLES").map(PathBuf::from)?;
    let mut findings = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let bundle: Bundle<'_> = serde_json::from_slice(&bytes).unwrap();
        let resources = bundle
            .entry
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let resource = entry.resource?.get().as_bytes();
                let found = check(Release::R4, resource).err()?;
                Some(found.at_entry(index))
            });
        let mut found: Vec<_> = resources.collect();
        // The large transaction Bundles are read once only, by entry.
        if bytes.len() < 500_000 {
            found.extend(check(Release::R4, &bytes).err());
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        findings.insert(name, found);
    }
    assert!(!findings.is_empty(), "MANIFOLD_SAMPLES has no JSON files");
    Some(findings)
}

#[test]
#[expect(clippy::print_stdout, reason = "says that it did not run")]
fn f38_f42_f43_f44_real_resources_pass_and_wrong_ones_are_found() {
    let Some(findings) = findings() else {
        println!("did not run: MANIFOLD_SAMPLES is not set");
        return;
    };
    for (name, found) in &findings {
        if name.starts_with("hl7-r4-") || name.starts_with("synthea-r4-") {
            assert_eq!(found, &[], "{name}");
        }
    }
    let first = |name: &str| findings.get(name).and_then(|found| found.first()).cloned();
    let unknown = |element: &str, entry: usize| Finding {
        entry: Some(entry),
        class: FaultClass::UnknownElement,
        element: Some(element.to_owned()),
    };
    assert_eq!(
        first("ftc-r4-bundle-with-no-type"),
        Some(Finding {
            entry: None,
            class: FaultClass::MissingElement,
            element: Some("type".to_owned()),
        })
    );
    // Condition.clinicalStatus: a code in STU3, an object in R4, and to the parser an object with
    // a `value`.
    assert_eq!(first("synthea-stu3"), Some(unknown("value", 3)));
    // A server of R4 that still sends STU3's element.
    assert_eq!(
        first("fdp-hapi-observation_searchset"),
        Some(unknown("context", 0))
    );
}
