//! Where a program fails, and what is told of it.

use super::{patient, run};
use crate::jq::{FailureKind, Program, position};

#[test]
fn a_failure_says_where_and_not_what() {
    let program = Program::compile("{\n  a: .name,\n  b: .name.given\n}").unwrap();
    let input = jaq_json::read::parse_single(br#"{"name":"MRN-77"}"#).unwrap();
    let failure = program.run(input, 17, 1000, &patient()).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the program failed near line 3, column 7"
    );
    assert_eq!(position("äb\nc", 4), (2, 1));
    assert_eq!(position("äb", 3), (1, 3));
}

#[test]
fn a_failure_is_where_it_arose_whatever_was_looked_at_after_it() {
    for (code, expected) in [
        (
            "{ bad: (.calls.a.name + 1), good: .complete }",
            Some((1, 10)),
        ),
        (
            "{ good: .complete, bad: (.calls.a.name + 1) }",
            Some((1, 27)),
        ),
        ("[.calls.a.name - 1, .complete]", Some((1, 3))),
        (".calls.a.name * {} | .complete", Some((1, 2))),
        ("{ a: -.calls.a.name, b: .complete }", Some((1, 8))),
        ("{ a: .calls.a.name.given, b: .complete }", Some((1, 7))),
        (
            "{ a: (.calls.a.name | floor), b: .complete }",
            Some((1, 23)),
        ),
        ("{ a: ([1] | map(.x)), b: .complete }", Some((1, 18))),
        ("{ a: (.calls.a | join(\",\") | .x), b: 1 }", Some((1, 18))),
        // What was caught is not what failed.
        (
            "{ a: ((try .calls.a.name.x catch 1) + \"x\"), b: .complete }",
            Some((1, 13)),
        ),
        ("[(.calls.a.name.x?), (.complete | keys)]", Some((1, 35))),
        (
            "{ a: (try .calls.a.name.x catch error(\"y\")) }",
            Some((1, 33)),
        ),
        // The new value of an assignment.
        (".calls.a.name |= (. + 1)", Some((1, 23))),
        (".calls.a.name += 1", Some((1, 2))),
        (".calls.a.name.x = 1", Some((1, 2))),
        ("first(.calls.a.name | .x)", Some((1, 24))),
        ("1, 2", None),
        ("empty", None),
    ] {
        let program = Program::compile(code).unwrap();
        let input = br#"{"calls":{"a":{"name":"MRN-77"}},"complete":true}"#;
        let value = jaq_json::read::parse_single(input).unwrap();
        let failure = program
            .run(value, input.len(), 1000, &patient())
            .unwrap_err();
        assert_eq!(failure.place, expected, "{code}");
        assert!(!failure.to_string().contains("MRN"), "{code}");
    }
}

#[test]
fn a_failure_says_what_the_program_says_and_no_value() {
    for (code, says) in [
        (
            "if .a then error(\"too \\u0022dear\") else 1 end",
            Some("too \"dear"),
        ),
        ("error(\"too dear: \\(.a)\")", None),
        ("error(.a)", None),
        (".a | error", None),
        ("try error(\"one\") catch (.a | floor)", None),
        ("try error(\"one\") catch error(\"two\")", Some("two")),
    ] {
        let program = Program::compile(code).unwrap();
        let value = jaq_json::read::parse_single(br#"{"a":"MRN-77"}"#).unwrap();
        let failure = program.run(value, 14, 1000, &patient()).unwrap_err();
        assert_eq!(failure.says.as_deref(), says, "{code}");
    }
}

#[test]
fn what_is_computed_is_a_number() {
    for code in [
        ".x * 2",
        ".x + 1",
        "1 - .x",
        ".x / 3",
        "1 / (.z + 0)",
        "(.z + 0) / (.z + 0)",
        ".x % 7",
        "[.x, 1] | add",
        ".x | floor",
        ".x | length",
        ".x *= 2",
        ".x += 2",
    ] {
        for code in [code.to_owned(), format!("{code} | tostring")] {
            let input = r#"{"x":1e999999999999999999999,"z":0}"#;
            assert_eq!(run(&code, input), Err(FailureKind::Error), "{code}");
        }
    }
    assert_eq!(run("try (1 / 0) catch 0", "1"), Ok("0".to_owned()));
}
