//! What is promised of every program: it ends, and soon.
#![expect(
    clippy::disallowed_types,
    reason = "how long the interpreter computes, which no clock can pause"
)]

use std::time::Duration;

use orchestration::Until;
use proptest::prelude::*;
use tokio::time::Instant;

use super::{patient, run};
use crate::jq::{FailureKind, Program, steps};

#[test]
fn deep_programs_and_deep_values_do_not_exhaust_the_stack() {
    let chain = |part: &str, number: usize| vec![part; number].join("|");
    for code in [
        chain(".", 8000),
        format!("{}1{}", "[".repeat(7000), "]".repeat(7000)),
        "-".repeat(16_000) + "1",
        format!("{}.{}", "map(".repeat(3000), ")".repeat(3000)),
        format!(
            "{}1{}",
            "if 1 then ".repeat(1000),
            " else 2 end".repeat(700)
        ),
    ] {
        assert!(Program::compile(&code).is_err());
    }
    assert!(Program::compile(&"1".repeat(20_000)).is_err());
    let deep = format!("{}1{}", "[".repeat(127), "]".repeat(127));
    let widest = chain("map(.)", 60);
    for code in [widest.as_str(), "tojson", "flatten", ". == ."] {
        assert!(run(code, &deep).is_ok(), "{code}");
    }
    let nested = format!("{}.{}", "map(".repeat(60), ")".repeat(60));
    assert!(run(&nested, &deep).is_ok());
    assert_eq!(run(&chain("[.]", 100), &deep), Err(FailureKind::NotJson));
}

#[test]
fn programs_that_multiply_end_early() {
    let many = |part: &str, number: usize| vec![part; number].join(" | ");
    let list = format!("[{}]", vec!["\"abcdefgh\""; 2000].join(","));
    for code in [
        // Values: products of lists, of alternatives.
        "[.[] as $a | .[] as $b | .[] as $c | 1] | length".to_owned(),
        format!("[{} | 1] | length", many("(., .)", 40)),
        format!("[{} | 1] | length", many("(.[0], .[1]) as $x | .", 40)),
        "[.[] as $a | .[] as $b | .[] | try error catch empty] | length".to_owned(),
        "[try (.[] as $a | try (.[] as $b | .[] as $c | 1) catch 2) catch 3] | length".to_owned(),
        format!(
            "[{{{}}}] | length",
            (0..30)
                .map(|n| format!("k{n}: (1, 2)"))
                .collect::<Vec<_>>()
                .join(",")
        ),
        format!("[{}] | length", vec!["(1, 2)"; 30].join(" + ")),
        format!("[\"{}\"] | length", "\\(1, 2)".repeat(30)),
        // Sizes: texts, lists and numbers that double.
        format!("\"abcdefgh\" | {}", many(". + .", 60)),
        format!(". | {} | length", many(". + .", 60)),
        format!("[7] | {} | .[0]", many("map(. * .)", 60)),
        format!("1 | {} | length", many("[., .] | tojson", 60)),
        format!("1 | {} | tojson | length", many("[., .]", 60)),
        format!("1 | {} | . == .", many("[., .]", 60)),
        format!("1 | {} | flatten | length", many("[., .]", 60)),
        format!("1 | {} | sort | length", many("[., .]", 60)),
        format!("1 | {} | \"\\(.)\" | length", many("[., .]", 60)),
        format!("1 | {}", many("[., .]", 60)),
        "[.[] as $x | $x] | add as $big | [.[] | $big + .] | length".to_owned(),
        ". as $l | map($l | sort) | length".to_owned(),
        ". as $l | map($l | contains($l)) | length".to_owned(),
        ". as $l | map($l | join(\",\")) | length".to_owned(),
        ". as $l | map($l - $l) | length".to_owned(),
        ". as $l | map($l | indices([\"a\"])) | length".to_owned(),
        ". as $l | group_by($l) | length".to_owned(),
        ". as $l | [$l, $l] | map(.[] |= $l) | map(.[] |= sort) | length".to_owned(),
        ". as $l | [.[] | $l[1:]] | map(.[1:]) | length".to_owned(),
        ". as $l | [.[] | $l | .[] |= (. + .)] | length".to_owned(),
        ". as $l | map($l | reverse) | length".to_owned(),
        // To change what is shared copies it.
        ". as $l | [.[] | $l | .[0] = 1] | length".to_owned(),
        ". as $l | [.[] | $l | first |= 1] | length".to_owned(),
        ". as $l | [.[] | $l | del(.[0])] | length".to_owned(),
        ". as $l | [.[] | $l | .[0] += \"x\"] | length".to_owned(),
        ". as $l | {a: .} | [$l[] as $x | .a[0] |= 1] | length".to_owned(),
        format!("{} | 1", many(". as $y | .[] = $y", 12)),
        format!("{} | 1", many(". as $y | map($y)", 12)),
        // The text of a fault that is caught.
        format!("1 | {} | try .a catch 1", many("[., .]", 60)),
        format!("1 | {} | try (. + 1) catch 1", many("[., .]", 60)),
        ". as $l | [.[] | try ($l | .a) catch 0] | length".to_owned(),
        ". as $l | [.[] | try ($l - 1) catch 0] | length".to_owned(),
        ". as $l | [.[] | (1 | startswith($l | tojson))?] | length".to_owned(),
        ". as $l | (tojson as $t | [$l[] | {($t): 1} | .[$t]]) | length".to_owned(),
        ". as $l | (tojson as $t | [$l[] | $t | startswith($t)]) | length".to_owned(),
        ". as $l | map($l | unique_by($l)) | length".to_owned(),
    ] {
        let began = std::time::Instant::now();
        let result = run(&code, &list);
        let took = began.elapsed();
        assert!(
            matches!(
                result,
                Err(FailureKind::Steps | FailureKind::TooLarge | FailureKind::Error)
            ),
            "{code}: {result:?}"
        );
        assert!(took.as_secs() < 20, "{code}: {took:?}");
    }
    assert_eq!(run("\"ab\" * 1000000000", "1"), Err(FailureKind::Error));
}

