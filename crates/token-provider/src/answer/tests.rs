//! Every oddity of an answer but its times, as a table of what came and what it means.
#![expect(clippy::unwrap_used, reason = "tests")]

mod further;

use bytes::Bytes;
use network::ConnectionFault;

use super::*;
use crate::transport::TransportError;

/// 2027-01-15T08:00:00Z.
fn sent() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
}

fn answer(
    status: u16,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Granted, Failure> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(
            http::HeaderName::try_from(*name).unwrap(),
            value.parse().unwrap(),
        );
    }
    let response = TokenResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers: map,
        body: body.into(),
    };
    let endpoint = "https://sso.example/token".parse().unwrap();
    let expected = Expected {
        endpoint: &endpoint,
        default_lifetime: Duration::from_mins(5),
        bound: false,
        secrets: &["S3CRET"],
    };
    interpret(&expected, &response, sent())
}

fn json(status: u16, body: &str) -> Result<Granted, Failure> {
    answer(
        status,
        &[("content-type", "application/json")],
        body.to_owned(),
    )
}

fn error(result: Result<Granted, Failure>) -> TokenError {
    result.map(|_| ()).unwrap_err().error
}

fn rejected(status: u16, code: Option<&str>) -> TokenError {
    let status = StatusCode::from_u16(status).unwrap();
    TokenError::Rejected {
        status,
        server_code: code.and_then(ErrorCode::new),
    }
}

