#![expect(clippy::unwrap_used, reason = "tests")]
use std::time::Duration;

use orchestration::Until;
use tokio::time::Instant;

use super::{FailureKind, Program, functions};

mod bounds;
mod failures;

/// Long enough.
fn patient() -> Until {
    Until::at(Instant::now() + Duration::from_hours(1))
}

fn run(code: &str, input: &str) -> Result<String, FailureKind> {
    run_within(code, input, 1 << 20)
}

fn run_within(code: &str, input: &str, most: usize) -> Result<String, FailureKind> {
    let program = Program::compile(code).map_err(|refused| format!("{code}: {refused:?}"));
    let value = jaq_json::read::parse_single(input.as_bytes()).unwrap();
    let result = program.unwrap().run(value, input.len(), most, &patient());
    result
        .map(|json| String::from_utf8(json.bytes().to_vec()).unwrap())
        .map_err(|failure| failure.kind)
}

#[test]
fn a_program_yields_what_jq_yields() {
    for (code, input, expected) in [
        (".", "[1]", "[1]"),
        (".a.b[0]", r#"{"a":{"b":[7]}}"#, "7"),
        (".a.missing.x", "{}", "null"),
        (
            "[.[] | {a, b: .c}]",
            r#"[{"a":1,"c":2}]"#,
            r#"[{"a":1,"b":2}]"#,
        ),
        ("map(.x) | add", r#"[{"x":"a"},{"x":"b"}]"#, r#""ab""#),
        ("add(.[] | .x)", r#"[{"x":1},{"x":2}]"#, "3"),
        (
            "to_entries | map(.key) | join(\"-\")",
            r#"{"a":1,"b":2}"#,
            r#""a-b""#,
        ),
        ("with_entries(.value += 1)", r#"{"a":1}"#, r#"{"a":2}"#),
        (
            "with_entries(select(.value > 1))",
            r#"{"a":1,"b":2}"#,
            r#"{"b":2}"#,
        ),
        (
            "group_by(.k) | map({k: .[0].k, n: length})",
            r#"[{"k":1},{"k":2},{"k":1}]"#,
            r#"[{"k":1,"n":2},{"k":2,"n":1}]"#,
        ),
        ("sort_by(-.) | .[0]", "[1,3,2]", "3"),
        ("[.[] as [$a, $b] | $a * $b - 1]", "[[2,3],[4,5]]", "[5,19]"),
        (". as {a: $x, $b} | [$x, $b]", r#"{"a":1,"b":2}"#, "[1,2]"),
        (
            "\"\\(.a) and \\(.b)\"",
            r#"{"a":1,"b":"x"}"#,
            r#""1 and x""#,
        ),
        ("@json", "[1.10]", r#""[1.10]""#),
        (
            "if .a then 1 elif .b then 2 else 3 end",
            r#"{"b":true}"#,
            "2",
        ),
        ("try error(\"x\") catch .", "null", r#""x""#),
        (".a? // \"none\"", "[]", r#""none""#),
        ("(.a, .b) |= . + 1", r#"{"a":1,"b":2}"#, r#"{"a":2,"b":3}"#),
        (".[] += 1", "[1,2]", "[2,3]"),
        (".a *= 2 | .a -= 1", r#"{"a":4}"#, r#"{"a":7}"#),
        (".a //= 5", r#"{"a":null}"#, r#"{"a":5}"#),
        ("del(.a, .b)", r#"{"a":1,"b":2,"c":3}"#, r#"{"c":3}"#),
        (".[1:3]", "[1,2,3,4]", "[2,3]"),
        (".[1:]", r#""abc""#, r#""bc""#),
        (".[-1:][0]", "[1,2]", "2"),
        ("flatten", "[[1,[2]]]", "[1,2]"),
        ("[min, max, (unique | length)]", "[3,1,3]", "[1,3,2]"),
        (
            "[min_by(.a).b, max_by(.a).b]",
            r#"[{"a":1,"b":"x"},{"a":2,"b":"y"}]"#,
            r#"["x","y"]"#,
        ),
        (
            "[first(.[] | select(.a == 1)), last(.[]) | .b]",
            r#"[{"a":0},{"a":1,"b":"x"},{"a":1,"b":"y"},{"b":3}]"#,
            r#"["x",3]"#,
        ),
        ("[first(.[])]", "[]", "[]"),
        (
            "[any(.[]; . > 2), all(. > 0), any, isempty(.[])]",
            "[1,3]",
            "[true,true,true,false]",
        ),
    ] {
        assert_eq!(run(code, input), Ok(expected.to_owned()), "{code}");
    }
}

#[test]
fn functions_do_what_jqs_do() {
    for (code, input, expected) in [
        (
            "[contains(\"bc\"), index(\"b\"), (\"b\" | inside(\"abc\"))]",
            r#""abc""#,
            "[true,1,true]",
        ),
        (
            "[has(\"a\"), (\"a\" | in({a: 1}))]",
            r#"{"a":1}"#,
            "[true,true]",
        ),
        (". - [2]", "[1,2,3]", "[1,3]"),
        (
            "{a: {b: 1}} * {a: {c: 2}}",
            "null",
            r#"{"a":{"b":1,"c":2}}"#,
        ),
        (
            "split(\",\") | map(tonumber)",
            r#""1,2.50,3""#,
            "[1,2.50,3]",
        ),
        (
            "[.[] | type]",
            r#"[null,true,1,"a",[],{}]"#,
            r#"["null","boolean","number","string","array","object"]"#,
        ),
        ("[.[] | numbers, strings]", r#"[1,"a",null]"#, r#"[1,"a"]"#),
        (
            "[keys, length, (.a | ascii_upcase | ltrimstr(\"X\"))]",
            r#"{"b":1,"a":"xy"}"#,
            r#"[["a","b"],2,"Y"]"#,
        ),
        ("[floor, ceil, round, abs]", "-1.5", "[-2,-1,-2,1.5]"),
        ("[1 / 4, 7 % 4]", "null", "[0.25,3]"),
        (
            "[explode | implode, reverse[0]] | .[0]",
            r#""ab""#,
            r#""ab""#,
        ),
        ("first, last | select(. == 1)", "[1,2]", "1"),
        (
            "map_values(. + 1) | to_entries | from_entries",
            r#"{"a":1}"#,
            r#"{"a":2}"#,
        ),
        (
            "[.[] | tostring, tojson]",
            r#"["a",1]"#,
            r#"["a","\"a\"","1","1"]"#,
        ),
        ("# a comment\n.a", r#"{"a":1}"#, "1"),
    ] {
        assert_eq!(run(code, input), Ok(expected.to_owned()), "{code}");
    }
}

#[test]
fn numbers_keep_their_digits() {
    for number in [
        "1.10",
        "1E-22",
        "1e400",
        "123456789012345678901234567890",
        "-0.0",
        "0.1000000000000000055511151231257827",
        "36.60",
    ] {
        let input = format!(r#"{{"a":[{number}]}}"#);
        assert_eq!(
            run("{v: .a[0]}", &input),
            Ok(format!(r#"{{"v":{number}}}"#))
        );
    }
}

#[test]
fn a_run_yields_one_value_of_bounded_size() {
    assert_eq!(run("empty", "1"), Err(FailureKind::Nothing));
    assert_eq!(run("1, 2", "1"), Err(FailureKind::Several));
    assert_eq!(run("1, error", "1"), Err(FailureKind::Error));
    assert_eq!(
        run_within("[., .]", r#""abcdef""#, 10),
        Err(FailureKind::TooLarge)
    );
    assert_eq!(run("{(1 | tostring): 2}", "1"), Ok(r#"{"1":2}"#.to_owned()));
    assert_eq!(run("0 / 0", "1"), Err(FailureKind::Error));
}

#[test]
fn what_could_run_for_ever_or_reach_out_is_refused() {
    for code in [
        "range(10)",
        "range(0; 10; 1)",
        "repeat(.)",
        "recurse",
        "recurse(.a)",
        "..",
        "while(true; .)",
        "until(false; .)",
        "limit(1; .)",
        "nth(1; .[])",
        "skip(1; .[])",
        "input",
        "inputs",
        "env",
        "$ENV",
        "halt",
        "halt_error",
        "def f: f; f",
        "reduce .[] as $x (0; . + $x)",
        "foreach .[] as $x (0; .)",
        "label $out | break $out",
        "walk(.)",
        "paths",
        "getpath([])",
        "setpath([]; 1)",
        "fromjson",
        "now",
        "debug",
        "stderr",
        "input_filename",
        "combinations",
        "transpose",
        "@sh",
        "@base64",
        "path(.a)",
        "delpaths([])",
        "test(\"a\")",
        "splits(\"a\")",
        "manifold_program",
        "!tick",
        "ltrimstr",
        "nosuch",
        "$nosuch",
        "import \"a\" as a; .",
        "include \"a\"; .",
        "a::b",
        ".a[",
        "{",
        "if . then",
        "1 +",
        "@nosuch \"a\"",
        "\"\\(range(3))\"",
        "[.[] | range(.)]",
        "try (.a | range(3))",
        "{(range(3) | tostring): 1}",
        ". as [$a, $b] | range($a)",
        ".[range(3)]",
        ".[range(3):]",
        "if range(3) then 1 else 2 end",
        "-range(3)",
        "map(range(.))",
        "flatten(1)",
        "any(range(3); .)",
        "first(range(3))",
        ".a |= range(3)",
        "error(range(3))",
        "",
        "# only a comment",
    ] {
        assert!(Program::compile(code).is_err(), "{code}");
    }
}

#[test]
fn a_refusal_says_where_and_what() {
    let refused = Program::compile(".a |\n  ranje(3)").unwrap_err();
    assert_eq!(refused.at, 7);
    assert_eq!(refused.message, "`ranje/1` is not offered");
    assert_eq!(refused.name.as_deref(), Some("ranje"));
    let refused = Program::compile(".a + )").unwrap_err();
    assert_eq!(refused.at, 5);
    let refused = Program::compile(".a | $b").unwrap_err();
    assert_eq!(
        (refused.at, refused.message.as_str()),
        (5, "`$b` is not known")
    );
}

#[test]
fn what_a_filter_yields_first_touches_no_more_than_the_filter() {
    for code in ["first(.calls.a[])", "last(.calls.a[] | .x)"] {
        let program = Program::compile(code).unwrap();
        let touched = program.touched();
        assert!(!touched.everything, "{code}");
        assert!(touched.name("calls", "a") && !touched.name("calls", "b"));
    }
}

#[test]
fn every_offered_function_compiles() {
    for name in functions() {
        let all = [
            name.to_owned(),
            format!("{name}(.)"),
            format!("{name}(.; .)"),
        ];
        let compiled = all.iter().filter(|code| Program::compile(code).is_ok());
        assert!(compiled.count() >= 1, "{name}");
    }
}
