//! No secret is shown: not in faults, not in warnings, not in the configuration's `Debug`.

use std::path::Path;

use proptest::prelude::*;

use crate::parse;

const MARK: &str = "SENTINEL";

/// Every way of showing what became of `text`, with marked values in the environment and in a file.
fn shown(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), format!("{MARK}-file\n")).unwrap();
    let environment = |name: &str| (name != "MISSING").then(|| format!("{MARK}-env"));
    match parse("manifold.yaml", text, folder.path(), &environment) {
        Ok(configuration) => format!("{configuration:?}{:?}", configuration.warnings),
        Err(faults) => format!("{faults}{faults:?}"),
    }
}

#[test]
fn a_configuration_shows_no_secret() {
    let text = "
credentials:
  a: { bearer: \"${env:A}\" }
  b: { basic: { username: b, password: \"${file:secret}\" } }
  c: { basic: { token: SENTINEL-literal } }
  d: { api_key: { header: X-Key, value: SENTINEL-literal } }
  e: { api_key: { query: key, value: \"x-${env:A}\" } }
  f: { oauth2: { token_url: https://sso.example, client_id: f, client_secret: SENTINEL-literal, parameters: { p: SENTINEL-p } } }
  g: { oauth2: { token_url: https://sso.example, client_id: g, authentication: none, grant: password, username: g, password: SENTINEL-g } }
  h: { oauth2: { token_url: https://sso.example, client_id: h, authentication: none, grant: refresh_token, refresh_token: SENTINEL-h } }
network: { proxy: { url: http://proxy.example, username: us, password: SENTINEL-n } }
backends:
  x: { rest: {}, url: https://x.example, credential: a, headers: { X-Key: SENTINEL-h, X-Other: \"${env:A}\" } }
  y: { rest: {}, url: https://y.example, network: { proxy: { url: http://proxy.example, username: us, password: \"${env:A}\" } } }
";
    let shown = shown(text);
    assert!(
        shown.contains("a secret is written in the file"),
        "it loads: {shown}"
    );
    assert!(!shown.contains(MARK), "{shown}");
}

#[test]
fn faults_show_no_secret_whatever_is_wrong() {
    for text in [
        // Wrong in the line of a literal secret.
        "credentials: { a: { bearer: SENTINEL-x, basc: {} } }",
        "credentials: { a: { bearr: SENTINEL-x } }",
        "credentials: { a: { oauth2: { token_url: sso, client_id: a, client_secrt: SENTINEL-x } } }",
        "credentials: { a: { oauth2: { parameters: { x: SENTINEL-x } } } }",
        "credentails: { a: { bearer: SENTINEL-x } }",
        "credentials:\n  a: { bearer: SENTINEL-x }\n  a: { bearer: SENTINEL-y }",
        "credentials: { a: { bearer: [SENTINEL-x] } }",
        "credentials: [SENTINEL-x]",
        "clients: { a: { basic: { username: a, password: SENTINEL-x } } }",
        "clients: { a: { basic: { username: a, password_hash: SENTINEL-x } } }",
        "backends: { a: { rest: {}, url: \"https://u:SENTINEL@x.example\" } }",
        "backends: { a: { rest: {}, url: https://x.example, headers: { \"a b\": SENTINEL-x } } }",
        "backends: { a: { rest: {}, url: https://x.example, pasword: 1, password: SENTINEL-x } }",
        "credentials:\n  a:\n    bearer: |\n      SENTINEL-1\n      SENTINEL-2\n    basc: 1",
        "credentials:\n  a:\n    bearer: \"SENTINEL-1\n      SENTINEL-2\"\n    basc: 1",
        "credentials: { a: { oauth2: { client_id: a, private_key: SENTINEL-x, private_key_file: y } } }",
        "credentials: { a: { oauth2: { client_id: a, authentication: private_key_jwt, private_key: \"-----BEGIN PRIVATE KEY-----SENTINEL-x\" } } }",
        "credentials: { a: { oauth2: { client_id: a, grant: passwrd, password: SENTINEL-x } } }",
        "credentials: { a: { oauth2: { client_id: a, refresh_token: SENTINEL-x } } }",
        "credentials: { a: { oauth2: { client_id: a, assertion: { subject: SENTINEL-x, claims: { a: SENTINEL-y } } } } }",
        "credentials: { a: { oauth2: { client_id: a, network: { proxy: { url: x, password: SENTINEL-x } } } } }",
        "network: { proxy: { url: \"http://us:SENTINEL-x@proxy.example\", password: SENTINEL-y, x: 1 } }",
        "backends: { a: { rest: {}, url: https://x.example, network: { proxy: { url: http://p.example, password: SENTINEL-x } } } }",
        // Foreign values in the wrong place.
        "server: { listen: \"${env:A}\", workers: \"${file:secret}\", name: \"${env:MISSING}\" }",
        "backends: { a: { rest: {}, url: \"${env:A}\", credential: \"${file:secret}\" } }",
        "backends: { a: { fhir: \"${env:A}\", url: \"http://x:y@${env:A}\", headers: { x: \"${env:A}\\n\" } } }",
        "credentials: { a: { oauth2: { token_url: \"${env:A}\", client_id: \"${env:A}\", authentication: \"${env:A}\" } } }",
        "clients: { a: { api_key: { sha256: \"${env:A}\", header: \"${env:A} x\" } } }",
        "documents: { access: \"${env:A}\" }",
        "documents: { access: { scopes: [\"${env:A} x\"] } }",
        // Not YAML at all, in the line of a secret or near it.
        "credentials:\n  a: { bearer: SENTINEL-x, [",
        "credentials:\n  a:\n    bearer: \"SENTINEL-x\n",
        "credentials:\n  a:\n    password: SENTINEL-x: y",
        "credentials:\n  a:\n    client_secret: |\n      SENTINEL-x\n  \tSENTINEL: x: y",
        "credentials:\n  a:\n    'token' : @SENTINEL-x",
        "credentials:\n  a: { bearer: SENTINEL-x }\n  b: *SENTINEL",
    ] {
        let shown = shown(text);
        assert!(shown.contains("fault"), "{text}\n{shown}");
        assert!(!shown.contains(MARK), "{text}\n{shown}");
    }
}

#[test]
fn a_value_that_is_empty_where_it_comes_from_is_told_with_its_source() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.phc"), "\n").unwrap();
    let environment = |name: &str| (name == "KEY").then(String::new);
    let text = "clients: { x: { basic: { username: u, password_hash: \"${file:empty.phc}\" } } }
credentials: { a: { bearer: \"${env:KEY}\" } }
backends: { b: { rest: {}, url: \"${env:KEY}\", credential: a } }
server: { name: \"${env:KEY}\" }
";
    let faults = parse("manifold.yaml", text, folder.path(), &environment).unwrap_err();
    let said: Vec<String> = faults
        .iter()
        .map(|fault| {
            let help = fault.help.as_deref().unwrap_or_default();
            let said = format!("{}:{} {} | {help}", fault.line, fault.column, fault.message);
            said.replace(&*folder.path().to_string_lossy(), "/FOLDER")
        })
        .collect();
    let of_the_variable = "the environment variable `KEY` is set but empty | give `KEY` its value before the start, or correct the name";
    assert_eq!(
        said,
        [
            "1:54 the file `/FOLDER/empty.phc` is empty | write the value into it, or correct the path".to_owned(),
            format!("2:29 {of_the_variable}"),
            format!("3:33 {of_the_variable}"),
            format!("4:17 {of_the_variable}"),
        ]
    );
}

#[test]
fn a_secret_is_masked_and_the_rest_of_its_line_is_not() {
    let faults = parse(
        "manifold.yaml",
        "credentials: { a: { bearer: abcdef, basc: 1 } }",
        Path::new("."),
        &|_| None,
    )
    .unwrap_err();
    assert!(
        faults
            .to_string()
            .contains("credentials: { a: { bearer: ******, basc: * } }"),
        "{faults}"
    );
}

/// Loads as it is; one secret of each kind that can be written in the file.
const LITERALS: &str = "
credentials:
  a: { bearer: SENTINEL-a }
  b:
    basic:
      username: b
      password: |
        SENTINEL-b
  c: { basic: { token: 'SENTINEL-c' } }
  d: { api_key: { header: X-Key, value: \"SENTINEL-d\" } }
  f:
    oauth2:
      token_url: https://sso.example
      client_id: f
      client_secret: SENTINEL-f
  g:
    oauth2:
      token_url: https://sso.example
      client_id: g
      authentication: none
      grant: password
      username: g
      password: SENTINEL-g
      network:
        proxy:
          url: http://proxy.example
          username: us
          password: SENTINEL-p
backends:
  x: { rest: {}, url: https://x.example, credential: a, headers: { X-Key: SENTINEL-x } }
  y:
    rest: {}
    url: https://y.example
    headers:
      X-Key: SENTINEL-y
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn one_slip_of_the_pen_anywhere_shows_no_secret(at in 0..LITERALS.len(), slip in "[a-z:{}\"'\\[, \n\t#|-]{0,1}", cut in 0..2_usize) {
        // Not within the mark itself: it would not be found any more.
        let (before, after) = LITERALS.split_at(at);
        let text = format!("{before}{slip}{}", after.get(cut..).unwrap_or_default());
        let shown = shown(&text);
        prop_assert!(!shown.contains(MARK), "{}\n{}", text, shown);
    }
}
