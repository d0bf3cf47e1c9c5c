//! Which codes an endpoint's document lists, for each code of the registry.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;

use problem::{Code, Status};

use super::{Failure, of};

/// Members of a document, in front of whose endpoints stands a plain one.
const SURROUNDINGS: &str = r#"
clients:
  portal: { api_key: { sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }, scopes: [read] }
credentials:
  labs: { api_key: { query: appid, value: "x" } }
  tokens: { oauth2: { token_url: "https://sso.example/token", client_id: manifold, client_secret: "x" } }
  each: { by_client: { portal: tokens } }
backends:
  plain: { rest: {}, url: "http://127.0.0.1:1" }
  secure: { rest: {}, url: "https://labs.example" }
  spared: { rest: {}, url: "http://127.0.0.1:1", breaker: {} }
  checked: { fhir: R4, url: "http://127.0.0.1:1", check: refuse }
  authorized: { rest: {}, url: "http://127.0.0.1:1", credential: tokens }
  by_client: { rest: {}, url: "http://127.0.0.1:1", credential: each }
"#;

/// The statuses under which `code` is listed for the only endpoint of `text`.
fn listed(text: &str, code: Code) -> Vec<u16> {
    let whole = if text.contains("endpoints:") {
        format!("{SURROUNDINGS}{text}")
    } else {
        format!("{SURROUNDINGS}endpoints:\n  - get: /x\n{text}")
    };
    let configuration = config::parse("manifold.yaml", &whole, Path::new("."), &|_| None)
        .unwrap_or_else(|faults| panic!("{faults}"));
    let found = of(configuration.endpoints.first().unwrap(), &configuration);
    let has = |failures: &[Failure<'_>]| failures.iter().any(|failure| failure.code == code);
    let with = found.iter().filter(|(_, failures)| has(failures));
    with.map(|(status, _)| *status).collect()
}

/// Nothing but a fixed answer for everybody.
const FIXED: &str = "    access: public\n    answer: {}";
/// One required read.
const READ: &str = "    access: public\n    calls: { a: { backend: plain, get: /a } }";

/// An endpoint that can fail with the code, and one that is nearly the same and cannot.
type Row = (Code, &'static str, &'static str);

const OPTIONAL: &str =
    "    access: public\n    calls: { a: { backend: plain, get: /a, need: optional } }";

const ROWS: &[Row] = &[
    (
        Code::Unauthenticated,
        "    access: { scopes: [] }\n    answer: {}",
        FIXED,
    ),
    (
        Code::Forbidden,
        "    access: { scopes: [read] }\n    answer: {}",
        "    access: { scopes: [] }\n    answer: {}",
    ),
    (
        Code::Forbidden,
        "    access: { scopes: [] }\n    calls: { a: { backend: plain, get: \"/{claims.sub}\" } }",
        "    access: { scopes: [] }\n    calls: { a: { backend: plain, get: /a } }",
    ),
    (
        Code::Forbidden,
        "explain: { scopes: [read] }\nendpoints:\n  - get: /x\n    access: { scopes: [] }\n    answer: {}",
        "    access: { scopes: [] }\n    answer: {}",
    ),
    (
        Code::Forbidden,
        "explain: { scopes: [read] }\nendpoints:\n  - get: /x\n    access: public\n    answer: {}",
        FIXED,
    ),
    (
        Code::Unauthenticated,
        "explain: { scopes: [read] }\nendpoints:\n  - get: /x\n    access: public\n    answer: {}",
        FIXED,
    ),
    (
        Code::RateLimited,
        "    access: public\n    limits: { requests_per_second: 1 }\n    answer: {}",
        "    access: public\n    limits: { in_flight: 1 }\n    answer: {}",
    ),
    (
        Code::RateLimited,
        "limits: { requests_per_second: 1 }\nendpoints:\n  - get: /x\n    access: public\n    answer: {}",
        "limits: { in_flight: 1 }\nendpoints:\n  - get: /x\n    access: public\n    answer: {}",
    ),
    (
        Code::PayloadTooLarge,
        "endpoints:\n  - post: /x\n    access: public\n    body: {}\n    answer: {}",
        "endpoints:\n  - post: /x\n    access: public\n    answer: {}",
    ),
    (
        Code::UnsupportedMediaType,
        "endpoints:\n  - post: /x\n    access: public\n    body: {}\n    answer: {}",
        FIXED,
    ),
    (
        Code::NotFound,
        "    access: public\n    calls: { a: { backend: plain, get: /a, absent: [404] } }",
        READ,
    ),
    (Code::UpstreamConnect, READ, OPTIONAL),
    (Code::UpstreamReset, READ, OPTIONAL),
    (Code::UpstreamStatus, READ, OPTIONAL),
    (Code::UpstreamRedirect, READ, OPTIONAL),
    (Code::UpstreamLoginPage, READ, OPTIONAL),
    (Code::UpstreamUnreadable, READ, OPTIONAL),
    (Code::UpstreamTooLarge, READ, OPTIONAL),
    (Code::UpstreamRefused, READ, OPTIONAL),
    (Code::Deadline, READ, OPTIONAL),
    (
        Code::UpstreamConnect,
        "    access: public\n    quorum: { of: [a], at_least: 1 }\n    calls: { a: { backend: plain, get: /a } }",
        FIXED,
    ),
    (
        Code::UpstreamConnect,
        "    access: public\n    calls: { a: { backend: plain, get: /a, need: optional } }\n    response: { root: a }",
        "    access: public\n    calls: { a: { backend: plain, get: /a, need: optional } }\n    response: { root: a, partial: header }",
    ),
    (
        Code::Deadline,
        "    access: public\n    calls: { a: { backend: plain, get: /a, need: optional } }\n    response: { jq: .calls.a, partial: header }",
        "    access: public\n    calls: { a: { backend: plain, get: /a, need: optional } }\n    response: { root: a, partial: header }",
    ),
    (
        Code::UpstreamTls,
        "    access: public\n    calls: { a: { backend: secure, get: /a } }",
        READ,
    ),
    (
        Code::UpstreamCheck,
        "    access: public\n    calls: { a: { backend: checked, read: Patient/1 } }",
        READ,
    ),
    (
        Code::UpstreamAuthConfig,
        "    access: public\n    calls: { a: { backend: authorized, get: /a } }",
        READ,
    ),
    (
        Code::UpstreamAuthConfig,
        "    access: { scopes: [] }\n    calls: { a: { backend: by_client, get: /a } }",
        READ,
    ),
    (
        Code::UpstreamAuthUnavailable,
        "    access: public\n    calls: { a: { backend: authorized, get: /a } }",
        READ,
    ),
    (
        Code::UpstreamAuthUnavailable,
        "    access: { scopes: [] }\n    calls: { a: { backend: by_client, get: /a } }",
        READ,
    ),
    (
        Code::BreakerOpen,
        "    access: public\n    calls: { a: { backend: spared, get: /a } }",
        READ,
    ),
    (
        Code::Mapping,
        "    access: public\n    calls: { a: { backend: plain, get: /a }, b: { backend: plain, get: \"/{calls.a.x}\" } }",
        READ,
    ),
    (
        Code::Mapping,
        "    access: public\n    calls: { a: { backend: plain, get: /a } }\n    response: { select: { x: \"{calls.a.x}\" } }",
        READ,
    ),
];

#[test]
fn each_code_is_listed_where_it_can_occur_and_only_there() {
    for (code, can, cannot) in ROWS {
        let Status::Fixed(status) = code.status() else {
            panic!("{code} has no status");
        };
        assert_eq!(listed(can, *code), [status], "{code}: {can}");
        assert!(listed(cannot, *code).is_empty(), "{code}: {cannot}");
    }
}

#[test]
fn some_codes_take_the_status_of_their_company() {
    let two = "    access: public\n    calls: { a: { backend: plain, get: /a }, b: { backend: plain, get: /b } }";
    for (code, text, statuses) in [
        (Code::UpstreamThrottled, READ, vec![429]),
        (Code::UpstreamThrottled, two, vec![429, 503]),
        (Code::UpstreamThrottled, OPTIONAL, vec![]),
        (
            Code::WriteUnknown,
            "endpoints:\n  - post: /x\n    access: public\n    calls: { a: { backend: plain, post: /a } }",
            vec![502, 504],
        ),
        (Code::WriteUnknown, READ, vec![]),
    ] {
        assert_eq!(listed(text, code), statuses, "{code}: {text}");
    }
}

/// Whatever is asked for.
const ALWAYS: [Code; 5] = [
    Code::InvalidParameter,
    Code::InvalidBody,
    Code::NotAcceptable,
    Code::Overloaded,
    Code::Internal,
];
/// Of no endpoint, or never the reason for an answer.
const NEVER: [Code; 4] = [
    Code::NoSuchEndpoint,
    Code::MethodNotAllowed,
    Code::SearchIncomplete,
    Code::Skipped,
];

#[test]
fn every_code_of_the_registry_is_known_here() {
    for code in Code::ALL {
        let in_rows = ROWS.iter().any(|(row, ..)| row == code);
        let by_company = matches!(code, Code::UpstreamThrottled | Code::WriteUnknown);
        let places = [
            ALWAYS.contains(code),
            NEVER.contains(code),
            in_rows,
            by_company,
        ];
        let places = places.iter().filter(|is| **is).count();
        assert_eq!(places, 1, "{code}: where can it occur?");
        assert_eq!(
            ALWAYS.contains(code),
            !listed(FIXED, *code).is_empty(),
            "{code}"
        );
        if NEVER.contains(code) {
            assert!(listed(READ, *code).is_empty(), "{code}");
        }
    }
}
