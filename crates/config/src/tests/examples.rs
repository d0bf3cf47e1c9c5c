//! Files that load, and what becomes of them.

use std::time::Duration;

use http::Method;
use orchestration::{Effect, Need, Part, Reading, Source};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{HASH, endpoint, environment, lines, read};
use crate::{Access, Configuration, CredentialKind, Member, load};

const PRODUCT: &str = r#"
clients:
  portal:
    basic: { username: portal, password_hash: "${file:secrets/portal.phc}" }
    scopes: [patients.read]
  robot:
    api_key: { sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
    scopes: [labs.read]
credentials:
  hospital:
    oauth2: { token_url: https://sso.example/token, client_id: manifold, client_secret: "${env:HOSPITAL_SECRET}", scopes: [system/Patient.rs] }
  labs:
    api_key: { query: appid, value: "${env:LABS_KEY}" }
backends:
  ehr:  { fhir: R4, url: https://ehr.example/fhir, credential: hospital, timeout: 2s }
  labs: { rest: {}, url: https://labs.example/api, credential: labs }
documents: { access: public }       # OpenAPI and Swagger UI; left out, they are not served
endpoints:
  - get: /patients/{id}/summary
    access: { scopes: [patients.read] }
    patient: "{id}"                 # whose data this is: audit, rate limits, consent
    budget: 3s
    calls:
      patient: { backend: ehr, read: "Patient/{id}" }                       # required unless said otherwise
      vitals:  { backend: ehr, search: Observation, query: { patient: "{id}", category: vital-signs }, pages: 3, need: optional }
      results: { backend: labs, get: "/results/{calls.patient.identifier[0].value}", need: optional }   # waits for `patient`
"#;

/// In a folder with the password file that it names.
fn product() -> Configuration {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("secrets")).unwrap();
    std::fs::write(
        folder.path().join("secrets/portal.phc"),
        format!("{HASH}\n"),
    )
    .unwrap();
    let path = folder.path().join("manifold.yaml");
    std::fs::write(&path, PRODUCT).unwrap();
    load(&path, &environment).unwrap_or_else(|faults| panic!("{faults}"))
}

/// What a template looks like: literals, and `<encoder expression>` for values.
fn shown(template: &orchestration::Template) -> String {
    let part = |part: &Part| match part {
        Part::Literal(literal) => literal.clone(),
        Part::Value {
            encoder,
            expression,
            ..
        } => format!("<{} {expression}>", encoder.name),
    };
    template.parts.iter().map(part).collect()
}

#[test]
fn a15_a16_a17_the_example_of_the_product_page_loads_and_its_credentials_are_named() {
    let configuration = product();
    assert_eq!(configuration.warnings, []);
    assert_eq!(configuration.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(configuration.documents, Some(Access::Public));
    let [portal, robot] = configuration.clients.as_slice() else {
        panic!("two clients")
    };
    assert_eq!(
        portal.basic.as_ref().unwrap().password_hash.expose_secret(),
        HASH,
        "without the line end"
    );
    assert_eq!(robot.api_keys[0].header, "x-api-key");
    assert_eq!(robot.api_keys[0].sha256[..2], [0x9f, 0x86]);
    let [ehr, labs] = configuration.backends.as_slice() else {
        panic!("two backends")
    };
    assert!(matches!(ehr.dialect, backend::Dialect::FhirR4 { .. }));
    assert_eq!(
        (ehr.timeout, ehr.credential, labs.credential),
        (Duration::from_secs(2), Some(0), Some(1))
    );
    assert_eq!(ehr.url.as_str(), "https://ehr.example/fhir");
    let CredentialKind::OAuth2(definition) = &configuration.credentials[0].kind else {
        panic!("OAuth")
    };
    assert_eq!(definition.scopes, ["system/Patient.rs"]);
    assert!(definition.validate().is_ok());
    let CredentialKind::ApiKeyQuery { name, value } = &configuration.credentials[1].kind else {
        panic!("a key")
    };
    assert_eq!(
        (name.as_str(), value.expose_secret()),
        ("appid", "env-key-0815"),
        "a34"
    );
}

#[test]
fn a18_an_endpoint_compiles_to_a_plan_that_names_backends_only() {
    let configuration = product();
    let endpoint = &configuration.endpoints[0];
    assert_eq!(
        (&endpoint.method, endpoint.label.as_ref()),
        (&Method::GET, "GET /patients/{id}/summary")
    );
    assert_eq!(
        endpoint.access,
        Access::Scopes(vec!["patients.read".to_owned()])
    );
    assert_eq!(endpoint.patient, Some(0));
    assert_eq!(
        endpoint.parameters[0].schema,
        json!({"type": "string", "minLength": 1})
    );
    assert!(endpoint.parameters[0].required);
    let [patient, vitals, results] = endpoint.plan.calls.as_slice() else {
        panic!("three calls")
    };
    assert_eq!(shown(&patient.path), "/Patient/<fhir-id {id}>");
    assert_eq!(patient.expect.absent, [404, 410]);
    assert_eq!(patient.timeout, Duration::from_secs(2));
    assert_eq!(
        (vitals.need, vitals.expect.reading.clone()),
        (
            Need::Optional,
            Reading::Pages {
                searched: "Observation".to_owned(),
                pages: 3,
                entries: 1000
            }
        )
    );
    let query: Vec<_> = vitals
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), shown(value)))
        .collect();
    assert_eq!(
        query,
        [
            ("patient", "<fhir-search {id}>".to_owned()),
            ("category", "vital-signs".to_owned())
        ]
    );
    assert_eq!(
        shown(&results.path),
        "/results/<segment {calls.patient.identifier[0].value}>"
    );
    assert_eq!(
        (results.waits_for.as_slice(), results.effect),
        ([0].as_slice(), Effect::Read)
    );
    assert_eq!(
        endpoint.members,
        [
            Member::Resource("Patient".to_owned()),
            Member::Searchset("Observation".to_owned()),
            Member::Any
        ]
    );
}

#[test]
fn a37_a_post_sends_a_json_template_and_is_a_write() {
    let text = endpoint(
        r#"  - post: /orders/{id}
    access: public
    parameters: { query: { who: {}, count: { schema: { type: integer }, default: 10 } }, header: { X-Tenant: { required: true } } }
    body: { schema: { type: object }, max: 64KiB }
    calls:
      patient: { backend: ehr, read: "Patient/{id}" }
      order:
        backend: labs
        post: /orders/caf%C3%A9/Zürich
        headers: { X-Y: "{header.x-tenant}" }
        query: { code: [a b, "{query.who}"], n: "{query.count}" }
        body: { patient: "{calls.patient.id}", amount: "{body.amount}", fixed: { price: 1.00, "on": true }, note: "from {query.count}", who: "{query.who}", braces: "{{}}" }"#,
    );
    let configuration = read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let endpoint = &configuration.endpoints[0];
    assert_eq!(endpoint.body.as_ref().unwrap().max, 65_536);
    assert_eq!(endpoint.parameters[2].default.as_deref(), Some("10"));
    let order = &endpoint.plan.calls[1];
    assert_eq!(
        (order.effect, &order.method),
        (Effect::Write, &Method::POST)
    );
    assert_eq!(order.write_timeout, Duration::from_secs(10));
    assert_eq!(shown(&order.path), "/orders/caf%C3%A9/Z%C3%BCrich", "a38");
    let query: Vec<_> = order
        .query
        .iter()
        .map(|(name, value)| format!("{name}={}", shown(value)))
        .collect();
    assert_eq!(
        query,
        [
            "code=a%20b",
            "code=<query {query.who}>",
            "n=<query {query.count}>"
        ]
    );
    assert_eq!(shown(&order.headers[0].1), "<header {header.x-tenant}>");
    assert_eq!(order.waits_for, [0]);
    let mut sources = 0;
    order
        .body
        .as_ref()
        .unwrap()
        .each_source(&mut |_| sources += 1);
    assert_eq!(sources, 4);
    let body = format!("{:?}", order.body);
    assert!(body.contains("{}"), "escaped braces are literal");
}

#[test]
fn b17_a_path_template_names_its_values_per_segment() {
    let text = endpoint(
        r#"  - get: /{app}/files/{box}/{filename}
    access: public
    calls: { file: { backend: labs, get: "/{app}/files/{box}/{filename}.txt" } }"#,
    );
    let configuration = read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let call = &configuration.endpoints[0].plan.calls[0];
    assert_eq!(
        shown(&call.path),
        "/<segment {app}>/files/<segment {box}>/<segment {filename}>.txt"
    );
    let sources: Vec<_> = call.path.sources().cloned().collect();
    assert_eq!(
        sources,
        [
            Source::Parameter(0),
            Source::Parameter(1),
            Source::Parameter(2)
        ]
    );
}

#[test]
fn search_values_are_escaped_unless_they_are_declared_raw() {
    let text = endpoint(
        r#"  - get: /codes/{code}
    access: public
    calls: { found: { backend: ehr, search: Observation, query: { code: "{code}", status: "{code}" }, raw: [code] } }"#,
    );
    let configuration = read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let query = &configuration.endpoints[0].plan.calls[0].query;
    assert_eq!(shown(&query[0].1), "<fhir-search-raw {code}>");
    assert_eq!(shown(&query[1].1), "<fhir-search {code}>");
}

#[test]
fn doubtful_settings_are_warned_of() {
    let text = endpoint(
        r"  - get: /x
    access: { scopes: [nobody.has] }
    budget: 1s
    calls: { x: { backend: labs, get: /x, timeout: 2s } }",
    );
    let configuration = read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let warnings: Vec<_> = configuration
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        warnings,
        [
            "manifold.yaml, line 5, column 3: no call names this backend (remove it, or use it)",
            "manifold.yaml, line 9, column 24: no client has the scope `nobody.has` (give it to a client, or nobody can call this)",
            "manifold.yaml, line 11, column 43: longer than the endpoint's budget of 1s (the budget ends the call first)",
        ]
    );
}

