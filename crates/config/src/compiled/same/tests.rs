#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use crate::{Configuration, parse};

fn configuration(credential: &str, backend: &str) -> Configuration {
    let yaml = format!(
        r#"
credentials:
  other: {{ bearer: before }}
  c: {credential}
backends:
  b: {{ rest: {{}}, url: "http://127.0.0.1:1", {backend} }}
endpoints:
  - {{ get: /a, access: public, calls: {{ a: {{ backend: b, get: /a }} }} }}
"#
    );
    parse("a.yaml", &yaml, Path::new("."), &|_| None).unwrap()
}

/// All different; an OAuth 2.0 credential is compared by its key, which has tests of its own.
const CREDENTIALS: [&str; 9] = [
    "{ bearer: one }",
    "{ bearer: two }",
    "{ basic: { username: u, password: one } }",
    "{ basic: { username: u, password: two } }",
    "{ api_key: { header: X-Key, value: one } }",
    "{ api_key: { header: X-Key, value: two } }",
    "{ api_key: { query: key, value: one } }",
    "{ oauth2: { token_url: \"http://127.0.0.1:1/t\", client_id: a, client_secret: one } }",
    "{ oauth2: { token_url: \"http://127.0.0.1:1/t\", client_id: a, client_secret: two } }",
];

#[test]
fn a_backend_is_the_same_only_with_the_same_credential_to_its_secret() {
    for (row, one) in CREDENTIALS.iter().enumerate() {
        for (column, another) in CREDENTIALS.iter().enumerate() {
            let one = configuration(one, "credential: c");
            let another = configuration(another, "credential: c");
            let same = one.has_same_backend(0, &another, 0);
            assert_eq!(same, row == column, "{row} {column}");
        }
    }
}

#[test]
fn a_backend_is_another_one_with_any_other_setting() {
    let settings = [
        "credential: c",
        "credential: other",
        "timeout: 3s",
        "timeout: 4s",
    ];
    for (row, one) in settings.iter().enumerate() {
        for (column, another) in settings.iter().enumerate() {
            let one = configuration(CREDENTIALS[0], one);
            let another = configuration(CREDENTIALS[0], another);
            let same = one.has_same_backend(0, &another, 0);
            assert_eq!(same, row == column, "{row} {column}");
        }
    }
    let one = configuration(CREDENTIALS[0], "timeout: 3s");
    assert!(!one.has_same_backend(0, &one, 1));
}
