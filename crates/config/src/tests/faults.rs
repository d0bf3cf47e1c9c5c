//! Faults: their places, their words, their mends.

use proptest::prelude::*;

use super::{endpoint, lines, read};

/// The faults of a configuration whose one endpoint has these `calls`, from line 11 on.
fn calls(calls: &str) -> Vec<String> {
    lines(&endpoint(&format!(
        "  - get: /x/{{id}}\n    access: public\n    calls:\n{calls}"
    )))
}

/// Tells all rows of a table that are wrong, not the first.
fn check(table: &[(&str, &[&str])], faults: impl Fn(&str) -> Vec<String>) {
    let rows = table
        .iter()
        .map(|(text, expected)| (text, expected, faults(text)));
    let wrong: Vec<String> = rows
        .filter(|(_, expected, found)| **expected != found.as_slice())
        .map(|(text, _, found)| format!("{text}\n    {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a21_an_unknown_name_is_told_with_line_column_and_the_nearest_known_one() {
    assert_eq!(
        lines(
            "backends:\n  ehr: { fhir: R4, url: https://ehr.example, credential: hospitl }\ncredentials:\n  hospital: { bearer: \"${env:LABS_KEY}\" }"
        ),
        ["2:58 unknown credential `hospitl` | did you mean `hospital`?"]
    );
    assert_eq!(
        calls("      a: { backend: labz, get: /x }"),
        ["11:21 unknown backend `labz` | did you mean `labs`?"]
    );
    assert_eq!(
        calls(
            "      patient: { backend: ehr, read: \"Patient/{id}\" }\n      b: { backend: labs, get: \"/x/{calls.pateint.id}\" }"
        ),
        ["12:36 unknown call `pateint` | did you mean `patient`?"]
    );
    assert_eq!(
        calls("      a: { backend: labs, get: \"/x/{ID}\" }"),
        ["11:36 the route has no parameter `ID` | did you mean `{id}`?"]
    );
}

#[test]
fn many_faults_are_drawn_under_their_lines() {
    let text = "clients:
  portal: { scopes: [a b] }
credentials:
  hospital: { bearer: hunter2-literal, basic: { token: x } }
endpoints:
  - get: /patients/{id}
    budgt: 3s
    calls:
      patient: { backend: ehr, read: \"Patient/{ID}\" }
";
    insta::assert_snapshot!(read(text).unwrap_err(), @r#"
    error: the client `portal` has no way to show who it is
     --> manifold.yaml:2:3
      |
    2 |   portal: { scopes: [a b] }
      |   ^^^^^^
      |
      = help: give it `basic` or `api_key`

    error: a scope must be one word
     --> manifold.yaml:2:22
      |
    2 |   portal: { scopes: [a b] }
      |                      ^^^
      |
      = help: write several scopes as several elements of the list

    error: the credential `hospital` needs exactly one kind
     --> manifold.yaml:4:3
      |
    4 |   hospital: { bearer: ***************, basic: { token: * } }
      |   ^^^^^^^^
      |
      = help: keep one of `oauth2`, `bearer`, `basic` and `api_key`

    error: an endpoint needs `access`
     --> manifold.yaml:6:5
      |
    6 |   - get: /patients/{id}
      |     ^
      |
      = help: write `access: { scopes: [..] }`, or `access: public` to let everybody in

    error: unknown key `budgt` in an endpoint
     --> manifold.yaml:7:5
      |
    7 |     budgt: 3s
      |     ^^^^^
      |
      = help: did you mean `budget`?

    error: unknown backend `ehr`
     --> manifold.yaml:9:27
      |
    9 |       patient: { backend: ehr, read: "Patient/{ID}" }
      |                           ^^^
      |
      = help: there is no backend yet: define it under `backends`

    error: the route has no parameter `ID`
     --> manifold.yaml:9:47
      |
    9 |       patient: { backend: ehr, read: "Patient/{ID}" }
      |                                               ^^^^
      |
      = help: did you mean `{id}`?

    7 faults
    "#);
}

#[test]
fn faults_of_the_text_are_told() {
    check(
        &[
            (
                "a: 1\na: 2",
                &[
                    "1:1 unknown key `a` in the configuration | known here: `server`, `clients`, `credentials`, `backends`, `documents` and `endpoints`",
                    "2:1 the key `a` is given twice | the first one is in line 1; keep one of them",
                ],
            ),
            (
                "a: &x 1",
                &[
                    "1:4 anchors are not supported | write the value out, so that every place of the file can be read on its own",
                ],
            ),
            (
                "a: *x",
                &[
                    "1:4 aliases are not supported | write the value out; quote a text that begins with `*`",
                ],
            ),
            (
                "server: { <<: {} }",
                &["1:11 merge keys are not supported | write the members out"],
            ),
            (
                "a: !!str x",
                &["1:4 tags are not supported | leave the tag out; quote what must be a text"],
            ),
            (
                "a: [",
                &[
                    "2:1 this is not valid YAML | look at the indentation, the quotes and the brackets of this line and the one before",
                ],
            ),
            (
                "a:\n\tb: 1",
                &["2:2 a tab stands where YAML wants spaces | indent with spaces"],
            ),
            (
                "a\nb: 1",
                &[
                    "2:2 a `:` where no key can stand | quote a text that holds `: `, and look at the indentation",
                ],
            ),
            (
                "--- {}\n--- {}",
                &[
                    "2:1 a second document begins here | write one document per file, without `---` between parts",
                ],
            ),
            ("[]", &["1:1 expected a mapping, found a list"]),
            ("nonsense", &["1:1 expected a mapping, found a text"]),
            (
                "serve: {}",
                &["1:1 unknown key `serve` in the configuration | did you mean `server`?"],
            ),
            ("server:", &["1:1 expected a mapping, found nothing"]),
            (
                "server: { drain: 3 }",
                &["1:18 expected a text, found a number | for example `250ms`, `3s` or `2m`"],
            ),
            (
                "server: { drain: soon, name: \"${env:MISSING}\" }",
                &[
                    "1:18 not of the expected form | for example `250ms`, `3s` or `2m`",
                    "1:31 the environment variable `MISSING` is not set | set `MISSING` before the start, or correct the name",
                ],
            ),
            (
                "server: { name: \"${file:no/such}\" }",
                &[
                    "1:18 the file `no/such` cannot be read: entity not found | a relative path starts at the folder of the configuration file",
                ],
            ),
            (
                "server: { listen: localhost, admin: 127.0.0.1 }",
                &[
                    "1:19 not an IP address with a port | for example `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`",
                    "1:37 not an IP address with a port | for example `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`",
                ],
            ),
            (
                "documents: {}",
                &[
                    "1:1 `documents` needs `access` | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
                ],
            ),
            (
                "documents: { access: pubic }",
                &["1:22 expected `public` | did you mean `public`?"],
            ),
            (
                "documents: { access: { scope: [a] } }",
                &[
                    "1:14 `access` needs `scopes` | for example `scopes: [\"patients.read\"]`",
                    "1:24 unknown key `scope` in `access` | did you mean `scopes`?",
                ],
            ),
            (
                "documents: { access: 3 }",
                &[
                    "1:22 a value of another kind is expected here | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
                ],
            ),
        ],
        lines,
    );
}

#[test]
fn faults_of_clients_credentials_and_backends_are_told() {
    check(
        &[
            (
                "clients: { a: {} }",
                &[
                    "1:12 the client `a` has no way to show who it is | give it `basic` or `api_key`",
                ],
            ),
            (
                "clients: { a: { api_key: { sha256: abc } } }",
                &["1:36 not 64 hexadecimal digits | `manifold hash` prints the SHA-256 of a key"],
            ),
            (
                "clients: { a: { api_key: {} } }",
                &["1:17 `api_key` needs `sha256` | add `sha256: ..`"],
            ),
            (
                "clients: { a: { basic: { username: \"a:b\", password_hash: \"$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A\" } } }",
                &[
                    "1:36 a user name must not hold a colon or a control character | RFC 7617 §2",
                    "1:58 not an argon2id hash | `manifold hash` prints one",
                ],
            ),
            (
                "clients: { a: { basic: { username: a, password_hash: \"$argon2id$v=19$m=524288,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A\" } } }",
                &[
                    "1:54 verifying this password hash would take too much memory or time | at most 256 MiB (`m=262144`) and 10 passes (`t=10`)",
                ],
            ),
            (
                "clients:\n  a: { api_key: { sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" } }\n  b: { api_key: { sha256: \"9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" } }",
                &["3:27 this API key is given twice | the first one is in line 2"],
            ),
            (
                "credentials: { a: {} }",
                &[
                    "1:16 the credential `a` needs exactly one kind | keep one of `oauth2`, `bearer`, `basic` and `api_key`",
                ],
            ),
            (
                "credentials: { a: { api_key: { value: x } } }",
                &[
                    "1:21 `api_key` needs exactly one of `header` and `query` | for example `api_key: { header: X-Key, value: \"${env:KEY}\" }`",
                ],
            ),
            (
                "credentials: { a: { basic: { username: x } } }",
                &[
                    "1:21 `basic` needs `username` and `password`, or `token` alone | `token` is sent after `Basic ` as it is",
                ],
            ),
            (
                "credentials: { a: { oauth2: { token_url: http://sso.example/token, client_id: a, client_secret: b } } }",
                &[
                    "1:42 the token URL is plain http to a host that is not loopback; the secret would travel in the clear | use https, or say `allow_plain_http: true` if the network in between is trusted",
                ],
            ),
            (
                "credentials: { a: { oauth2: { token_url: sso, client_id: a } } }",
                &[
                    "1:21 `oauth2` needs `client_secret` | for example `client_secret: \"${env:NAME}\"`; a public client says `authentication: none`",
                    "1:42 not an absolute URL | for example `https://ehr.example/fhir`",
                ],
            ),
            (
                "credentials: { a: { oauth2: { token_url: https://sso.example, client_id: a, client_secret: b, parameters: { scope: x } } } }",
                &[
                    "1:116 the extra parameter `scope` is reserved | leave it out: a setting of its own decides it",
                ],
            ),
            (
                "credentials: { a: { oauth2: { token_url: https://sso.example, client_id: a, client_secret: b, authentication: none } } }",
                &[
                    "1:77 a client with `authentication: none` has no secret | leave out one of the two",
                ],
            ),
            (
                "backends: { a: { url: https://a.example } }",
                &[
                    "1:13 the backend `a` needs exactly one of `fhir` and `rest` | write `fhir: R4`, or `rest: {}` for JSON over HTTP",
                ],
            ),
            (
                "backends: { a: { fhir: R5, url: https://a.example } }",
                &["1:24 expected `R4` or `null` | write `R4`"],
            ),
            (
                "backends: { a: { rest: {}, url: \"https://u:p@a.example\" } }",
                &[
                    "1:33 a URL must not hold a user name or a password | define a credential with `basic`",
                ],
            ),
            (
                "backends: { a: { rest: {}, url: \"https://a.example?x=1\", timeout: 0s, check: report } }",
                &[
                    "1:13 must be longer than zero | for example `3s`",
                    "1:33 a URL here must not have a query | leave out what follows `?`; calls and credentials have their own",
                    "1:67 must be longer than zero | for example `3s`",
                    "1:71 `check` goes with `fhir` only | leave it out",
                ],
            ),
            (
                "credentials: { c: { bearer: \"${env:LABS_KEY}\" } }\nbackends: { a: { rest: {}, url: http://a.example, credential: c, headers: { Authorization: x, Host: y, \"a b\": z } } }",
                &[
                    "2:33 a credential would be sent over plain http | use https, or say `allow_plain_http: true` on this backend if the network in between is trusted",
                    "2:77 the header `Authorization` is the backend's credential | leave it out: the credential sets it",
                    "2:95 the header `Host` cannot be set | the connection itself decides it",
                    "2:104 not the name of a header | letters, digits and `-`, for example `X-Tenant` (RFC 9110 §5.1)",
                ],
            ),
        ],
        lines,
    );
}

#[test]
fn faults_of_endpoints_are_told() {
    check(
        &[
            (
                "  - get: /x\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "8:5 an endpoint needs `access` | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
                ],
            ),
            (
                "  - access: public\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "8:5 an endpoint needs exactly one method with its route | for example `get: /patients/{id}/summary`; one of `get`, `post`, `put`, `patch` and `delete`",
                ],
            ),
            (
                "  - get: /x\n    access: public",
                &["8:5 an endpoint needs at least one call | add it under `calls`"],
            ),
            (
                "  - get: /livez\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
                &["8:10 the route `/livez` is the service's own | choose another route"],
            ),
            (
                "  - get: /docs/x\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
                &["8:10 the route `/docs` is the service's own | choose another route"],
            ),
            (
                "  - get: x\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
                &["8:10 a route begins with `/` | for example `/patients/{id}/summary`"],
            ),
            (
                "  - get: /x/{a}{b}\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "8:13 not the name of a parameter | begin with a letter or `_`, and go on with letters, digits, `_` or `-`; one segment each",
                ],
            ),
            (
                "  - get: /x/{body}/../{a}/{a}\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "8:13 a parameter of a route cannot be called `body` | `{body…}` means something else in templates; for example `{body_id}`",
                    "8:20 a route has no segment `..` | leave it out",
                    "8:23 the parameter `a` stands twice | rename one",
                ],
            ),
            (
                "  - { get: \"/x/{a}\", access: public, calls: { a: { backend: labs, get: /a } } }\n  - { get: \"/x/{b}\", access: public, calls: { a: { backend: labs, get: /a } } }",
                &[
                    "9:12 this route matches the same requests as `/x/{a}` in line 8 | remove one of them, or make them differ in a literal segment",
                ],
            ),
            (
                "  - get: /x/{id}\n    access: public\n    parameters: { path: { di: {} } }\n    calls: { a: { backend: labs, get: /a } }",
                &["10:27 the route has no parameter `di` | known here: `id`"],
            ),
            (
                "  - get: /x\n    access: public\n    parameters: { query: { n: { schema: { type: integr } }, m: { schema: { type: array } }, k: { schema: { type: integer }, default: ten }, r: { schema: { $ref: \"https://x.example\" } } } }\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "10:49 a parameter is a scalar | write `string`, `integer`, `number` or `boolean`",
                    "10:49 breaks the rule `anyOf` | see JSON Schema, draft 2020-12",
                    "10:82 a parameter is a scalar | write `string`, `integer`, `number` or `boolean`",
                    "10:134 breaks its own schema: expected a whole number, found a text",
                    "10:162 a `$ref` must stay within its schema | copy what it points to under `$defs` and refer to it as `#/$defs/name`",
                ],
            ),
            (
                "  - get: /x\n    access: public\n    parameters: { header: { Authorization: {}, \"a b\": {} } }\n    body: {}\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "10:29 the header `authorization` shows who a client is and is never passed on | use a header of its own; backends have credentials",
                    "10:48 not the name of a header | letters, digits and `-`, for example `X-Tenant` (RFC 9110 §5.1)",
                    "11:5 a GET has no body | use `post`, or parameters of the query",
                ],
            ),
            (
                "  - get: /x\n    access: public\n    budget: 0s\n    patient: \"{query.p}\"\n    parameters: { query: { p: {} } }\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "10:13 must be longer than zero | for example `3s`",
                    "11:15 `{query.p}` may be missing here | declare the query parameter `p` with `required: true` or a `default`",
                ],
            ),
            (
                "  - get: /x\n    access: public\n    patient: \"${env:LABS_KEY}\"\n    calls: { a: { backend: labs, get: /a } }",
                &[
                    "10:14 `patient` is one parameter of the path, the query or a header | for example `patient: \"{id}\"`",
                    "10:15 `${…}` is not allowed in endpoints | an endpoint names backends only: put the value into the backend or its credential",
                ],
            ),
        ],
        |entry| lines(&endpoint(entry)),
    );
}

