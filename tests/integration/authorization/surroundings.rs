//! Backends and token endpoints behind an authority of their own, which asks for our certificate.

use std::path::Path;

use serde_json::json;
use testkit_network::{Authority, ClientCertificates, TlsFront};

use super::{granted, ok, server};
use crate::support::{Running, Variables};

const GUARDED: &str = r#"
credentials: { platform: { oauth2: { token_url: "${env:SSO}/token", client_id: m, authentication: tls_client_auth } } }
backends: { app: { rest: {}, url: "${env:APP}", credential: platform } }
endpoints: [ { get: /, access: { scopes: [] }, calls: { a: { backend: app, get: / } } } ]
"#;

fn network(folder: &Path) -> String {
    let file = |name: &str| folder.join(name).display().to_string();
    format!(
        "network: {{ ca: {}, only_this_ca: true, client_certificate: {}, client_key: {} }}",
        file("ca.pem"),
        file("us.pem"),
        file("us.key")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_for_all_shows_our_certificate_to_backends_and_to_token_endpoints() {
    let authority = Authority::new();
    let theirs = authority.issue(&["localhost"]);
    let ours = authority.issue(&["manifold"]);
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("ca.pem", &authority.pem());
    put("us.pem", &ours.pem);
    put("us.key", &ours.key);

    let (sso, app) = (
        server(|_, number| granted(number, &json!({}))),
        server(|_, _| ok()),
    );
    let asking = || ClientCertificates::Of(&authority);
    let sso_front = TlsFront::start(sso.address(), &theirs, asking()).await;
    let app_front = TlsFront::start(app.address(), &theirs, asking()).await;
    let variables = [("SSO", sso_front.url()), ("APP", app_front.url())];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let variables = Variables::from(variables);

    let service = Running::start(&format!("{}{GUARDED}", network(folder.path())), &variables);
    service.get("/").await.expect(200);
    let form = sso.requests().remove(0).form();
    assert_eq!(super::value(&form, "client_id"), Some("m"));
    assert_eq!(app.requests().remove(0).bearer(), Some("t1"));
    assert!(app_front.shown().iter().all(Option::is_some));

    let plain = GUARDED.replace("authentication: tls_client_auth", "authentication: none");
    let stranger = Running::start(&plain, &variables);
    let answer = stranger.get("/").await.expect(503);
    assert_eq!(answer.code(), "upstream_auth_unavailable");
    assert_eq!(
        sso.requests().len(),
        1,
        "an unknown authority hears nothing"
    );
}
