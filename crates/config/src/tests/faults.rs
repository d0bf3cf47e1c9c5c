//! Faults: their places, their words, their mends.

mod beside;
mod calls;
mod endpoints;
mod hints;
mod limits;
mod oauth2;
mod parties;
mod plans;
mod resilience;
mod responses;
mod surroundings;
mod text;
mod tokens;

use proptest::prelude::*;

use super::{endpoint, lines, read};

/// The faults of a configuration whose one endpoint has these `calls`, from line 11 on.
fn calls(calls: &str) -> Vec<String> {
    lines(&endpoint(&format!(
        "  - get: /x/{{id}}\n    access: public\n    calls:\n{calls}"
    )))
}

/// A text, and its faults as [`lines`] writes them.
type Row = (&'static str, &'static [&'static str]);

/// Tells all rows of a table that are wrong, not the first.
fn check(table: &[Row], faults: impl Fn(&str) -> Vec<String>) {
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
      = help: keep one of `oauth2`, `bearer`, `basic`, `api_key` and `by_client`

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
    check(text::ROWS, lines);
}

#[test]
fn faults_of_clients_credentials_and_backends_are_told() {
    check(parties::ROWS, lines);
}

#[test]
fn faults_of_oauth2_credentials_are_told() {
    check(oauth2::ROWS, |oauth2| {
        lines(&format!(
            "credentials: {{ a: {{ oauth2: {{ client_id: m, {oauth2} }} }} }}"
        ))
    });
}

#[test]
fn faults_of_networks_keys_and_credentials_by_client_are_told() {
    check(surroundings::ROWS, lines);
}

#[test]
fn faults_of_endpoints_are_told() {
    check(endpoints::ROWS, |entry| lines(&endpoint(entry)));
}

#[test]
fn faults_of_calls_are_told() {
    check(calls::ROWS, calls);
}

#[test]
fn faults_of_what_calls_are_made_for_are_told() {
    check(plans::CALLS, calls);
    check(plans::ENDPOINTS, |entry| lines(&endpoint(entry)));
}

#[test]
fn faults_of_what_an_answer_is_made_of_are_told() {
    check(responses::RESPONSES, |response| {
        lines(&endpoint(&format!(
            "  - get: /x/{{id}}\n    access: public\n    calls:\n      a: {{ backend: labs, get: /a }}\n      b: {{ backend: labs, get: /b }}\n    response:\n{response}"
        )))
    });
}

#[test]
fn a_parameter_that_a_condition_asks_for_is_there() {
    let with = |when: &str| {
        lines(&endpoint(&format!(
            "  - get: /x\n    access: public\n    parameters: {{ query: {{ p: {{}} }} }}\n    calls:\n      a: {{ backend: labs, get: \"/{{query.p}}\", when: {when} }}"
        )))
    };
    for when in [
        "{ value: \"{query.p}\", exists: true }",
        "{ value: \"{query.p}\", in: [a, b] }",
        "[{ value: \"{query.p}\", equals: 1.0 }]",
    ] {
        assert_eq!(with(when), Vec::<String>::new(), "{when}");
    }
    for when in [
        "{ value: \"{query.p}\", exists: false }",
        "{ value: \"{query.p}\", not_in: [a, b] }",
    ] {
        assert_eq!(with(when).len(), 1, "{when}");
    }
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
        faults.iter().next().unwrap().message,
        "the file cannot be read: No such file or directory (os error 2)"
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
