//! `OperationOutcome`: what is read of a backend's, and ours.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn outcome(issues: &str) -> String {
    format!(r#"{{"issue":{issues},"resourceType":"OperationOutcome"}}"#)
}

fn issue(severity: Severity, code: IssueCode, diagnostics: Option<&str>) -> Issue {
    Issue {
        severity,
        code,
        diagnostics: diagnostics.map(str::to_owned),
    }
}

#[test]
fn a26_severity_code_and_diagnostics_are_read_from_closed_sets() {
    use {IssueCode as Code, Severity as Level};
    let table = [
        (
            r#"{"severity":"fatal","code":"code-invalid","details":{"text":"no such code"}}"#,
            issue(Level::Fatal, Code::CodeInvalid, Some("no such code")),
        ),
        (
            r#"{"severity":"warning","code":"not-found","diagnostics":"a\n\tb\u0000c ","details":{"text":"d"}}"#,
            issue(Level::Warning, Code::NotFound, Some("a b c")),
        ),
        (
            r#"{"severity":"dire","code":"odd","diagnostics":" ","details":{"text":"d"}}"#,
            issue(Level::Error, Code::Exception, Some("d")),
        ),
        (
            r#"{"severity":1,"code":{},"diagnostics":[],"details":"d"}"#,
            issue(Level::Error, Code::Exception, None),
        ),
        ("{}", issue(Level::Error, Code::Exception, None)),
    ];
    for (text, expected) in table {
        let body = outcome(&format!("[null,{text}]"));
        let read = issues(body.as_bytes(), Cap::default());
        assert!(read == [expected], "{text} {read:?}");
    }
}

#[test]
fn a26_issues_and_diagnostics_are_capped_by_characters() {
    let one = r#"{"severity":"error","code":"invalid","diagnostics":"äöü"}"#;
    let body = outcome(&format!("[{one},{one},{one}]"));
    let cap = |issues, characters| Cap { issues, characters };
    let read = issues(body.as_bytes(), cap(2, 2));
    let words: Vec<_> = read
        .iter()
        .map(|issue| issue.diagnostics.as_deref())
        .collect();
    assert_eq!(words, [Some("äö"), Some("äö")]);
    let read = issues(body.as_bytes(), cap(9, 3));
    assert_eq!(read.len(), 3);
    assert_eq!(read[0].diagnostics.as_deref(), Some("äöü"));
    assert_eq!(Cap::default(), cap(10, 500));
}

#[test]
fn f32_a_body_that_is_no_outcome_has_no_issues() {
    let one = r#"[{"severity":"error","code":"invalid"}]"#;
    let bodies = [
        r#"{"detail":"secret"}"#.to_owned(),
        format!(r#"{{"resourceType":"Patient","issue":{one}}}"#),
        format!(r#"{{"issue":{one}}}"#),
        r#"{"resourceType":"OperationOutcome","issue":{}}"#.to_owned(),
        r#"{"resourceType":"OperationOutcome"}"#.to_owned(),
        "<html>".to_owned(),
        String::new(),
    ];
    for body in bodies {
        assert!(issues(body.as_bytes(), Cap::default()).is_empty(), "{body}");
    }
    assert!(is_operation_outcome(outcome("[]").as_bytes()));
    assert!(!is_operation_outcome(br#"{"resourceType":"Patient"}"#));
}

#[test]
fn f34_the_debug_form_of_an_issue_has_no_diagnostics() {
    let secret = issue(Severity::Error, IssueCode::Value, Some("Mustermann"));
    let said = format!("{secret:?}");
    assert!(
        said.contains("Value") && !said.contains("Mustermann"),
        "{said}"
    );
}

#[test]
fn f31_a_written_outcome_has_an_issue_and_reads_back() {
    let written = [
        issue(Severity::Warning, IssueCode::Incomplete, Some("a \"b\"")),
        issue(Severity::Error, IssueCode::NotSupported, None),
    ];
    let bytes = document(&written).bytes();
    assert_eq!(
        std::str::from_utf8(&bytes).unwrap(),
        r#"{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"incomplete","diagnostics":"a \"b\""},{"severity":"error","code":"not-supported"}]}"#
    );
    assert!(issues(&bytes, Cap::default()) == written);
    assert_eq!(
        document(&[]).bytes(),
        r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#
    );
}

proptest! {
    #[test]
    fn f31_any_diagnostics_are_written_as_json(words in any::<String>()) {
        let bytes = document(&[issue(Severity::Error, IssueCode::Value, Some(&words))]).bytes();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(value["issue"][0]["diagnostics"].as_str(), Some(words.as_str()));
    }

    #[test]
    fn a26_no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let body = [br#"{"resourceType":"OperationOutcome","issue":["#.as_slice(), &bytes].concat();
        let _ = issues(&body, Cap::default());
    }
}