#[test]
fn faults_of_calls_are_told() {
    check(
        &[
            (
                "      problems: { backend: labs, get: /a }",
                &["11:7 no call may be named `problems` | that member tells what went wrong"],
            ),
            (
                "      a.b: { backend: labs, get: /a }",
                &[
                    "11:7 `a.b` cannot be the name of a call | begin with a letter or `_`, and go on with letters, digits, `_` or `-`",
                ],
            ),
            (
                "      a: { backend: labs }",
                &[
                    "11:7 a call is exactly one request | for FHIR `read` or `search`; for REST one of `get`, `post`, `put`, `patch` and `delete`",
                ],
            ),
            (
                "      a: { backend: labs, get: /a, post: /b }",
                &[
                    "11:7 a call is exactly one request | for FHIR `read` or `search`; for REST one of `get`, `post`, `put`, `patch` and `delete`",
                ],
            ),
            (
                "      a: { backend: labs, read: \"Patient/{id}\" }",
                &[
                    "11:27 the backend `labs` speaks REST, and this is a FHIR call | write `get: /path`, or say `fhir: R4` in the backend",
                ],
            ),
            (
                "      a: { backend: ehr, get: /Patient }",
                &[
                    "11:26 the backend `ehr` speaks FHIR, and `get` is a REST call | write `read: \"Patient/{id}\"` or `search: Observation`",
                ],
            ),
            (
                "      a: { backend: ehr, read: \"Patinet/{id}\" }",
                &["11:32 `Patinet` is not a resource type of FHIR R4 | did you mean `Patient`?"],
            ),
            (
                "      a: { backend: ehr, read: Patient/a_b }",
                &[
                    "11:32 the id of a read is one place or one FHIR id | write `Type/{id}`, for example `Patient/{id}`",
                ],
            ),
            (
                "      a: { backend: ehr, read: Patient }",
                &[
                    "11:32 a read names a type and an id | write `Type/{id}`, for example `Patient/{id}`",
                ],
            ),
            (
                "      a: { backend: ehr, search: observation }",
                &[
                    "11:34 `observation` is not a resource type of FHIR R4 | did you mean `Observation`?",
                ],
            ),
            (
                "      a: { backend: ehr, search: Observation, raw: [code], absent: [404] }",
                &[
                    "11:53 the call has no query parameter `code` | the call has no `query`",
                    "11:60 `absent` has no meaning for this call | a FHIR search that finds nothing is an empty Bundle",
                ],
            ),
            (
                "      a: { backend: labs, get: /a, pages: 3, body: {} }",
                &[
                    "11:36 `pages` has no meaning for this call | only a FHIR `search` has pages",
                    "11:46 `body` has no meaning for this call | only `post`, `put` and `patch` have a body",
                ],
            ),
            (
                "      a: { backend: labs, get: a?b#c }",
                &[
                    "11:32 a path begins with `/` | it is appended to the URL of the backend",
                    "11:33 a path holds no `?` | write the query under `query:`",
                    "11:35 a path holds no `#` | a request has no fragment: leave it out",
                ],
            ),
            (
                "      a: { backend: labs, get: /a/../b/%2E%2e/%zz }",
                &[
                    "11:35 a path has no segment `..` | leave it out",
                    "11:40 `%` without two hexadecimal digits | write `%25` for a literal `%`",
                    "11:40 a path has no segment `%2E%2e` | leave it out",
                ],
            ),
            (
                "      a: { backend: labs, get: \"/{claims.sub}/{body.x}/{foo.x}/{query.x}\" }",
                &[
                    "11:34 claims are not available: no client presents any | clients show who they are by `basic` or `api_key`, which carry no claims",
                    "11:47 `{body.x}` needs the client's body, and the endpoint declares none | declare `body: { schema: .. }` in the endpoint",
                    "11:56 `foo` is not a place that values come from | `{id}` is a parameter of the route; others begin with `query.`, `header.`, `body` or `calls.`",
                    "11:64 no query parameter `x` is declared | declare it: `parameters: { query: { x: {} } }`",
                ],
            ),
            (
                "      a: { backend: labs, get: \"/{id\" }",
                &["11:34 `{` without its `}` | write `{{` and `}}` for literal braces"],
            ),
            (
                "      a: { backend: labs, get: \"/{id}}\" }",
                &["11:37 `}` without its `{` | write `{{` and `}}` for literal braces"],
            ),
            (
                "      a: { backend: labs, get: \"/{calls.a.id}\" }",
                &[
                    "11:7 these calls wait for each other: `a` → `a` | let one of them take its values from the client's request",
                ],
            ),
            (
                "      a: { backend: labs, get: \"/{calls.b[x]}\" }\n      b: { backend: labs, get: /b }",
                &[
                    "11:34 not a path: expected an index such as `[0]` or a quoted name such as `[\"name\"]` | for example `identifier[0].value`, or `[\"name with spaces\"]`",
                ],
            ),
            (
                "      a: { backend: labs, get: \"/{calls.b.id}\" }\n      b: { backend: labs, get: \"/{calls.a.id}\" }",
                &[
                    "11:7 these calls wait for each other: `a` → `b` → `a` | let one of them take its values from the client's request",
                ],
            ),
            (
                "      a: { backend: labs, get: \"/{calls.b.id}\" }\n      b: { backend: labs, get: /b, need: optional }",
                &[
                    "11:7 `a` is required and waits for `b`, which is optional | make `b` required, or `a` optional",
                ],
            ),
            (
                "      a: { backend: labs, get: /a, query: { appid: x }, headers: { Connection: close }, timeout: 0s }",
                &[
                    "11:45 the query parameter `appid` is the backend's credential | leave it out: the credential sets it",
                    "11:68 the header `Connection` cannot be set | the connection itself decides it",
                    "11:98 must be longer than zero | for example `3s`",
                ],
            ),
            (
                "      a: { backend: ehr, read: \"Patient/{id}\", headers: { authorization: x } }",
                &[
                    "11:59 the header `authorization` is the backend's credential | leave it out: the credential sets it",
                ],
            ),
        ],
        calls,
    );
}