#[test]
fn the_token_type_is_bearer_by_any_name_or_a_named_error() {
    let of = |token_type: &str| {
        json(
            200,
            &format!(r#"{{"access_token":"t","token_type":{token_type}}}"#),
        )
        .err()
        .map(|failure| failure.error)
    };
    for bearer in [
        r#""Bearer""#,
        r#""bearer""#,
        r#""BEARER""#,
        r#""BearerToken""#,
        "null",
    ] {
        assert_eq!(of(bearer), None, "{bearer}");
    }
    for other in [r#""mac""#, r#""N_A""#, r#""""#, "1"] {
        assert_eq!(
            of(other),
            Some(TokenError::Malformed {
                what: Malformation::TokenType
            }),
            "{other}"
        );
    }
    let dpop = of(r#""DPoP""#).unwrap();
    assert_eq!(
        dpop,
        TokenError::Malformed {
            what: Malformation::DpopToken
        }
    );
    assert!(dpop.to_string().contains("dpop: true"));
}

#[test]
fn a_success_without_a_usable_token_is_named_for_what_it_is() {
    use Malformation::{Empty, Html, NoToken, NotAnObject, TokenCharacters, TokenNotText};
    for (body, what) in [
        ("", Empty),
        (" \n", Empty),
        ("<!doctype html><title>Login</title>", Html),
        ("OK", NotAnObject),
        (r#"["t"]"#, NotAnObject),
        (r#"{"access_token":"t""#, NotAnObject),
        ("{}", NoToken),
        (r#"{"access_token":null}"#, NoToken),
        (r#"{"access_token":""}"#, NoToken),
        (r#"{"access_token":1}"#, TokenNotText),
        (r#"{"access_token":{"t":1}}"#, TokenNotText),
        (r#"{"access_token":"a\r\nX: y"}"#, TokenCharacters),
        (r#"{"access_token":"a\nb"}"#, TokenCharacters),
        (r#"{"access_token":"a b"}"#, TokenCharacters),
        (r#"{"access_token":" a"}"#, TokenCharacters),
        (r#"{"access_token":"a\u0000"}"#, TokenCharacters),
        (r#"{"access_token":"a\u007f"}"#, TokenCharacters),
        (r#"{"access_token":"ж"}"#, TokenCharacters),
    ] {
        let failure = json(200, body).map(|_| ()).unwrap_err();
        assert_eq!(failure.error, TokenError::Malformed { what }, "{body}");
        assert!(!failure.repeatable);
    }
    let page = answer(
        200,
        &[("content-type", "text/html; charset=utf-8")],
        "Please log in",
    );
    assert_eq!(error(page), TokenError::Malformed { what: Html });
}

#[test]
fn a_200_that_holds_an_error_is_that_error() {
    assert_eq!(
        error(json(200, r#"{"error":"invalid_scope"}"#)),
        rejected(200, Some("invalid_scope"))
    );
    let both = r#"{"error":"invalid_client","access_token":"t"}"#;
    assert_eq!(
        error(json(200, both)),
        rejected(200, Some("invalid_client"))
    );
    assert_eq!(
        error(json(200, r#"{"error":{"code":1}}"#)),
        rejected(200, None)
    );
    assert!(json(200, r#"{"error":null,"access_token":"t"}"#).is_ok());
}

#[test]
fn a_form_encoded_body_is_read_for_that_media_type_only() {
    let form = [(
        "content-type",
        "Application/X-WWW-Form-UrlEncoded; charset=utf-8",
    )];
    let granted = answer(
        200,
        &form,
        "access_token=a%2Bb&expires_in=60&token_type=bearer&scope=x+y",
    )
    .ok()
    .unwrap();
    assert_eq!(granted.authorization, "Bearer a+b");
    assert_eq!(
        (granted.life, granted.scope.as_deref()),
        (Duration::from_mins(1), Some("x y"))
    );
    assert_eq!(
        error(answer(200, &form, "error=invalid_client")),
        rejected(200, Some("invalid_client"))
    );
    let plain = answer(200, &[("content-type", "text/plain")], "access_token=t");
    assert_eq!(
        error(plain),
        TokenError::Malformed {
            what: Malformation::NotAnObject
        }
    );
    assert!(
        answer(
            200,
            &[("content-type", "text/plain")],
            r#"{"access_token":"t"}"#
        )
        .is_ok()
    );
    assert!(answer(200, &[], r#"{"access_token":"t"}"#).is_ok());
}

#[test]
fn any_2xx_is_success() {
    for status in [200, 201, 203] {
        assert!(json(status, r#"{"access_token":"t"}"#).is_ok());
    }
}

#[test]
fn b20_a_redirect_is_told_apart_from_a_json_401_and_names_the_host_only() {
    for (location, host) in [
        (
            "https://user:password@login.example/a?state=1",
            Some("login.example"),
        ),
        ("/login", Some("sso.example")),
        ("https://", None),
    ] {
        let redirect = error(answer(302, &[("location", location)], ""));
        let expected = TokenError::Redirected {
            status: StatusCode::FOUND,
            host: host.map(Arc::from),
        };
        assert_eq!(redirect, expected);
    }
    for status in [301, 303, 307, 308] {
        assert!(matches!(
            error(answer(status, &[], "")),
            TokenError::Redirected { host: None, .. }
        ));
    }
    assert_eq!(
        error(json(401, r#"{"error":"invalid_client"}"#)),
        rejected(401, Some("invalid_client"))
    );
}

#[test]
fn an_error_is_classified_by_its_status_whatever_its_body() {
    for body in [
        "",
        "<html>Forbidden</html>",
        "nonsense",
        "[]",
        r#"{"message":"no"}"#,
        r#"{"error":7}"#,
    ] {
        for status in [400, 401, 403, 404, 405, 422] {
            assert_eq!(
                error(json(status, body)),
                rejected(status, None),
                "{status} {body}"
            );
        }
        for status in [408, 429, 500, 502, 503, 504] {
            let cause = Unavailability::Status {
                status: StatusCode::from_u16(status).unwrap(),
                server_code: None,
            };
            let expected = TokenError::Unavailable {
                cause,
                retry_after: None,
            };
            assert_eq!(error(json(status, body)), expected, "{status} {body}");
        }
    }
}

#[test]
fn a_server_that_says_it_is_busy_in_a_code_is_unavailable() {
    for code in ["temporarily_unavailable", "server_error", "slow_down"] {
        for status in [200, 400] {
            let found = error(json(status, &format!(r#"{{"error":"{code}"}}"#)));
            assert!(
                matches!(found, TokenError::Unavailable { .. }),
                "{status} {code}"
            );
            assert_eq!(found.server_code().map(ErrorCode::as_str), Some(code));
        }
    }
}

#[test]
fn a_code_that_echoes_the_secret_is_dropped() {
    assert_eq!(
        error(json(401, r#"{"error":"bad:S3CRET"}"#)),
        rejected(401, None)
    );
    assert_eq!(
        error(json(401, r#"{"error":"two words"}"#)),
        rejected(401, None)
    );
}

#[test]
fn retry_after_is_read_as_seconds_or_as_a_date() {
    for (value, seconds) in [
        ("7", Some(7)),
        (" 7 ", Some(7)),
        ("Fri, 15 Jan 2027 08:02:00 GMT", Some(120)),
        ("Fri, 15 Jan 2027 07:00:00 GMT", Some(0)),
        ("soon", None),
        ("-1", None),
    ] {
        let failure = answer(503, &[("retry-after", value)], "")
            .map(|_| ())
            .unwrap_err();
        assert_eq!(
            failure.retry_after,
            seconds.map(Duration::from_secs),
            "{value}"
        );
        assert_eq!(failure.repeatable, seconds.is_none(), "{value}");
    }
}

#[test]
fn a_flight_repeats_only_what_a_second_attempt_may_mend() {
    for (status, repeatable) in [
        (500, true),
        (503, true),
        (429, false),
        (401, false),
        (302, false),
    ] {
        assert_eq!(
            json(status, "").map(|_| ()).unwrap_err().repeatable,
            repeatable,
            "{status}"
        );
    }
    for (error, repeatable) in [
        (TransportError::Connection(ConnectionFault::Other), true),
        (TransportError::Interrupted, true),
        (TransportError::Timeout, false),
        (TransportError::Connection(ConnectionFault::Tls), false),
        (TransportError::TooLarge, false),
    ] {
        assert_eq!(Failure::from(error).repeatable, repeatable, "{error}");
    }
    let too_large = TokenError::Malformed {
        what: Malformation::TooLarge,
    };
    assert_eq!(Failure::from(TransportError::TooLarge).error, too_large);
}

#[test]
fn a_body_over_1_mib_is_refused_whatever_the_transport_let_through() {
    let body = |length: usize| {
        let head = r#"{"access_token":"t","padding":""#;
        format!("{head}{}\"}}", "x".repeat(length - head.len() - 2))
    };
    assert!(json(200, &body(BODY_LIMIT)).is_ok());
    assert_eq!(
        error(json(200, &body(BODY_LIMIT + 1))),
        TokenError::Malformed {
            what: Malformation::TooLarge
        }
    );
}

#[test]
fn a06_a_token_is_sent_exactly_as_it_came_and_marked_sensitive() {
    let token = "eyJ.a+b/c==~_-\"'<>";
    let granted = json(
        200,
        &serde_json::json!({ "access_token": token }).to_string(),
    )
    .ok()
    .unwrap();
    assert_eq!(granted.authorization, format!("Bearer {token}"));
    assert!(granted.authorization.is_sensitive());
}

#[test]
fn a05_a_scope_that_was_asked_for_and_not_granted_is_found() {
    let asked = ["a".to_owned(), "b".to_owned()];
    for (granted, missing) in [
        (None, vec![]),
        (Some("b a"), vec![]),
        (Some("a b c"), vec![]),
        (Some("a"), vec!["b"]),
        (Some("ab"), vec!["a", "b"]),
        (Some(""), vec!["a", "b"]),
    ] {
        assert_eq!(missing_scopes(&asked, granted), missing, "{granted:?}");
    }
}

#[test]
fn a_scope_may_come_as_an_array() {
    let scope = |value: &str| {
        let body = format!(r#"{{"access_token":"t","scope":{value}}}"#);
        json(200, &body).ok().unwrap().scope.map(String::from)
    };
    assert_eq!(scope(r#"["a","b"]"#).as_deref(), Some("a b"));
    assert_eq!(scope(r#""a b""#).as_deref(), Some("a b"));
    assert_eq!(scope(r#""""#).as_deref(), Some(""));
    assert_eq!(scope("7"), None);
}
