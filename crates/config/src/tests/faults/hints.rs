//! Typical slips, and whether what is said leads to the mend.

use super::super::{endpoint, lines, read};
use super::{Row, calls, check};

const UNQUOTED: &str = "quote the text, for example `\"/results/{id}\"` or `\"${env:NAME}\"`";

const TEXTS: &[Row] = &[
    (
        "server: { name: \"${HOME}\" }",
        &["1:18 `${HOME}` names no source | did you mean `${env:HOME}`?"],
    ),
    (
        "server: { name: \"${secrets/name}\" }",
        &["1:18 `${secrets/name}` names no source | did you mean `${file:secrets/name}`?"],
    ),
    (
        "server: { name: \"${ENV:HOME}\" }",
        &["1:18 `${ENV:HOME}` names no source | did you mean `${env:HOME}`?"],
    ),
    (
        "server: { name: \"${}\" }",
        &[
            "1:18 `${}` names no source | write `${env:NAME}` or `${file:path}`, or `$${` for a literal `${`",
        ],
    ),
    (
        "# nothing yet\n",
        &[
            "1:1 the configuration is empty: it has no endpoints | `endpoints` says what clients may call, `backends` whom to ask; `manifold demo --print-configuration` shows a whole one",
        ],
    ),
    (
        "clients: { a: { colour: 1 } }",
        &[
            "1:12 the client `a` has no way to show who it is | give it `basic` or `api_key`",
            "1:17 unknown key `colour` in a client | known here: `basic`, `api_key`, `api_keys`, `scopes` and `limits`",
        ],
    ),
];

const SYNTAX: &[Row] = &[
    (
        "backends:\n  a: { rest: {} }\n   b: { rest: {} }",
        &[
            "3:4 this line is indented like none above it | give keys of the same mapping the same indentation",
        ],
    ),
    (
        "endpoints:\n  - get: /x\n  access: public",
        &[
            "3:3 this line is no element of the list above it | begin each element with `- `, at the same indentation",
        ],
    ),
    (
        "clients: { a: { scopes: [] } b: {} }\n",
        &[
            "1:30 a `{` without its `}`, or a `,` is missing | close the mapping in the line before, or put a `,` between its members",
        ],
    ),
    (
        "backends: { a: { rest: {} }\nendpoints: []\n",
        &[
            "2:1 a bracket of a line before is still open | close the `{` or `[`, or indent what belongs between the brackets",
        ],
    ),
    (
        "clients: { a: { scopes: [a, b } }\n",
        &[
            "1:31 a `[` without its `]`, or a `,` is missing | close the list in the line before, or put a `,` between its elements",
        ],
    ),
];

#[test]
fn a_text_that_is_not_yaml_is_told_what_yaml_missed() {
    check(SYNTAX, lines);
}

const WORDS: &[Row] = &[
    (
        "backends: { b: { rest: , url: https://b.example } }\nendpoints: [ { get: /x/:id, access: public, calls: { a: { backend: b, get: /x } } }, { get: /y, access: public, calls: { a: { backend: b, get: \"/{id}\" } } } ]",
        &[
            "1:18 expected a mapping, found nothing | write `{}`",
            "2:24 a parameter stands in braces | write `{id}`",
            "2:146 the route has no parameter `id` | write it into the route, for example `/patients/{id}`; other values are `{query.name}`, `{header.name}`, `{body}` and `{calls.name}`",
        ],
    ),
    (
        "documents: public\nendpoints: [ { path: /x, method: get, access: public } ]",
        &[
            "1:12 expected a mapping, found a text | its keys: `access`",
            "2:14 an endpoint needs exactly one method with its route | for example `get: /patients/{id}/summary`; one of `get`, `post`, `put`, `patch` and `delete`",
            "2:16 unknown key `path` in an endpoint | write the path behind its method: `get: /path`",
            "2:26 unknown key `method` in an endpoint | the method is a key: `get: /path`",
        ],
    ),
    (
        "endpoints: [ { get: /x, access: public, calls: [ { backend: b } ] } ]",
        &["1:41 expected a mapping, found a list | write one entry per name: `name: ..`"],
    ),
    (
        "credentials: { a: { oauth2: { token_url: https://sso.example, client_id: a, secret: x } } }",
        &[
            "1:21 `oauth2` needs `client_secret` | for example `client_secret: \"${env:NAME}\"`; a public client says `authentication: none`",
            "1:77 unknown key `secret` in `oauth2` | did you mean `client_secret`?",
        ],
    ),
    (
        "clients: { a: { basic: { username: public } }, b: { basic: public } }\nendpoints: [ { get: /x } ]",
        &[
            "1:17 `basic` needs `password_hash` | for example `password_hash: \"${env:NAME}\"`",
            "1:60 expected a mapping, found a text | its keys: `username` and `password_hash`",
            "2:14 an endpoint needs `access` | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
            "2:14 an endpoint needs at least one call, or an `answer` | add it under `calls`, or say under `answer` what it always answers with",
        ],
    ),
];

#[test]
fn words_that_others_use_lead_to_ours_and_our_words_are_never_concealed() {
    check(WORDS, lines);
}

