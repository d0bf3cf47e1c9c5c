//! What `Debug` shows of what holds secrets: enough to tell one from another.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use token_provider::{
    Assertion, EncryptionKey, Entry, Exchange, Grant, KeyFile, MetadataRequest, ReqwestTransport,
    SigningAlgorithm, SigningKey, StoreKey, Subject, TokenRequest, TokenResponse,
};

use crate::support::{definition, house, token};

fn key() -> Arc<SigningKey> {
    let jwk = include_str!("../keys/ec256.jwk.json").into();
    let key = SigningKey::from_jwk(&jwk, Some(SigningAlgorithm::Es256)).unwrap();
    Arc::new(key.with_key_id("k-1"))
}

#[test]
fn a_definition_shows_what_it_is_for_and_how_the_client_shows_itself() {
    let mut definition = definition("ehr");
    definition.scopes = vec!["a".into()];
    definition.extra = vec![("pin".into(), "1234".into())];
    let shown = format!("{definition:?}");
    for part in [
        r#"Definition { name: "ehr", host: "#,
        "sso.example",
        "grant: client_credentials",
        r#"client: ClientAuthentication { method: "client_secret_post", client_id: "id", .. }"#,
        r#"scopes: ["a"]"#,
        r#"extra: ["pin"]"#,
    ] {
        assert!(shown.contains(part), "{part} not in {shown}");
    }
}

#[test]
fn a_grant_shows_its_name_and_the_names_of_its_claims() {
    let mut assertion = Assertion::new(Arc::new(key()), "issuer");
    assertion.claims.insert("x".into(), "y".into());
    let shown = format!("{assertion:?}");
    assert!(shown.starts_with("Assertion { audience: "), "{shown}");
    assert!(shown.ends_with(r#"claims: ["x"], .. }"#), "{shown}");
    let grant = Grant::JwtBearer(Box::new(assertion));
    assert_eq!(format!("{grant:?}"), grant.as_str());
    let shown = format!("{:?}", Exchange::default());
    assert!(shown.starts_with("Exchange { "), "{shown}");
    let subject = Subject::new("theirs".into(), None);
    assert!(format!("{subject:?}").starts_with("Subject { token_type: "));
}

#[test]
fn a_key_shows_its_algorithm_and_its_id() {
    let expected = r#"SigningKey { algorithm: Es256, key_id: Some("k-1"), .. }"#;
    assert_eq!(format!("{:?}", key()), expected);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/ec256.pkcs8.pem");
    let shown = format!(
        "{:?}",
        KeyFile::open(path, Some(SigningAlgorithm::Es256)).unwrap()
    );
    assert!(shown.starts_with("KeyFile { path: "), "{shown}");
    assert!(shown.contains("ec256.pkcs8.pem"), "{shown}");
    let secret = EncryptionKey::parse(&"0a1b".repeat(16).into()).unwrap();
    assert_eq!(format!("{secret:?}"), "EncryptionKey(..)");
}

#[test]
fn what_goes_to_a_store_shows_its_name_and_its_life() {
    let entry = Entry {
        sealed: Bytes::from_static(b"sealed"),
        life: Duration::from_secs(7),
    };
    assert_eq!(format!("{entry:?}"), "Entry { life: 7s, .. }");
    let name = StoreKey::new([7; 32]);
    assert_eq!(format!("{name:?}"), name.to_string());
    assert_eq!(name.to_string(), "07".repeat(32));
}

#[test]
fn a_request_shows_its_host_and_an_answer_its_status() {
    let mut headers = HeaderMap::new();
    headers.insert("accept", "x".parse().unwrap());
    let url: url::Url = "https://sso.example/token".parse().unwrap();
    let timeout = Duration::from_secs(5);
    let request = TokenRequest {
        url: url.clone(),
        headers: headers.clone(),
        body: "body".into(),
        timeout,
    };
    let metadata = MetadataRequest {
        url,
        headers: HeaderMap::new(),
        timeout,
    };
    let response = TokenResponse {
        status: http::StatusCode::OK,
        headers,
        body: "body".into(),
    };
    assert_eq!(
        [
            format!("{request:?}"),
            format!("{metadata:?}"),
            format!("{response:?}"),
            format!("{:?}", ReqwestTransport::new().unwrap()),
        ],
        [
            r#"TokenRequest { host: Some("sso.example"), headers: ["accept"], timeout: 5s, .. }"#,
            r#"MetadataRequest { host: Some("sso.example"), timeout: 5s, .. }"#,
            "TokenResponse { status: 200, body_length: 4, .. }",
            "ReqwestTransport",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_source_shows_its_name_and_a_provider_how_many_it_has() {
    let house = house(|n| token(n, 60));
    let shown = format!("{:?} {:?}", house.source, house.provider);
    let expected = r#"TokenSource { name: "ehr", .. } TokenProvider { credentials: 1, .. }"#;
    assert_eq!(shown, expected);
    assert_eq!(format!("{:?}", definition("ehr").key()), "Key(..)");
    let token = house.token().await.unwrap();
    assert!(format!("{token:?}").starts_with("Token { generation: "));
}
