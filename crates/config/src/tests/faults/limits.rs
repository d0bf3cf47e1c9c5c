//! Faults of limits.

use super::{Row, check, lines};

/// After `limits:`.
const LIMITS: &[Row] = &[
    ("{ requests_per_second: 0.5, burst: 3, in_flight: 2 }", &[]),
    (
        "{}",
        &[
            "1:1 nothing is limited | give `requests_per_second`, `in_flight` or both, or leave `limits` out",
        ],
    ),
    (
        "{ burst: 3 }",
        &["1:18 a burst of what has no rate | add `requests_per_second`, or leave `burst` out"],
    ),
    (
        "{ requests_per_second: 0 }",
        &["1:32 less than 0.001 | for example `50`"],
    ),
    ("{ in_flight: 0 }", &["1:22 less than 1"]),
    (
        "{ in_flight: 1, brust: 1 }",
        &["1:25 unknown key `brust` in `limits` | did you mean `burst`?"],
    ),
];

#[test]
fn what_limits_nothing_or_everything_is_told_at_its_place() {
    check(LIMITS, |text| {
        lines(&format!(
            "limits: {text}\nendpoints: [{{ get: /a, access: public, answer: 1 }}]"
        ))
    });
}

#[test]
fn the_limits_of_a_client_and_of_an_endpoint_are_checked_likewise() {
    let client = "clients: { a: { limits: {}, api_key: { sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 } } }";
    let endpoint = "endpoints: [{ get: /a, access: public, limits: {}, answer: 1 }]";
    let told = lines(&format!("{client}\n{endpoint}"));
    let nothing = |fault: &&String| fault.contains("nothing is limited");
    assert_eq!(told.iter().filter(nothing).count(), 2, "{told:?}");
}