#[test]
fn a_number_of_workers_may_come_from_the_environment() {
    let configuration =
        read("server: { workers: \"${env:WORKERS}\" }").unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(configuration.server.workers, 3);
    assert_eq!(
        lines("server: { workers: \"3\" }"),
        ["1:20 expected a whole number, found a text"]
    );
}

#[test]
fn a_body_is_known_to_be_read_by_its_parts() {
    let text = |call: &str, rest: &str| {
        endpoint(&format!(
            "  - post: /x\n    access: public\n    body: {{}}\n    calls:\n      a: {{ backend: labs, {call} }}\n{rest}"
        ))
    };
    for (call, rest, expected) in [
        ("post: /a, body: \"{body}\"", "", false),
        ("post: /a, body: { b: \"{body.b}\" }", "", true),
        (
            "post: /a, body: \"{body}\", when: { value: \"{body.kind}\", equals: read }",
            "",
            true,
        ),
        (
            "post: /a, body: \"{body}\"",
            "    response: { select: { b: \"{body.b}\" } }",
            true,
        ),
        (
            "post: /a, body: \"{body}\"",
            "    response: { jq: .body.b }",
            true,
        ),
    ] {
        let configuration = read(&text(call, rest)).unwrap();
        let body = configuration.endpoints[0].body.as_ref().unwrap();
        assert_eq!(body.selected, expected, "{call} {rest}");
    }
}
