//! The decision against the expectation file, every cell of it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use problem::Code;

use super::{Decision, Ending, Quorum, decide};
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
        "none" => Ending::Omitted,
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
    matrix_of(name, |first, second| {
        outcome_of(decide(&[(needs.0, first), (needs.1, second)], None))
    });
    matrix_of(name, |first, second| {
        outcome_of(decide(&[(needs.1, second), (needs.0, first)], None))
    });
}

/// Every cell of a table against what `decide` makes of its row and column.
fn matrix_of(name: &str, decide: impl Fn(Ending, Ending) -> String) {
    let rows = section(name);
    let (columns, rows) = rows.split_first().unwrap();
    assert_eq!((columns.len(), rows.len()), (13, 13), "{name}");
    for row in rows {
        let (first, outcomes) = row.split_first().unwrap();
        assert_eq!(outcomes.len(), columns.len(), "{name}, {first}");
        for (second, cell) in columns.iter().zip(outcomes) {
            let decided = decide(ending(first), ending(second));
            assert_eq!(&decided, cell, "{name}: {first} and {second}");
        }
    }
}

fn quorum(of: impl Into<Vec<usize>>, at_least: usize) -> Quorum {
    Quorum {
        of: of.into(),
        at_least,
    }
}

/// Every row of three calls against what `decide` makes of it.
fn triples(name: &str, decide: impl Fn([Ending; 3]) -> String) {
    let rows = section(name);
    assert!(rows.len() >= 9, "{name}");
    for row in rows {
        let [a, b, c, expected] = row[..] else {
            panic!("{row:?}")
        };
        assert_eq!(decide([a, b, c].map(ending)), expected, "{name}: {row:?}");
    }
}

const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

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
    for order in ORDERS {
        triples("three required", |endings| {
            let calls = order.map(|place| (Required, endings[place]));
            outcome_of(decide(&calls, None))
        });
    }
}

#[test]
fn a_quorum_decides_as_written() {
    matrix_of("quorum", |first, second| {
        let calls = [(Optional, first), (Optional, second)];
        outcome_of(decide(&calls, Some(&quorum([0, 1], 1))))
    });
    matrix_of("quorum", |first, second| {
        let calls = [
            (Optional, first),
            (Optional, Ending::Ok),
            (Optional, second),
        ];
        outcome_of(decide(&calls, Some(&quorum([0, 1, 2], 2))))
    });
}

#[test]
fn a_quorum_of_three_decides_as_written_in_any_order() {
    for order in ORDERS {
        triples("quorum 2 of 3", |endings| {
            let calls = order.map(|place| (Optional, endings[place]));
            outcome_of(decide(&calls, Some(&quorum([0, 1, 2], 2))))
        });
    }
}

#[test]
fn a_quorum_is_asked_only_when_no_required_call_has_failed() {
    triples(
        "a required call and a quorum of 1 of 2",
        |[required, a, b]| {
            let calls = [(Optional, a), (Required, required), (Optional, b)];
            outcome_of(decide(&calls, Some(&quorum([0, 2], 1))))
        },
    );
}

#[test]
fn a_call_outside_the_quorum_does_not_help_to_reach_it() {
    let calls = [
        (Optional, Ending::Ok),
        (Optional, Ending::Failed(Code::UpstreamTls)),
    ];
    assert_eq!(outcome_of(decide(&calls, Some(&quorum([1], 1)))), "502");
    assert_eq!(outcome_of(decide(&calls, Some(&quorum([0], 1)))), "part");
}

#[test]
fn a_quorum_whose_calls_were_skipped_is_missed_for_what_they_waited_for() {
    let calls = [
        (Optional, Ending::Failed(Code::UpstreamThrottled)),
        (Optional, Ending::Skipped),
        (Optional, Ending::Skipped),
    ];
    assert_eq!(
        decide(&calls, Some(&quorum([1, 2], 1))),
        Decision::Refuse {
            status: 429,
            code: Code::UpstreamThrottled
        }
    );
    // Where one of its own has failed, that one counts.
    let calls = [
        (Optional, Ending::Failed(Code::UpstreamThrottled)),
        (Optional, Ending::Skipped),
        (Optional, Ending::Failed(Code::Deadline)),
    ];
    assert_eq!(
        decide(&calls, Some(&quorum([1, 2], 1))),
        Decision::Refuse {
            status: 504,
            code: Code::Deadline
        }
    );
}

#[test]
fn skipped_never_decides() {
    for first in [Required, Optional] {
        for quorum in [None, Some(quorum([1], 1))] {
            let calls = [(first, Ending::Skipped), (Optional, Ending::Skipped)];
            assert!(
                !matches!(
                    decide(&calls, quorum.as_ref()),
                    Decision::Refuse {
                        code: Code::Skipped,
                        ..
                    }
                ),
                "{first:?} {quorum:?}"
            );
        }
    }
}

#[test]
fn no_calls_are_a_complete_answer() {
    assert_eq!(decide(&[], None), Decision::Answer { complete: true });
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
            matches!(decide(&calls, None), Decision::Refuse { code, .. } if code == expected),
            "{calls:?}"
        );
    }
}
