//! What the operator sees when a token does not come, or comes bound to a key.

use http::StatusCode;
use serde_json::json;
use testkit::{Request, Response, Vendor};

use super::{Front, granted, refused};
use crate::support::{World, traces};

/// A credential with a name that no other test's log has.
fn named(
    name: &str,
    answer: impl Fn(&Request, usize) -> Response + Send + Sync + 'static,
) -> Front {
    let credentials = format!(
        "credentials: {{ {name}: {{ oauth2: {{ token_url: \"${{env:SSO}}/token\", client_id: m, client_secret: \"${{env:SECRET}}\" }} }}, platform: {{ by_client: {{ robot: {name} }} }} }}\n"
    );
    Front::with(
        &credentials,
        super::server(answer),
        super::server(|_, _| super::ok()),
    )
}

/// Whether a line that was written after the log had `mark` bytes has both.
fn logged(mark: usize, name: &str, words: &str) -> bool {
    let text = traces().text_from(mark);
    text.lines()
        .any(|line| line.contains(name) && line.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn b20_a_json_401_and_a_gatekeepers_302_are_told_apart() {
    let mark = traces().len();
    let json = named("b20-json", |_, _| {
        refused(StatusCode::UNAUTHORIZED, "invalid_client")
    });
    let gate = named("b20-gate", |_, _| {
        Response::empty(StatusCode::FOUND).with_header("Location", "https://login.b20.example/x")
    });
    for (front, name, outcome, words) in [
        (
            &json,
            "b20-json",
            "rejected",
            "the authorization server refuses the credential",
        ),
        (
            &gate,
            "b20-gate",
            "redirected",
            "the token endpoint redirects",
        ),
    ] {
        let answer = front.service.get("/").await.expect(502);
        assert_eq!(answer.code(), "upstream_auth_config");
        // Not the bare "b20": a request id is hexadecimal and has that in it now and then.
        for hidden in [name, "b20.example"] {
            assert!(!answer.text().contains(hidden), "{}", answer.text());
        }
        let metrics = front.service.metrics().await;
        let line =
            format!(r#"manifold_token_fetches_total{{credential="{name}",outcome="{outcome}"}} 1"#);
        assert!(metrics.contains(&line), "{metrics}");
        assert!(logged(mark, name, words));
    }
    assert!(
        logged(mark, "b20-json", "invalid_client") && logged(mark, "b20-gate", "login.b20.example")
    );
    let state = json.service.credential("b20-json").await;
    assert_eq!(state["last_error_code"], "invalid_client");
    // Asked for in vain is another thing than never asked for.
    assert_eq!(state["token"], "none");
    let state = gate.service.credential("b20-gate").await;
    assert!(state.get("last_error_code").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_a_token_and_the_time_it_has_left_are_metrics() {
    let front = named("aged", |_, number| {
        granted(number, &json!({ "expires_in": 1000 }))
    });
    let before = front.service.metrics().await;
    assert!(!before.contains("token_age_seconds{"));
    front.service.get("/").await.expect(200);
    let metrics = front.service.metrics().await;
    let read = |name: &str| {
        let start = format!(r#"manifold_{name}_seconds{{credential="aged"}} "#);
        let line = metrics.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap().parse::<f64>().unwrap()
    };
    let (age, left) = (read("token_age"), read("token_expires_in"));
    assert!((0.0..100.0).contains(&age) && (age + left - 1000.0).abs() < 0.1);
    let state = front.service.credential("aged").await;
    assert_eq!(state["token"], "fresh");
    assert_eq!(state["grant"], "client_credentials");
}

const BOUND: &str = r#"
credentials: { CREDENTIAL: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-labs, client_secret: "${env:LABS_SECRET}", scopes: [results.read], DPOP } } }
backends: { open: { rest: {}, url: "${env:OPEN_URL}", credential: CREDENTIAL } }
endpoints: [ { get: /, access: { scopes: [] }, calls: { a: { backend: open, get: / } } } ]
"#;
const OPEN: &str = r#"{ "open": { "routes": [ { "method": "GET", "path": "/", "body": {} } ] } }"#;

/// In front of a server with the rules of Okta, which wants proofs and nonces in them.
fn at_okta(credential: &str, dpop: &str) -> World {
    let yaml = BOUND
        .replace("CREDENTIAL", credential)
        .replace("DPOP", dpop);
    let world = World::with_stubs(OPEN, &yaml);
    let server = world.demo.authorization_server();
    server.set_vendor(Some(Vendor::Okta));
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_server_demands_proofs_the_error_names_the_setting() {
    let mark = traces().len();
    let world = at_okta("okta-without", "dpop: false");
    let answer = world.service.get("/").await.expect(502);
    assert!(!answer.text().contains("dpop"));
    let state = world.service.credential("okta-without").await;
    assert!(
        state["last_error"]
            .as_str()
            .unwrap()
            .contains("`dpop: true`")
    );
    assert_eq!(state["last_error_code"], "invalid_dpop_proof");
    assert!(logged(mark, "okta-without", "`dpop: true`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_dpop_the_token_goes_out_with_a_proof_for_each_request() {
    let world = at_okta("okta-with", "dpop: true");
    world.service.get("/").await.expect(200);
    world.service.get("/").await.expect(200);
    let requests = world.stub("open").requests();
    let proofs: Vec<_> = requests
        .iter()
        .map(|request| {
            let authorization = request.header("authorization").unwrap();
            assert!(authorization.starts_with("DPoP "), "{authorization}");
            request.header("dpop").unwrap()
        })
        .collect();
    assert_eq!(proofs.len(), 2);
    assert_ne!(proofs[0], proofs[1]);
    let state = world.service.credential("okta-with").await;
    assert_eq!(state["bound_to"].as_str().unwrap().len(), 43);
    assert_eq!(
        world.token_calls(),
        2,
        "one for the nonce, one for the token"
    );
}
