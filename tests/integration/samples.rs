//! Runs every folder of `tests/samples`. A new kind of endpoint is shown by a new folder; its
//! README says what is in one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use testkit::{Request, StubSet};

use crate::support::{Answer, Running, exchange, url_variable};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
/// Stands for anything that is there.
const ANYTHING: &str = "*";

/// `expected.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<Value>,
    body_text: Option<String>,
    backend_requests: Option<Vec<ExpectedRequest>>,
}

/// What a backend got.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRequest {
    backend: String,
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<Value>,
    body_text: Option<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_gets_the_answer_that_it_says() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 14, "samples are missing");
    let mut differences = Vec::new();
    for folder in &folders {
        let name = folder.file_name().unwrap().to_string_lossy();
        for difference in run(folder).await {
            differences.push(format!("{name}: {difference}"));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// Runs one sample; returns what is not as expected.
async fn run(folder: &Path) -> Vec<String> {
    let file = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name));
        assert!(text.is_ok(), "{}: no file {name}", folder.display());
        text.unwrap()
    };
    let stubs = StubSet::start(&file("backends.json")).unwrap();
    let mut variables: Vec<(String, String)> = stubs
        .names()
        .map(|name| (url_variable(name), stubs.url(name).unwrap()))
        .collect();
    if let Some(server) = stubs.authorization_server() {
        variables.push(("TOKEN_URL".to_owned(), server.token_url()));
    }
    let service = Running::start(&file("manifold.yaml"), &variables);
    let answer = send(&service, &file("request.http")).await;
    let expected: Expected = serde_json::from_str(&file("expected.json")).unwrap();
    let mut differences = Vec::new();
    compare_answer(&expected, &answer, &mut differences);
    if let Some(requests) = &expected.backend_requests {
        for name in stubs.names() {
            let wanted = requests.iter().filter(|request| request.backend == name);
            let got = stubs.server(name).unwrap().requests();
            compare_requests(name, &wanted.collect::<Vec<_>>(), &got, &mut differences);
        }
    }
    differences
}

/// Sends `request.http`: request line, headers, a blank line, the body without its last line end.
async fn send(service: &Running, text: &str) -> Answer {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1");
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let body = body.strip_suffix('\n').unwrap_or(body);
    exchange(service.address, line, &headers, body.as_bytes()).await
}

fn compare_answer(expected: &Expected, answer: &Answer, differences: &mut Vec<String>) {
    let mut differ = |what: &str, wanted: &dyn std::fmt::Display, got: &str| {
        differences.push(format!("{what}: expected {wanted}, got {got}"));
    };
    if expected.status != answer.status {
        differ("status", &expected.status, &answer.status.to_string());
    }
    for (name, wanted) in &expected.headers {
        let got = answer.header(&name.to_ascii_lowercase()).map(Value::from);
        let got = got.unwrap_or_default();
        if !fits(wanted, &got) {
            differ(name, wanted, &got.to_string());
        }
    }
    match (&expected.body, &expected.body_text) {
        (Some(wanted), None) => {
            let got = serde_json::from_slice(&answer.body).unwrap_or_default();
            if !fits(wanted, &got) {
                differ("body", wanted, &String::from_utf8_lossy(&answer.body));
            }
        }
        (None, Some(wanted)) if wanted.as_bytes() != answer.body => {
            differ("body", wanted, &String::from_utf8_lossy(&answer.body));
        }
        (None, Some(_)) => {}
        _ => differ("expected.json", &"`body` or `body_text`", "none or both"),
    }
}

fn compare_requests(
    name: &str,
    wanted: &[&ExpectedRequest],
    got: &[Request],
    differences: &mut Vec<String>,
) {
    let lines: Vec<String> = got.iter().map(line).collect();
    let wanted_lines: Vec<&str> = wanted.iter().map(|one| one.request.as_str()).collect();
    if lines != wanted_lines {
        differences.push(format!("{name} should get {wanted_lines:?}, got {lines:?}"));
        return;
    }
    for (wanted, got) in wanted.iter().zip(got) {
        for (header, value) in &wanted.headers {
            let sent = got.header(header).map(Value::from).unwrap_or_default();
            if !fits(value, &sent) {
                differences.push(format!("{name}: {header} should be {value}, is {sent}"));
            }
        }
        let sent = serde_json::from_slice(&got.body).unwrap_or_default();
        if let Some(body) = &wanted.body
            && !fits(body, &sent)
        {
            differences.push(format!("{name}: the body should be {body}, is {sent}"));
        }
        if let Some(text) = &wanted.body_text
            && text.as_bytes() != got.body
        {
            let sent = String::from_utf8_lossy(&got.body);
            differences.push(format!("{name}: the body should be {text}, is {sent}"));
        }
    }
}

fn line(request: &Request) -> String {
    let (method, path) = (&request.method, &request.path);
    match request.raw_query.as_str() {
        "" => format!("{method} {path}"),
        query => format!("{method} {path}?{query}"),
    }
}

/// Equality, in which `"*"` is equal to anything but null. Numbers are equal when they are written
/// alike: `1.00` is not `1.0`.
fn fits(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::String(text), got) if text == ANYTHING => !got.is_null(),
        (Value::Object(wanted), Value::Object(got)) => {
            let pairs = wanted.iter().zip(got);
            wanted.len() == got.len()
                && pairs
                    .into_iter()
                    .all(|((name, wanted), (other, got))| name == other && fits(wanted, got))
        }
        (Value::Array(wanted), Value::Array(got)) => {
            wanted.len() == got.len()
                && wanted
                    .iter()
                    .zip(got)
                    .all(|(wanted, got)| fits(wanted, got))
        }
        (wanted, got) => wanted == got,
    }
}
