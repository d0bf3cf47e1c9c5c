//! Whole files: what loads, and what is said of those that do not.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod authorization;
mod documents;
mod examples;
mod faults;
mod folder;
mod secrets;

use std::path::Path;

use crate::{Configuration, Faults, parse};

/// An argon2id hash of nobody's password, of the least cost.
const HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A";

/// Keys of nobody, which other tests use too.
pub(crate) const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../token-provider/tests/keys");

fn key(name: &str) -> Option<String> {
    std::fs::read_to_string(Path::new(KEYS).join(name)).ok()
}

fn environment(name: &str) -> Option<String> {
    match name {
        "HOSPITAL_SECRET" => Some("env-secret-4711".to_owned()),
        "LABS_KEY" => Some("env-key-0815".to_owned()),
        "EC_KEY" => key("ec384.pkcs8.pem"),
        "RSA_KEY" => key("rsa.pkcs8.pem"),
        "RSA1024_KEY" => key("rsa1024.pkcs8.pem"),
        "ESCAPED_KEY" => key("rsa.pkcs8.pem").map(|text| text.replace('\n', "\\n")),
        "WORKERS" => Some("3".to_owned()),
        _ => None,
    }
}

fn read(text: &str) -> Result<Configuration, Faults> {
    parse("manifold.yaml", text, Path::new("."), &environment)
}

/// `line:column message` of each fault, and its help after ` | `.
fn lines(text: &str) -> Vec<String> {
    let Err(faults) = read(text) else {
        return Vec::new();
    };
    let line = |fault: &crate::Fault| {
        let help = fault
            .help
            .as_ref()
            .map_or_else(String::new, |help| format!(" | {help}"));
        let here = std::env::current_dir().unwrap_or_default();
        let message = fault.message.replace(&*here.to_string_lossy(), "/CWD");
        format!("{}:{} {message}{help}", fault.line, fault.column)
    };
    faults.iter().map(line).collect()
}

/// A configuration with one endpoint, whose lines begin at line 8.
fn endpoint(lines: &str) -> String {
    format!(
        "credentials:\n  hospital: {{ oauth2: {{ token_url: https://sso.example/token, client_id: m, client_secret: \"${{env:HOSPITAL_SECRET}}\" }} }}\n  labs: {{ api_key: {{ query: appid, value: \"${{env:LABS_KEY}}\" }} }}\nbackends:\n  ehr: {{ fhir: R4, url: https://ehr.example/fhir, credential: hospital }}\n  labs: {{ rest: {{}}, url: https://labs.example/api, credential: labs }}\nendpoints:\n{lines}\n"
    )
}
