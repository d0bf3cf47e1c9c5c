//! Who we are at the token endpoint, and for which audience we ask.

use serde_json::{Value, json};

use super::{Front, granted, value};

const CLIENT: &str = r#"token_url: "${env:SSO}/oauth/token", client_id: m, client_secret: "${env:SECRET}", audience: "https://api.example/ ö", "#;

#[tokio::test(flavor = "multi_thread")]
async fn c25_c27_client_credentials_ask_for_an_audience_verbatim_in_a_form() {
    let front = Front::start(CLIENT, |_, number| granted(number, &json!({})));
    front.service.get("/").await.expect(200);
    let form = front.forms().remove(0);
    assert_eq!(value(&form, "audience"), Some("https://api.example/ ö"));
    assert_eq!(value(&form, "grant_type"), Some("client_credentials"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c26_the_same_goes_out_as_json_with_members_of_any_name() {
    let oauth2 = format!(
        "{CLIENT} authentication: client_secret_json, fields: {{ client_secret: clientSecret }}"
    );
    let front = Front::start(&oauth2, |_, number| granted(number, &json!({})));
    front.service.get("/").await.expect(200);
    let request = front.sso.requests().remove(0);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("authorization").is_none());
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        body,
        json!({
            "grant_type": "client_credentials", "client_id": "m",
            "clientSecret": "s3cret +&=%ключ", "audience": "https://api.example/ ö",
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn c27_another_audience_is_another_token() {
    let front = Front::start(CLIENT, |_, number| granted(number, &json!({})));
    let change = |audience: &str| {
        let oauth2 = CLIENT.replace("https://api.example/ ö", audience);
        let credentials = format!("credentials: {{ platform: {{ oauth2: {{ {oauth2} }} }} }}\n");
        let yaml = format!("{credentials}{}", super::ENDPOINTS);
        front.service.install(&yaml, &front.variables);
    };
    front.service.get("/").await.expect(200);
    change("https://api.example/ ö");
    front.service.get("/").await.expect(200);
    change("https://api.example/");
    front.service.get("/").await.expect(200);
    assert_eq!(front.bearers(), ["t1", "t1", "t2"]);
}