#[test]
fn what_is_no_secret_is_drawn() {
    let text = "documents: public # s3cret\ncredentials: { a: { bearer: \"${env:MISSING}\" }, b: hunter2, c: { bearer: \"${hunter2}\" } }\n";
    let faults = read(text).unwrap_err().to_string();
    // A key where its hash belongs.
    for key in ["{ api_key: hunter2 }", "{ api_key: { sha256: hunter2 } }"] {
        let text = format!("clients: {{ a: {key} }}\n");
        let faults = read(&text).unwrap_err().to_string();
        assert!(!faults.contains("hunter2"), "{faults}");
    }
    for shown in [
        "1 | documents: public",
        "a: { bearer: \"${env:MISSING}\" }, b: *******",
    ] {
        assert!(faults.contains(shown), "{faults}");
    }
    assert!(
        !faults.contains("hunter2") && !faults.contains("s3cret"),
        "{faults}"
    );
}

#[test]
fn a_slip_in_a_text_is_told_with_what_was_meant() {
    check(TEXTS, lines);
}

#[test]
fn a_place_without_quotes_is_told_to_be_quoted() {
    assert_eq!(
        lines("server: { name: ${env:NAME} }"),
        [format!(
            "1:18 a brace in a text without quotes | {UNQUOTED}"
        )]
    );
    assert_eq!(
        calls("      a: { backend: labs, get: /results/{id} }"),
        [format!(
            "11:41 a brace in a text without quotes | {UNQUOTED}"
        )]
    );
    assert_eq!(
        calls("      a: { backend: labs, get: {id} }"),
        [
            "11:27 expected a text, found a mapping | quote a text that begins with a brace: `\"{id}\"`"
        ]
    );
    assert_eq!(
        calls("      a: { backend: labs, get: /a, query: { x: {query.x} } }"),
        [
            "11:45 expected a text or a list of texts, found a mapping | quote a text that begins with a brace: `\"{query.x}\"`"
        ]
    );
}

#[test]
fn a_place_without_quotes_in_a_body_is_warned_of_and_a_null_is_not() {
    let warnings = |body: &str| -> Vec<String> {
        let text = endpoint(&format!(
            "  - post: /x/{{id}}\n    access: public\n    calls: {{ p: {{ backend: ehr, read: \"Patient/{{id}}\" }}, a: {{ backend: labs, post: /a, body: {body} }} }}"
        ));
        let configuration = read(&text).unwrap();
        configuration
            .warnings
            .iter()
            .map(|warning| format!("{}:{} {}", warning.line, warning.column, warning.message))
            .collect()
    };
    assert_eq!(
        warnings("{ patient: {id}, of: [{calls.p.id}] }"),
        [
            "10:95 `{id}` without quotes is a mapping, sent as it is",
            "10:115 `{calls.p.id}` without quotes is a mapping, sent as it is",
        ]
    );
    assert_eq!(warnings("{ deceased: null }"), Vec::<String>::new());
}

#[test]
fn the_schema_demands_an_access_rule_as_the_check_does() {
    let schema = crate::schema();
    for owner in ["EndpointEntry", "DocumentsSettings"] {
        let required = &schema["$defs"][owner]["required"];
        assert!(
            required.as_array().unwrap().contains(&"access".into()),
            "{owner}: {required}"
        );
    }
}

#[test]
fn warnings_are_drawn_like_faults_and_show_no_secret() {
    let text = "credentials:\n  a: { bearer: hunter2 }\nendpoints: []\n";
    let configuration = read(text).unwrap();
    let drawn: Vec<String> = configuration
        .warnings
        .iter()
        .map(crate::Warning::drawn)
        .collect();
    insta::assert_snapshot!(drawn.join("\n"), @r"
    warning: no backend names this credential
     --> manifold.yaml:2:3
      |
    2 |   a: { bearer: ******* }
      |   ^
      |
      = help: remove it, or use it
    warning: a secret is written in the file
     --> manifold.yaml:2:8
      |
    2 |   a: { bearer: ******* }
      |        ^^^^^^
      |
      = help: write `${env:NAME}` or `${file:path}` instead
    warning: there are no endpoints: every request is answered with 404
     --> manifold.yaml:3:1
      |
    3 | endpoints: []
      | ^^^^^^^^^
      |
      = help: say under `endpoints` what clients may call
    ");
}

#[test]
fn a_text_that_is_not_yaml_shows_its_endpoints_and_no_secret() {
    let text = "credentials:\n  a: { bearer: hunter2, [ }\n";
    let faults = read(text).unwrap_err().to_string();
    assert!(!faults.contains("hunter2"), "{faults}");
    let faults = read(&endpoint(
        "  - get: /patients/{id}   # until yesterday: hunter2\n    calls: { a: { backend: labs, get: /a/{id}, headers: { x: hunter2 } } }",
    ))
    .unwrap_err()
    .to_string();
    assert!(
        faults
            .contains("    calls: { a: { backend: labs, get: /a/{id}, headers: * ** ******* * * *"),
        "{faults}"
    );
    assert!(!faults.contains("hunter2"), "{faults}");
}

#[test]
fn a_network_of_ones_own_that_drops_the_top_one_is_warned_of() {
    let text = |own: &str| {
        format!(
            "network: {{ proxy: {{ url: http://p.example:1 }} }}\nbackends: {{ a: {{ rest: {{}}, url: https://a.example, network: {own} }} }}"
        )
    };
    let warnings = |own: &str| {
        let configuration = read(&text(own)).unwrap();
        let about = configuration.warnings.iter();
        about
            .filter(|warning| warning.message.contains("network"))
            .map(|warning| format!("{}:{} {}", warning.line, warning.column, warning.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        warnings("{}"),
        ["2:52 the `proxy` of the top `network` is not used here"]
    );
    assert!(warnings("{ proxy: { url: http://other.example:1 } }").is_empty());
}