#[test]
fn a_parameter_that_may_be_missing_stands_only_where_it_can_be_left_out() {
    let with = |call: &str| {
        lines(&endpoint(&format!(
            "  - post: /x\n    access: public\n    parameters: {{ query: {{ p: {{}} }} }}\n    calls:\n      a: {call}"
        )))
    };
    assert_eq!(
        with("{ backend: labs, get: /a, query: { p: \"{query.p}\" } }"),
        Vec::<String>::new()
    );
    assert_eq!(
        with("{ backend: labs, post: /a, body: { p: \"{query.p}\" } }"),
        Vec::<String>::new()
    );
    let mend = "declare the query parameter `p` with `required: true` or a `default`";
    for (call, column) in [
        ("{ backend: labs, get: \"/a/{query.p}\" }", 36),
        (
            "{ backend: labs, get: /a, query: { p: \"x{query.p}\" } }",
            50,
        ),
        (
            "{ backend: labs, post: /a, body: { p: \"x{query.p}\" } }",
            50,
        ),
        ("{ backend: ehr, read: \"Patient/{query.p}\" }", 41),
    ] {
        assert_eq!(
            with(call),
            [format!(
                "12:{column} `{{query.p}}` may be missing here | {mend}"
            )],
            "{call}"
        );
    }
    assert_eq!(
        with("{ backend: ehr, search: Observation, query: { patient: \"{query.p}\" } }"),
        [
            "12:65 without `patient` this search would read everybody's data | declare the parameter with `required: true`"
        ]
    );
}

