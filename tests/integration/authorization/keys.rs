//! Assertions signed with a key of ours, and the public half that servers verify them with.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::{Request, Response};

use super::{Front, granted, ok, server, value};
use crate::support::{KEY, eventually};

/// Keys of nobody, which other tests use too.
const KEYS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/token-provider/tests/keys"
);

/// A token that has expired before it is cached, so that each request signs another assertion.
fn sso(_: &Request, number: usize) -> Response {
    granted(number, &json!({ "expires_in": 0 }))
}

fn front(access: &str, oauth2: &str) -> Front {
    let credentials = format!(
        "{access}credentials: {{ platform: {{ oauth2: {{ token_url: \"${{env:SSO}}/token\", client_id: m, {oauth2} }} }} }}\n"
    );
    Front::with(&credentials, server(sso), server(|_, _| ok()))
}

/// Header and claims of the assertion in the latest token request.
fn assertion(front: &Front, parameter: &str) -> (Value, Value) {
    let form = front.forms().pop().unwrap();
    let parts: Vec<_> = value(&form, parameter)
        .unwrap()
        .split('.')
        .take(2)
        .map(|part| {
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
            serde_json::from_slice::<Value>(&bytes).unwrap()
        })
        .collect();
    (parts[0].clone(), parts[1].clone())
}

/// The ids of the published keys.
async fn published(front: &Front) -> Vec<String> {
    let answer = front
        .service
        .send("GET", "/.well-known/jwks.json", &[], "")
        .await
        .expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(
        answer.header("content-type"),
        Some("application/jwk-set+json")
    );
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    for key in &keys {
        assert_eq!(key["use"], "sig");
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    let ids = keys.iter().map(|key| key["kid"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

fn copy(from: &str, to: &Path) {
    std::fs::copy(format!("{KEYS}/{from}"), to).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn f49_a_client_proves_itself_with_an_assertion_that_the_published_key_verifies() {
    let oauth2 = format!(
        "authentication: private_key_jwt, private_key_file: {KEYS}/ec384.pkcs8.pem, algorithm: ES384, scopes: [system/*.rs]"
    );
    let front = front("jwks: { access: public }\n", &oauth2);
    front.service.get("/").await.expect(200);
    let (header, claims) = assertion(&front, "client_assertion");
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("ES384"), &json!("JWT"))
    );
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("m"), &json!("m")));
    assert_eq!(claims["aud"], format!("{}/token", front.sso.url()));
    assert_eq!(published(&front).await, [header["kid"].as_str().unwrap()]);
    front.service.get("/").await.expect(200);
    let (_, second) = assertion(&front, "client_assertion");
    assert_ne!(claims["jti"], second["jti"]);
    let form = front.forms().pop().unwrap();
    assert_eq!(value(&form, "client_secret"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn f49_a_key_is_exchanged_by_its_file_and_both_are_published_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    copy("ec384.pkcs8.pem", &file);
    let oauth2 = format!(
        "authentication: private_key_jwt, private_key_file: {}, algorithm: ES384",
        file.display()
    );
    let front = front("jwks: { access: public }\n", &oauth2);
    front.service.get("/").await.expect(200);
    let first = published(&front).await;
    // Another key would do as well; under an id of its own this one is another.
    let jwk = std::fs::read_to_string(format!("{KEYS}/ec384.jwk.json")).unwrap();
    let mut jwk: Value = serde_json::from_str(&jwk).unwrap();
    jwk["kid"] = "next".into();
    std::fs::write(&file, jwk.to_string()).unwrap();
    let second = eventually("the next key", async || {
        let ids = published(&front).await;
        (ids.len() == 2).then_some(ids)
    })
    .await;
    assert_eq!(second, ["next".to_owned(), first[0].clone()]);
    front.service.get("/").await.expect(200);
    assert_eq!(assertion(&front, "client_assertion").0["kid"], "next");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_served_only_where_the_configuration_says_so_and_to_whom_it_says() {
    let oauth2 = format!(
        "authentication: private_key_jwt, private_key_file: {KEYS}/ec384.pkcs8.pem, algorithm: ES384"
    );
    let path = "/.well-known/jwks.json";
    let silent = front("", &oauth2);
    let answer = silent.service.send("GET", path, &[], "").await.expect(404);
    assert_eq!(answer.code(), "no_such_endpoint");
    let scoped = front("jwks: { access: { scopes: [read] } }\n", &oauth2);
    scoped.service.send("GET", path, &[], "").await.expect(401);
    scoped
        .service
        .send("GET", path, &[KEY], "")
        .await
        .expect(200);
    scoped
        .service
        .send("POST", path, &[KEY], "")
        .await
        .expect(405);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_can_be_the_grant_itself() {
    let oauth2 = format!(
        "authentication: none, grant: jwt_bearer, private_key_file: {KEYS}/ec384.pkcs8.pem, algorithm: ES384, assertion: {{ subject: ward-7, audience: \"urn:sso\", claims: {{ scope: read }} }}"
    );
    let front = front("", &oauth2);
    front.service.get("/").await.expect(200);
    let form = front.forms().remove(0);
    assert_eq!(
        value(&form, "grant_type"),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer")
    );
    let (_, claims) = assertion(&front, "assertion");
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!("m"), &json!("ward-7"))
    );
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!("urn:sso"), &json!("read"))
    );
}
