//! The token endpoint, found by the metadata of its server.

use http::StatusCode;
use serde_json::json;
use testkit::{Request, Response};

use super::{Front, granted, refused};

const REST: &str = r#"client_id: m, client_secret: "${env:SECRET}""#;

/// Three kinds of metadata, and the token endpoint that they all name.
fn sso(request: &Request, number: usize) -> Response {
    let origin = request.origin();
    let issuer = match request.path.as_str() {
        "/realm/.well-known/openid-configuration" => format!("{origin}/realm"),
        "/.well-known/oauth-authorization-server/tenant" => format!("{origin}/tenant"),
        "/fhir/.well-known/smart-configuration" => "https://of.identity.tokens.example".into(),
        "/odd/.well-known/openid-configuration" => format!("{origin}/other"),
        "/real/token" => return granted(number, &json!({})),
        _ => return refused(StatusCode::NOT_FOUND, "not_found"),
    };
    let endpoint = format!("{origin}/real/token");
    let metadata = json!({ "issuer": issuer, "token_endpoint": endpoint });
    Response::json(StatusCode::OK, &metadata)
}

#[tokio::test(flavor = "multi_thread")]
async fn a15_an_issuer_stands_for_its_token_endpoint() {
    for (issuer, discovery) in [
        ("realm", ""),
        ("realm", "discovery: openid, "),
        ("tenant", "discovery: oauth, "),
        ("fhir", "discovery: smart, "),
    ] {
        let oauth2 = format!("issuer: \"${{env:SSO}}/{issuer}\", {discovery}{REST}");
        let front = Front::start(&oauth2, sso);
        front.service.get("/").await.expect(200);
        front.service.get("/").await.expect(200);
        let paths: Vec<_> = front
            .sso
            .requests()
            .into_iter()
            .map(|seen| seen.path)
            .collect();
        assert_eq!(paths.len(), 2, "{issuer}: {paths:?}");
        assert_eq!(paths[1], "/real/token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a15_another_issuer_than_the_configured_one_gets_no_secret() {
    let oauth2 = format!("issuer: \"${{env:SSO}}/odd\", {REST}");
    let front = Front::start(&oauth2, sso);
    let answer = front.service.get("/").await.expect(502);
    assert_eq!(answer.code(), "upstream_auth_config");
    assert_eq!(front.sso.count("/real/token"), 0);
    let state = front.service.credential("platform").await;
    let error = state["last_error"].as_str().unwrap();
    assert!(error.contains("compared exactly"), "{error}");
    let metrics = front.service.metrics().await;
    let line = r#"manifold_token_fetches_total{credential="platform",outcome="undiscovered"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}