#[test]
fn a_fault_in_one_item_hides_no_fault_in_another_and_makes_none() {
    let text = "backends:
  ehr: { fhir: R4, url: 3 }
  labs: { rest: {}, url: https://labs.example }
endpoints:
  - { get: /a, access: public, calls: { a: { backend: ehr, read: Patient/1 } } }
  - { get: /b, access: public, calls: { a: { backend: lab, get: /x } } }
";
    assert_eq!(
        lines(text),
        [
            "2:25 expected a text, found a number | for example `https://ehr.example/fhir`",
            "6:55 unknown backend `lab` | did you mean `labs`?"
        ]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_one_fault() {
    let faults = crate::load(std::path::Path::new("no/such.yaml"), &|_| None).unwrap_err();
    assert_eq!(
        faults.iter()[0].message,
        "the file cannot be read: entity not found"
    );
    assert!(faults.to_string().ends_with("1 fault"));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        drop(read(&text).map_err(|faults| faults.to_string()));
    }

    #[test]
    fn arbitrary_yaml_never_panics(text in "[a-e:{}\\[\\], \"'|>&*#$!%\n\t-]{0,80}") {
        drop(read(&text).map_err(|faults| faults.to_string()));
    }

    #[test]
    fn arbitrary_templates_never_panic(template in "[a-z{}.\\[\\]0-9/$%?\\\\]{0,40}") {
        let quoted = serde_json::to_string(&template).unwrap();
        drop(calls(&format!("      a: {{ backend: labs, get: {quoted}, query: {{ x: {quoted} }} }}\n      b: {{ backend: ehr, read: {quoted} }}")));
    }
}
