//! What the README and the reference show and list is what there is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{HASH, key};
use crate::load;

const README: &str = include_str!("../../../../README.md");
const REFERENCE: &str = include_str!("../../../../CONFIGURATION.md");

/// The blocks of `text` that are YAML.
fn examples(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap())
}

/// Whatever an example reads from its surroundings; also a key of 32 bytes.
const VALUE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn every_example_loads() {
    let whole = examples(README).next().unwrap();
    let (whole, _) = whole.split_once("endpoints:").unwrap();
    let sections = |names: &[&str]| -> String {
        let mut kept = String::new();
        let mut keeps = false;
        for line in whole.lines() {
            if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
                keeps = names.iter().any(|name| line.starts_with(name));
            }
            if keeps {
                kept.push_str(line);
                kept.push('\n');
            }
        }
        kept
    };
    let mut number = 0;
    for example in examples(README).chain(examples(REFERENCE)) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("secrets/portal.phc", HASH);
        write("secrets/robot.sha256", &"0a".repeat(32));
        write("keys/ehr.pem", &key("ec384.pkcs8.pem").unwrap());
        write("example.yaml", example);
        // What an example takes for granted is the README's configuration.
        let mut granted = Vec::new();
        if !example.contains("backends:") && example.contains("backend:") {
            granted.extend(["credentials:", "backends:"]);
        }
        if !example.contains("clients:") && example.contains("scopes: [patients.read]") {
            granted.push("clients:");
        }
        write("granted.yaml", &sections(&granted));
        let faults = load(folder.path(), &|_| Some(VALUE.to_owned())).err();
        // No certificate is made here: that the example's is looked for is enough.
        let looked_for =
            |message: &str| message.contains("/certificates/") && message.contains("No such file");
        let others = faults.iter().flatten();
        let others: Vec<_> = others
            .filter(|fault| !looked_for(&fault.message))
            .map(|fault| format!("{}:{} {}", fault.line, fault.column, fault.message))
            .collect();
        assert!(others.is_empty(), "{example}\n{others:?}");
        number += 1;
    }
    assert!(number >= 9, "{number}");
}

/// What stands between backticks, word by word.
fn named(text: &str) -> BTreeSet<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let word = |character: char| !(character.is_ascii_alphanumeric() || "_@".contains(character));
    quoted.flat_map(|quoted| quoted.split(word)).collect()
}

fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                found.extend(properties.keys().cloned());
            }
            members.values().for_each(|member| keys(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| keys(element, found)),
        _ => {}
    }
}

#[test]
fn the_reference_names_every_key() {
    let mut all = BTreeSet::new();
    keys(&crate::schema(), &mut all);
    let examples: String = examples(REFERENCE).collect();
    let shown = |key: &str| examples.contains(&format!("{key}: "));
    let named = named(REFERENCE);
    let missing: Vec<_> = all
        .iter()
        .filter(|key| !named.contains(key.as_str()) && !shown(key))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_reference_lists_every_function_of_jq_and_no_other() {
    let (_, list) = REFERENCE.split_once("every\nfunction but ").unwrap();
    let (list, _) = list.split_once(".\n").unwrap();
    let listed: Vec<&str> = list
        .split_whitespace()
        .map(|name| name.trim_matches('`').split('/').next().unwrap())
        .collect();
    let offered: Vec<&str> = mapping::functions().collect();
    assert_eq!(listed, offered);
}

/// A link within the two leads to a heading that is there.
#[test]
fn every_link_to_a_subject_leads_there() {
    let anchor = |heading: &str| heading.to_lowercase().replace(' ', "-");
    let headings: BTreeSet<String> = REFERENCE
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(anchor)
        .collect();
    let links = README.split("(CONFIGURATION.md#").skip(1);
    let links = links.chain(REFERENCE.split("](#").skip(1));
    for link in links {
        let target = link.split(')').next().unwrap();
        assert!(headings.contains(target), "#{target}");
    }
}
