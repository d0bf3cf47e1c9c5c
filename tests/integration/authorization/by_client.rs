//! Credentials that depend on who asks.

use serde_json::json;
use testkit::{Request, Response};

use super::{Front, granted, ok, server, value};
use crate::support::{KEY, LIMITED_KEY, PASSWORD};

const EACH: &str = r#"
credentials:
  of-portal: { oauth2: { token_url: "${env:SSO}/token", client_id: web, authentication: none, grant: password, username: portal-user, password: "${env:PASSWORD}" } }
  of-robot: { oauth2: { token_url: "${env:SSO}/token", client_id: web, authentication: none, grant: password, username: robot-user, password: "${env:PASSWORD}" } }
  platform: { by_client: { portal: of-portal, robot: of-robot } }
"#;

/// A token that says for whom it is.
fn sso(request: &Request, _: usize) -> Response {
    let form = request.form();
    let token = format!("token-of-{}", value(&form, "username").unwrap());
    granted(0, &json!({ "access_token": token }))
}

#[tokio::test(flavor = "multi_thread")]
async fn b19_each_client_has_its_own_credential_and_no_two_share_a_token() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let front = Front::with(EACH, server(sso), server(|_, _| ok()));
    let login = format!("Basic {}", STANDARD.encode(format!("portál:{PASSWORD}")));
    for _ in 0..2 {
        front.service.get("/").await.expect(200);
        let headers = [("Authorization", login.as_str())];
        let answer = front.service.send("GET", "/", &headers, "").await;
        answer.expect(200);
    }
    let robot = "token-of-robot-user";
    let portal = "token-of-portal-user";
    assert_eq!(front.bearers(), [robot, portal, robot, portal]);
    assert_eq!(front.sso.requests().len(), 2, "one login for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn b19_for_a_client_without_a_credential_nothing_is_sent() {
    let front = Front::with(EACH, server(sso), server(|_, _| ok()));
    let answer = front.service.send("GET", "/", &[LIMITED_KEY], "").await;
    assert_eq!(answer.expect(502).code(), "upstream_auth_config");
    assert_eq!(front.app.requests().len() + front.sso.requests().len(), 0);
    front.service.send("GET", "/", &[KEY], "").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn b19_basic_and_keys_can_depend_on_the_client_too() {
    let credentials = r#"
credentials:
  key: { api_key: { header: X-Key, value: "${env:SECRET}" } }
  user: { basic: { token: YWJj } }
  platform: { by_client: { robot: key, limited: user } }
"#;
    let front = Front::with(credentials, server(sso), server(|_, _| ok()));
    front.service.send("GET", "/", &[KEY], "").await.expect(200);
    front
        .service
        .send("GET", "/", &[LIMITED_KEY], "")
        .await
        .expect(200);
    let [robot, limited] = &front.app.requests()[..] else {
        unreachable!()
    };
    assert!(robot.headers.contains_key("x-key") && robot.header("authorization").is_none());
    assert_eq!(limited.header("authorization"), Some("Basic YWJj"));
    assert!(!limited.headers.contains_key("x-key"));
}
