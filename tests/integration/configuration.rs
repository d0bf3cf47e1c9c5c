//! What the operator declares once, and what a change or a mistake in it does.

use testkit::DemoStub;

use crate::flow::{SUMMARY, with_backend};
use crate::support::{BACKENDS, World, eventually, parse, traces};

const RESULTS: &str = r#"
endpoints:
  - get: /results/{number}
    access: { scopes: [read] }
    calls: { results: { backend: labs, get: "/results/{number}" } }
"#;

/// A backend that takes any token, and a second authorization server.
const OPEN: &str = r#"{
  "open": { "routes": [ { "method": "GET", "path": "/", "body": {} } ] },
  "second": { "routes": [ { "method": "POST", "path": "/token",
    "body": { "access_token": "from-the-second", "token_type": "Bearer", "expires_in": 60 } } ] }
}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a15_a_credential_is_defined_once_and_named_by_any_number_of_backends() {
    let yaml = r#"
credentials:
  shared: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-labs, client_secret: "${env:LABS_SECRET}", scopes: [results.read], parameters: { tenant: north ward } } }
backends:
  first: { rest: {}, url: "${env:LABS_URL}", credential: shared }
  second: { rest: {}, url: "${env:OPEN_URL}", credential: shared }
endpoints:
  - get: /
    access: { scopes: [] }
    calls: { a: { backend: first, get: /results/LAB-500001 }, b: { backend: second, get: / } }
