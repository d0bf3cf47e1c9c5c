//! Declared servers: what they answer, and how a wrong declaration is refused.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::error::Error as _;

use super::StubSet;
use crate::test_client::{get, send};

const DECLARATION: &str = r#"{
  "labs": { "routes": [
    { "method": "GET", "path": "/x/1", "query": { "a": "b" }, "body": {"value": 1.00} },
    { "method": "GET", "path": "/once", "status": 503, "times": 1 },
    { "method": "GET", "path": "/once", "body_text": "again" },
    { "method": "POST", "path": "/x", "status": 201, "headers": { "Location": "/x/2" } },
    { "method": "GET", "path": "/raw", "body_base64": "/wA=", "delay_ms": 1,
      "headers": { "content-type": "image/x" } },
    { "method": "GET", "path": "/broken", "body": {}, "fault": "html" },
    { "method": "GET", "path": "/mine", "bearer": true, "body": [] }
  ] },
  "_authorization_server": { "clients": { "app": { "secret": "s" } } }
}"#;

#[tokio::test]
async fn routes_answer_as_declared_and_everything_else_is_404_and_recorded() {
    let set = StubSet::start(DECLARATION).unwrap();
    assert_eq!(set.names().collect::<Vec<_>>(), ["labs"]);
    let labs = set.server("labs").unwrap();
    assert_eq!(set.url("labs"), Some(labs.url()));
    let found = get(labs, "/x/1?z=1&a=b", "").await;
    assert_eq!(
        (found.status(), found.text().as_str()),
        (200, r#"{"value": 1.00}"#)
    );
    assert_eq!(get(labs, "/x/1?a=c", "").await.status(), 404);
    assert_eq!(get(labs, "/once", "").await.status(), 503);
    assert_eq!(get(labs, "/once", "").await.text(), "again");
    let created = send(labs, "POST /x", &[], "{}").await;
    assert_eq!(
        (created.status(), created.header("location").as_deref()),
        (201, Some("/x/2"))
    );
    let raw = get(labs, "/raw", "").await;
    assert_eq!(
        (raw.body(), raw.header("content-type").as_deref()),
        (&[0xff, 0][..], Some("image/x"))
    );
    assert!(
        get(labs, "/broken", "")
            .await
            .text()
            .starts_with("<!DOCTYPE html>")
    );
    assert_eq!((labs.count("/x/1"), labs.requests().len()), (2, 7));
}

#[tokio::test]
async fn a_route_with_bearer_wants_a_token_of_the_declared_server() {
    let set = StubSet::start(DECLARATION).unwrap();
    let labs = set.server("labs").unwrap();
    let refused = get(labs, "/mine", "unknown").await;
    let challenge = refused.header("www-authenticate");
    assert_eq!(challenge.as_deref(), Some("Bearer error=\"invalid_token\""));
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let grant = "grant_type=client_credentials&client_id=app&client_secret=s";
    let authorization_server = set.authorization_server().unwrap().server();
    let token = send(authorization_server, "POST /token", &form, grant)
        .await
        .json();
    assert_eq!(token["expires_in"].as_u64(), Some(300));
    assert_eq!(
        get(labs, "/mine", token["access_token"].as_str().unwrap())
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_wrong_declaration_says_where_and_what() {
    for (declaration, message) in [
        ("[]", "backends: invalid type: sequence"),
        (
            r#"{"ehr":{"rutes":[]}}"#,
            "ehr: unknown field `rutes`, expected `routes`",
        ),
        (
            r#"{"ehr":{"routes":[{"method":"GET","path":"/","fault":"slwo"}]}}"#,
            "ehr: no fault is called `slwo`",
        ),
        (
            r#"{"ehr":{"routes":[{"method":"GET","path":"/","bearer":true}]}}"#,
            "ehr: GET /: `bearer` needs an `_authorization_server`",
        ),
        (
            r#"{"ehr":{"routes":[{"method":"GET","path":"/a?b=c"}]}}"#,
            "ehr: GET /a?b=c: `path` begins with a slash and holds no query",
        ),
        (
            r#"{"ehr":{"routes":[{"method":"GET","path":"/","body":1,"body_text":"1"}]}}"#,
            "ehr: GET /: `body`, `body_text` and `body_base64` exclude each other",
        ),
        (
            r#"{"_authorization_server":{"clients":{"a":{}}}}"#,
            "_authorization_server: missing field `secret`",
        ),
    ] {
        let error = StubSet::start(declaration).unwrap_err();
        assert!(
            error.to_string().starts_with(message),
            "{error} / {:?}",
            error.source()
        );
    }
}
