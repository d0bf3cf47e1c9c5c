//! The decision against the expectation file, every cell of it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use problem::Code;

use super::{Decision, Ending, decide};
use crate::Need::{self, Optional, Required};

const EXPECTED: &str = include_str!("expected.txt");

fn ending(name: &str) -> Ending {
    match name {
        "ok" => Ending::Ok,
        "capped" => Ending::Incomplete,
        "404" => Ending::Absent,
        "broken" => Ending::Broken(Code::UpstreamStatus),
        "502" => Ending::Failed(Code::UpstreamRefused),
        "429" => Ending::Failed(Code::UpstreamThrottled),
        "503" => Ending::Failed(Code::UpstreamAuthUnavailable),
        "504" => Ending::Failed(Code::Deadline),
        "late" => Ending::Unknown { timed_out: true },
        "lost" => Ending::Unknown { timed_out: false },
        "skip" => Ending::Skipped,
        "500" => Ending::Failed(Code::Internal),
        other => panic!("no ending is called {other}"),
    }
}

fn outcome_of(decision: Decision) -> String {
    match decision {
        Decision::Answer { complete: true } => "whole".into(),
        Decision::Answer { complete: false } => "part".into(),
        Decision::Refuse { status, .. } => status.to_string(),
    }
}

fn section(name: &str) -> Vec<Vec<&'static str>> {
    EXPECTED
        .lines()
        .skip_while(|line| *line != format!("[{name}]"))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| line.split_whitespace().collect())
        .collect()
}

fn matrix(name: &str, needs: (Need, Need)) {
    let rows = section(name);
    let (columns, rows) = rows.split_first().unwrap();
    assert_eq!((columns.len(), rows.len()), (12, 12), "{name}");
    for row in rows {
        let (first, outcomes) = row.split_first().unwrap();
        assert_eq!(outcomes.len(), columns.len(), "{name}, {first}");
        for (second, cell) in columns.iter().zip(outcomes) {
            let calls = [(needs.0, ending(first)), (needs.1, ending(second))];
            assert_eq!(
                &outcome_of(decide(&calls)),
                cell,
                "{name}: {first} and {second}"
            );
            let turned = [calls[1], calls[0]];
            assert_eq!(
                &outcome_of(decide(&turned)),
                cell,
                "{name}: {second} and {first}"
            );
        }
    }
}

#[test]
fn a24_two_required_calls_decide_as_written() {
    matrix("required x required", (Required, Required));
}

#[test]
fn a24_an_optional_call_never_changes_the_status() {
    matrix("required x optional", (Required, Optional));
}

#[test]
fn a24_optional_calls_alone_never_refuse() {
    matrix("optional x optional", (Optional, Optional));
}

#[test]
fn a24_three_required_calls_decide_as_written_in_any_order() {
    for row in section("three required") {
        let [a, b, c, expected] = row[..] else {
            panic!("{row:?}")
        };
        for order in [
            [a, b, c],
            [a, c, b],
            [b, a, c],
            [b, c, a],
            [c, a, b],
            [c, b, a],
        ] {
            let calls = order.map(|name| (Required, ending(name)));
            assert_eq!(outcome_of(decide(&calls)), expected, "{order:?}");
        }
    }
}

#[test]
fn no_calls_are_a_complete_answer() {
    assert_eq!(decide(&[]), Decision::Answer { complete: true });
}

#[test]
fn the_code_is_that_of_the_first_call_that_counts() {
    let failed = |code| (Required, Ending::Failed(code));
    for (calls, expected) in [
        (
            vec![
                failed(Code::Deadline),
                failed(Code::UpstreamTls),
                failed(Code::UpstreamReset),
            ],
            Code::UpstreamTls,
        ),
        (
            vec![failed(Code::UpstreamThrottled), failed(Code::BreakerOpen)],
            Code::UpstreamThrottled,
        ),
        (
            vec![failed(Code::Deadline), (Required, Ending::Absent)],
            Code::NotFound,
        ),
        (
            vec![failed(Code::Deadline), failed(Code::BreakerOpen)],
            Code::BreakerOpen,
        ),
        (
            vec![failed(Code::UpstreamThrottled), failed(Code::UpstreamTls)],
            Code::UpstreamTls,
        ),
        (
            vec![(Required, Ending::Unknown { timed_out: true })],
            Code::WriteUnknown,
        ),
        (
            vec![(Required, Ending::Broken(Code::UpstreamReset))],
            Code::UpstreamReset,
        ),
    ] {
        assert!(
            matches!(decide(&calls), Decision::Refuse { code, .. } if code == expected),
            "{calls:?}"
        );
    }
}
