//! What goes to the backend: bearer tokens with bodies, Basic in both forms, and what a backend says
//! that wants something else.

use http::StatusCode;
use serde_json::json;
use testkit::{Request, Response};

use super::{Front, granted, ok, server};
use crate::support::KEY;

const BASIC: &str =
    "credentials: { platform: { basic: { username: анна, password: \"${env:PASSWORD}\" } } }\n";

fn front(
    credentials: &str,
    app: impl Fn(&Request, usize) -> Response + Send + Sync + 'static,
) -> Front {
    Front::with(credentials, server(|_, _| ok()), server(app))
}

#[tokio::test(flavor = "multi_thread")]
async fn b13_a_bearer_token_goes_with_a_json_body() {
    let oauth2 = r#"token_url: "${env:SSO}/token", client_id: m, client_secret: "${env:SECRET}""#;
    let front = Front::start(oauth2, |_, number| granted(number, &json!({})));
    let body = r#"{"trial":7,"dose":1.50}"#;
    front.service.post("/trials", body).await.expect(200);
    let request = front.app.requests().remove(0);
    assert_eq!(request.bearer(), Some("t1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body, body.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn b14_basic_is_made_of_user_and_password() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let front = front(BASIC, |_, _| ok());
    front.service.get("/").await.expect(200);
    let expected = format!("Basic {}", STANDARD.encode("анна:pä ss+&=%слово"));
    let request = front.app.requests().remove(0);
    assert_eq!(request.header("authorization"), Some(expected.as_str()));
    assert_eq!(front.sso.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn b15_a_ready_made_token_is_sent_as_it_is() {
    let credentials = "credentials: { platform: { basic: { token: \"bm90IDogYSBwYWly==!\" } } }\n";
    let front = front(credentials, |_, _| ok());
    front.service.get("/").await.expect(200);
    let request = front.app.requests().remove(0);
    assert_eq!(
        request.header("authorization"),
        Some("Basic bm90IDogYSBwYWly==!")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b16_a_backend_that_takes_no_basic_is_told_of_as_such() {
    let challenging = |_: &Request, _| {
        Response::empty(StatusCode::UNAUTHORIZED)
            .with_header("WWW-Authenticate", "Bearer realm=\"platform\"")
    };
    let refusing = front(BASIC, challenging);
    let answer = refusing.service.get("/").await.expect(502);
    assert_eq!(answer.code(), "upstream_refused");
    assert_eq!(answer.call("a")["status"], 401);
    assert!(answer.text().contains("OAuth 2.0"), "{}", answer.text());

    let redirecting = |_: &Request, _| {
        Response::empty(StatusCode::FOUND).with_header("Location", "https://sso.example/login")
    };
    let gated = front(BASIC, redirecting);
    let answer = gated.service.get("/").await.expect(502);
    assert_eq!(answer.code(), "upstream_login_page");
    assert_eq!(answer.call("a")["status"], 302);
    assert!(!answer.text().contains("sso.example"));
    assert_eq!(
        gated.app.requests().len(),
        1,
        "the same password again would lock it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b18_a_post_without_a_body_says_that_it_has_none() {
    let front = front(BASIC, |_, _| ok());
    front
        .service
        .send("POST", "/empty", &[KEY], "")
        .await
        .expect(200);
    let request = front.app.requests().remove(0);
    assert_eq!(request.header("content-length"), Some("0"));
    assert!(request.body.is_empty());
}