#[test]
fn a_program_stops_when_nobody_waits_for_it() {
    let list = format!("[{}]", vec!["1"; 100_000].join(","));
    let value = jaq_json::read::parse_single(list.as_bytes()).unwrap();
    for code in [
        "del(.[]) | length",
        "[.[] as $a | .[] as $b | 1] | length",
        "try ([.[] as $a | .[] as $b | 1] | length) catch 1",
        "((.[] | select(. > 1)) // .[0]) |= 2 | length",
    ] {
        let program = Program::compile(code).unwrap();
        let over = Until::at(Instant::now() - Duration::from_secs(1));
        let failure = program.run(value.clone(), list.len(), 100, &over);
        assert_eq!(failure.unwrap_err().kind, FailureKind::Late, "{code}");
    }
}

/// Programs of what is offered, of all sizes.
fn programs() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(".".to_owned()),
        Just(".a".to_owned()),
        Just(".[]".to_owned()),
        Just(".[]?".to_owned()),
        Just("1".to_owned()),
        Just("\"x\"".to_owned()),
        Just("[1, 2, 3]".to_owned()),
        Just("sort".to_owned()),
        Just("tojson".to_owned()),
        Just("keys".to_owned()),
        Just("add".to_owned()),
        Just("flatten".to_owned()),
        Just("to_entries".to_owned()),
        Just("unique".to_owned()),
        Just("join(\",\")".to_owned()),
    ];
    leaf.prop_recursive(6, 48, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(l, r)| format!("({l} | {r})")),
            two.clone().prop_map(|(l, r)| format!("({l}, {r})")),
            two.clone().prop_map(|(l, r)| format!("({l} + {r})")),
            two.clone().prop_map(|(l, r)| format!("({l} * {r})")),
            two.clone().prop_map(|(l, r)| format!("({l} - {r})")),
            two.clone().prop_map(|(l, r)| format!("({l} == {r})")),
            two.clone().prop_map(|(l, r)| format!("({l} // {r})")),
            two.clone()
                .prop_map(|(l, r)| format!("(try {l} catch {r})")),
            two.clone()
                .prop_map(|(l, r)| format!("({l} as $x | {r} | [$x, .])")),
            two.clone().prop_map(|(l, r)| format!("({l} |= {r})")),
            two.clone().prop_map(|(l, r)| format!("{{a: {l}, b: {r}}}")),
            two.prop_map(|(l, r)| format!("(if {l} then {r} else . end)")),
            inner.clone().prop_map(|f| format!("[{f}]")),
            inner.clone().prop_map(|f| format!("map({f})")),
            inner.clone().prop_map(|f| format!("sort_by({f})")),
            inner.clone().prop_map(|f| format!("group_by({f})")),
            inner.clone().prop_map(|f| format!("select({f})")),
            inner.clone().prop_map(|f| format!("with_entries({f})")),
            inner.clone().prop_map(|f| format!("any({f}; .)")),
            inner.clone().prop_map(|f| format!("contains({f})")),
            inner.clone().prop_map(|f| format!("\"\\({f})\"")),
            inner.prop_map(|f| format!("(.[] += {f})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What is promised: a run takes no more steps than its input allows, and a step is short.
    #[test]
    fn no_accepted_program_runs_longer_than_its_steps(code in programs()) {
        let Ok(program) = Program::compile(&code) else { return Ok(()) };
        let input = r#"{"a":[[1,"b",{"c":[null,true]}],[2.50,"d",{"c":"e"}]],"b":{"a":[1,2,3]}}"#;
        let value = jaq_json::read::parse_single(input.as_bytes()).unwrap();
        let began = std::time::Instant::now();
        program.run(value, input.len(), 1 << 16, &patient()).ok();
        let allowed = steps(input.len()) * 20_000;
        prop_assert!(began.elapsed().as_nanos() < u128::from(allowed), "{code}");
    }
}