"#;
    let world = World::with_stubs(OPEN, yaml);
    world.service.get("/").await.expect(200);
    let requests = world.server(DemoStub::AuthorizationServer).requests();
    let extra = ("tenant".to_owned(), "north ward".to_owned());
    assert!(requests[0].form().contains(&extra));
    assert_eq!(world.token_calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a16_a17_naming_the_credential_is_all_it_takes_on_rest_and_on_fhir_backends() {
    let without = BACKENDS
        .replace("credential: hospital, ", "")
        .replace("credential: labs, ", "");
    let world = World::with_stubs("{}", &format!("{without}{SUMMARY}"));
    let refused = world.service.get("/patients/pat-001").await.expect(502);
    assert_eq!(refused.code(), "upstream_refused");
    assert_eq!(world.token_calls(), 0);

    world
        .service
        .install(&format!("{BACKENDS}{SUMMARY}"), &world.variables);
    let answer = world.service.get("/patients/pat-001").await.expect(200);
    assert!(answer.is_complete());
    for stub in [DemoStub::Ehr, DemoStub::Labs] {
        let last = world.server(stub).requests().pop().unwrap();
        assert!(last.bearer().is_some(), "{stub}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a18_an_endpoint_cannot_name_a_url_or_a_credential() {
    let world = World::start(SUMMARY);
    for (member, value) in [
        ("url", "http://127.0.0.1:1"),
        ("credential", "labs"),
        ("token", "x"),
    ] {
        let call =
            format!("    calls: {{ a: {{ backend: labs, get: /, {member}: \"{value}\" }} }}");
        let yaml = format!("{BACKENDS}endpoints:\n  - get: /\n    access: public\n{call}\n");
        let faults = parse(&yaml, &world.variables).unwrap_err();
        let fault = faults.iter().next().unwrap();
        assert!(fault.message.contains(member), "{fault:?}");
        assert_eq!(yaml.lines().nth(fault.line - 1), Some(call.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a19_the_servers_error_code_reaches_the_operator_and_not_the_client() {
    for (member, value, code) in [
        (
            "scopes",
            "[results.read, no-such-scope-a19]",
            "invalid_scope",
        ),
        ("client_secret", "wrong-secret-a19", "invalid_client"),
    ] {
        let credential = format!("labs-a19-{member}");
        let other = if member == "scopes" {
            "client_secret: \"${env:LABS_SECRET}\""
        } else {
            "scopes: [results.read]"
        };
        let yaml = format!(
            r#"
credentials:
  {credential}: {{ oauth2: {{ token_url: "${{env:TOKEN_URL}}", client_id: manifold-labs, {member}: {value}, {other} }} }}
backends: {{ labs: {{ rest: {{}}, url: "${{env:LABS_URL}}", credential: {credential} }} }}
{RESULTS}"#
        );
        let world = World::with_stubs("{}", &yaml);
        let answer = world.service.get("/results/LAB-500001").await.expect(502);
        assert_eq!(answer.code(), "upstream_auth_config");
        for hidden in [code, credential.as_str(), "no-such-scope-a19", "127.0.0.1"] {
            assert!(
                !answer.text().contains(hidden),
                "{hidden}: {}",
                answer.text()
            );
        }
        let error = world.service.credential(&credential).await["last_error"].to_string();
        assert!(error.contains(code), "{error}");
        let text = traces().text();
        let told = |line: &str| line.contains(&credential) && line.contains(code);
        assert!(text.lines().any(told));
        assert!(!text.contains("wrong-secret-a19"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a20_tokens_of_an_old_definition_are_not_used_after_a_change() {
    let world = World::with_stubs(OPEN, &open("results.read", "LABS_SECRET"));
    world.service.get("/").await.expect(200);
    world
        .service
        .install(&open("results.read", "LABS_SECRET"), &world.variables);
    world.service.get("/").await.expect(200);
    assert_eq!(world.token_calls(), 1, "nothing has changed");

    world
        .service
        .install(&open("orders.write", "LABS_SECRET"), &world.variables);
    world.service.get("/").await.expect(200);
    assert_eq!(world.token_calls(), 2, "the scope has changed");

    let changed = world
        .demo
        .authorization_server()
        .set_secret("manifold-labs", "next".to_owned().into());
    assert!(changed);
    let mut variables = world.variables.clone();
    variables.push(("NEXT".to_owned(), "next".to_owned()));
    world
        .service
        .install(&open("orders.write", "NEXT"), &variables);
    world.service.get("/").await.expect(200);
    assert_eq!(world.token_calls(), 3, "the secret has changed");

    let moved = open("orders.write", "NEXT").replace("${env:TOKEN_URL}", "${env:SECOND_URL}/token");
    world.service.install(&moved, &variables);
    world.service.get("/").await.expect(200);
    assert_eq!(
        world.stub("second").count("/token"),
        1,
        "the URL has changed"
    );

    let requests = world.stub("open").requests();
    let bearers: Vec<_> = requests
        .iter()
        .map(|request| request.bearer().unwrap())
        .collect();
    let [first, kept, scope, secret, url] = bearers[..] else {
        unreachable!()
    };
    assert_eq!(first, kept);
    assert!(first != scope && scope != secret && secret != url);
}

#[tokio::test(flavor = "multi_thread")]
async fn a21_an_unknown_name_is_a_fault_at_load_with_its_line_and_a_suggestion() {
    let world = World::start(SUMMARY);
    let labs = r#"labs: { rest: {}, url: "${env:LABS_URL}", credential: labs, timeout"#;
    for (right, wrong, suggestion) in [
        (
            labs,
            labs.replace("credential: labs", "credential: laps"),
            "labs",
        ),
        (
            "patient: { backend: ehr,",
            "patient: { backend: her,".to_owned(),
            "ehr",
        ),
        ("budget: 5s", "bugdet: 5s".to_owned(), "budget"),
    ] {
        let yaml = format!("{BACKENDS}{SUMMARY}").replace(right, &wrong);
        let faults = parse(&yaml, &world.variables).unwrap_err();
        let line = yaml.lines().position(|line| line.contains(&wrong)).unwrap() + 1;
        let fault = faults.iter().find(|fault| fault.line == line).unwrap();
        assert!(
            fault.help.as_ref().unwrap().contains(suggestion),
            "{fault:?}"
        );
        assert!(
            faults
                .to_string()
                .contains(&format!("manifold.yaml:{line}")),
            "{faults}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a23_a_wrong_secret_is_not_hammered_and_is_shown_as_a_fault_of_the_configuration() {
    let yaml = format!("{BACKENDS}{RESULTS}").replace("${env:LABS_SECRET}", "wrong");
    let world = World::with_stubs("{}", &yaml);
    for _ in 0..10 {
        let answer = world.service.get("/results/LAB-500001").await.expect(502);
        assert_eq!(answer.code(), "upstream_auth_config");
    }
    assert_eq!(world.token_calls(), 1);
    assert_eq!(world.server(DemoStub::Labs).requests().len(), 0);
    let wait = eventually("a pause", async || {
        world.service.credential("labs").await["retry_in_seconds"].as_u64()
    });
    assert!((1..=60).contains(&wait.await));
}

fn open(scope: &str, secret: &str) -> String {
    let open = r#"open: { rest: {}, url: "${env:OPEN_URL}", credential: labs }"#;
    let endpoints = "
endpoints: [ { get: /, access: { scopes: [] }, calls: { a: { backend: open, get: / } } } ]
";
    with_backend(open, endpoints)
        .replace("[results.read, orders.write]", &format!("[{scope}]"))
        .replace("LABS_SECRET", secret)
}
