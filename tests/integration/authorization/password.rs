//! A user of a public client, as Keycloak has them, and the refresh tokens that stand in.

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use testkit::{Request, Response};

use super::{Front, granted, refused, value};
use crate::support::eventually;

const USER: &str = r#"token_url: "${env:SSO}/realms/my.realm-2.0/protocol/openid-connect/token", client_id: platform-web, authentication: none, grant: password, username: "анна +&=%", password: "${env:PASSWORD}""#;

/// So short that a test sees the end of it.
const SHORT: u32 = 2;

/// The tokens of a session: the first by password, each with a refresh token and a short life.
fn session(number: usize) -> Response {
    let refresh = format!("r{number}");
    granted(
        number,
        &json!({ "expires_in": SHORT, "refresh_token": refresh, "refresh_expires_in": 1800 }),
    )
}

fn grants(front: &Front) -> Vec<String> {
    let forms = front.forms();
    let grant = |form: &Vec<(String, String)>| {
        let refresh = value(form, "refresh_token").unwrap_or_default();
        format!("{} {refresh}", value(form, "grant_type").unwrap())
    };
    forms.iter().map(grant).collect()
}

/// Asks until the token endpoint has been asked this often.
async fn until_asked(front: &Front, times: usize) {
    eventually("token requests", async || {
        front.service.get("/").await.expect(200);
        (front.sso.requests().len() >= times).then_some(())
    })
    .await;
}

/// Waits for the token to die unused.
async fn until_expired(front: &Front) {
    eventually("the end of the token", async || {
        let state = front.service.credential("platform").await;
        (state["token"] == "expired").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b01_b02_b03_user_and_password_go_to_the_realm_as_they_are_and_no_secret_does() {
    let front = Front::start(USER, |_, number| granted(number, &json!({})));
    front.service.get("/").await.expect(200);
    let request: Request = front.sso.requests().remove(0);
    assert_eq!(
        request.path,
        "/realms/my.realm-2.0/protocol/openid-connect/token"
    );
    assert!(request.header("authorization").is_none());
    let expected = [
        ("grant_type", "password"),
        ("username", "анна +&=%"),
        ("password", "pä ss+&=%слово"),
        ("client_id", "platform-web"),
    ];
    let mut form = request.form();
    form.sort();
    let mut expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    expected.sort();
    assert_eq!(form, expected);
    let state = front.service.credential("platform").await;
    assert_eq!(state["grant"], "password");
}

#[tokio::test(flavor = "multi_thread")]
async fn b02_a_secret_of_any_characters_arrives_in_the_header_and_in_the_form() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let client =
        r#"token_url: "${env:SSO}/token", client_id: "a b", client_secret: "${env:SECRET}""#;
    let basic = Front::start(client, |_, number| granted(number, &json!({})));
    basic.service.get("/").await.expect(200);
    let request = basic.sso.requests().remove(0);
    let pair = "a+b:s3cret+%2B%26%3D%25%D0%BA%D0%BB%D1%8E%D1%87";
    let expected = format!("Basic {}", STANDARD.encode(pair));
    assert_eq!(request.header("authorization"), Some(expected.as_str()));

    let client = format!("{client}, authentication: client_secret_post");
    let post = Front::start(&client, |_, number| granted(number, &json!({})));
    post.service.get("/").await.expect(200);
    let form = post.forms().remove(0);
    assert_eq!(value(&form, "client_secret"), Some("s3cret +&=%ключ"));
    assert_eq!(value(&form, "client_id"), Some("a b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn b04_b05_b06_a_live_refresh_token_renews_and_its_successor_takes_its_place() {
    let front = Front::start(USER, |_, number| session(number));
    until_asked(&front, 3).await;
    assert_eq!(
        grants(&front)[..3],
        ["password ", "refresh_token r1", "refresh_token r2"]
    );
    assert_eq!(front.bearers()[0], "t1");
    for form in &front.forms()[1..3] {
        assert_eq!(value(form, "client_id"), Some("platform-web"));
        assert_eq!(value(form, "password"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b07_a_refresh_token_without_a_successor_is_used_on() {
    let front = Front::start(USER, |_, number| match number {
        1 => session(1),
        _ => granted(number, &json!({ "expires_in": SHORT })),
    });
    until_asked(&front, 3).await;
    assert_eq!(
        grants(&front)[..3],
        ["password ", "refresh_token r1", "refresh_token r1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b08_a_refused_refresh_token_costs_one_login() {
    let front = Front::start(USER, |_, number| match number {
        1 => session(1),
        2 => refused(StatusCode::BAD_REQUEST, "invalid_grant"),
        _ => granted(number, &json!({})),
    });
    until_asked(&front, 3).await;
    assert_eq!(
        grants(&front),
        ["password ", "refresh_token r1", "password "]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b08_b10_a_password_that_is_refused_too_is_not_tried_again() {
    let front = Front::start(USER, |_, number| match number {
        1 => session(1),
        _ => refused(StatusCode::BAD_REQUEST, "invalid_grant"),
    });
    front.service.get("/").await.expect(200);
    until_expired(&front).await;
    for _ in 0..5 {
        let answer = front.service.get("/").await.expect(502);
        assert_eq!(answer.code(), "upstream_auth_config");
    }
    assert_eq!(
        grants(&front),
        ["password ", "refresh_token r1", "password "]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn b09_requests_at_expiry_make_one_refresh() {
    let front = Front::start(USER, |_, number| match number {
        1 => session(1),
        _ => granted(number, &json!({ "refresh_token": "next" })),
    });
    front.service.get("/").await.expect(200);
    until_expired(&front).await;
    let asked = (0..40).map(|_| front.service.get("/"));
    for answer in join_all(asked).await {
        answer.expect(200);
    }
    assert_eq!(grants(&front), ["password ", "refresh_token r1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn b10_a_wrong_password_is_sent_once_and_left_alone_for_its_accounts_sake() {
    let front = Front::start(USER, |_, _| {
        refused(StatusCode::UNAUTHORIZED, "invalid_grant")
    });
    for _ in 0..10 {
        let answer = front.service.get("/").await.expect(502);
        assert_eq!(answer.code(), "upstream_auth_config");
    }
    assert_eq!(front.sso.requests().len(), 1);
    let state = front.service.credential("platform").await;
    assert_eq!(state["last_error_code"], "invalid_grant");
    assert!(state["retry_in_seconds"].as_u64().unwrap() > 500, "{state}");
    assert!(state["backing_off_until"].as_str().unwrap().ends_with('Z'));
}
