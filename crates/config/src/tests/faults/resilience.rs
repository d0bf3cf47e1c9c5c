//! Faults of how a backend is spared and its failures are bridged.

use super::{Row, calls, check, lines};

/// After `backends: { b: { rest: {}, url: "https://b.example",`, and before `} }`.
const ROWS: &[Row] = &[
    ("retry: {}, breaker: {}, concurrency: { limit: 4 }", &[]),
    ("retry: { attempts: 0 }", &["1:73 less than 1"]),
    (
        "retry: { backoff: { base: 2s, max: 1s } }",
        &[
            "1:63 the longest wait, 1s, is shorter than the first, 2s | raise `max`, or lower `base`",
        ],
    ),
    (
        "retry: { backoff: { base: 0ms } }",
        &["1:80 must be longer than zero | for example `3s`"],
    ),
    (
        "retry: { budget: { percent: 200 } }",
        &["1:82 more than 100"],
    ),
    ("retry: { statuses: [200] }", &["1:74 less than 400"]),
    (
        "retry: { atempts: 2 }",
        &["1:63 unknown key `atempts` in `retry` | did you mean `attempts`?"],
    ),
    ("breaker: { failure_percent: 0 }", &["1:82 less than 1"]),
    (
        "breaker: { window: 500ms }",
        &["1:73 must be a second at least | for example `10s`"],
    ),
    (
        "breaker: { open_for: 0s }",
        &["1:75 must be longer than zero | for example `3s`"],
    ),
    ("breaker: { probes: 0 }", &["1:73 less than 1"]),
    (
        "concurrency: {}",
        &["1:54 `concurrency` needs `limit` | add `limit: ..`"],
    ),
    ("concurrency: { limit: 0 }", &["1:76 less than 1"]),
    (
        "concurrency: { limit: 1, wait: 0s }",
        &["1:85 must be longer than zero | for example `3s`"],
    ),
];

#[test]
fn what_is_wrong_with_retry_breaker_and_concurrency_is_told_at_its_place() {
    check(ROWS, |text| {
        lines(&format!(
            "backends: {{ b: {{ rest: {{}}, url: \"https://b.example\", {text} }} }}"
        ))
    });
}

#[test]
fn what_is_left_out_of_retry_breaker_and_concurrency_has_its_default() {
    let text = "backends: { b: { rest: {}, url: \"https://b.example\", retry: {}, breaker: {}, concurrency: { limit: 4 } } }";
    let configuration = super::read(text).unwrap();
    let resilience = &configuration.backends[0].resilience;
    let retry = resilience.retry.as_ref().unwrap();
    assert_eq!(
        (retry.attempts, retry.base.as_millis(), retry.max.as_secs()),
        (3, 50, 1)
    );
    assert_eq!((retry.budget_percent, retry.budget_per_second), (20, 10));
    assert_eq!(retry.statuses, [429, 502, 503, 504]);
    let breaker = resilience.breaker.unwrap();
    assert_eq!(
        (breaker.failure_percent, breaker.minimum, breaker.probes),
        (50, 20, 1)
    );
    assert_eq!(
        (breaker.window.as_secs(), breaker.open_for.as_secs()),
        (10, 5)
    );
    let concurrency = resilience.concurrency.unwrap();
    assert_eq!(
        (
            concurrency.limit,
            concurrency.queue,
            concurrency.wait.as_millis()
        ),
        (4, 4, 100)
    );
}

/// The first call is in line 11.
const CALLS: &[Row] = &[
    (
        "      a: { backend: labs, get: /a, cache: { ttl: 30s, stale_if_error: 5m, shared: true } }",
        &[],
    ),
    (
        "      a: { backend: labs, post: /a, effect: read, cache: { ttl: 1s } }",
        &[],
    ),
    (
        "      a: { backend: labs, get: /a, cache: {} }",
        &["11:36 `cache` needs `ttl` | for example `ttl: 250ms`"],
    ),
    (
        "      a: { backend: labs, get: /a, cache: { ttl: 0s } }",
        &["11:50 must be longer than zero | for example `3s`"],
    ),
    (
        "      a: { backend: labs, get: /a, cache: 30s }",
        &[
            "11:43 expected a mapping, found a text | its keys: `ttl`, `stale_if_error` and `shared`",
        ],
    ),
    (
        "      a: { backend: labs, post: /a, cache: { ttl: 1s } }",
        &[
            "11:37 what may change something is never kept | leave it out, or write `effect: read` if the call changes nothing",
        ],
    ),
];

#[test]
fn what_is_wrong_with_a_cache_is_told_at_its_place() {
    check(CALLS, calls);
}

#[test]
fn an_answer_that_depends_on_the_client_is_not_everybody_s() {
    let yaml = |shared: bool| {
        format!(
            "clients: {{ portal: {{ api_key: {{ sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" }} }} }}
credentials: {{ one: {{ bearer: \"${{env:LABS_KEY}}\" }}, each: {{ by_client: {{ portal: one }} }} }}
backends: {{ b: {{ rest: {{}}, url: \"https://b.example\", credential: each }} }}
endpoints:
  - get: /x
    access: {{ scopes: [] }}
    calls: {{ a: {{ backend: b, get: /a, cache: {{ ttl: 1s, shared: {shared} }} }} }}"
        )
    };
    assert_eq!(
        lines(&yaml(true)),
        [
            "7:66 the backend has a credential for each client: what one may see another may not | leave it out"
        ]
    );
    assert!(lines(&yaml(false)).is_empty());
}
