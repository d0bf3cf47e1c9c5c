//! What answers bring beyond a bearer token: bound tokens, refresh tokens, and what a failure means
//! for the refresh token that was shown.

use network::ConnectionFault;
use secrecy::ExposeSecret;

use super::*;

/// As [`json`] with status 200, where a token bound to a key was asked for.
fn bound(token_type: &str) -> Result<Granted, Failure> {
    let endpoint = "https://sso.example/token".parse().unwrap();
    let expected = Expected {
        endpoint: &endpoint,
        default_lifetime: Duration::from_mins(5),
        bound: true,
        secrets: &[],
    };
    let response = TokenResponse {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: format!(r#"{{"access_token":"t"{token_type}}}"#).into(),
    };
    interpret(&expected, &response, sent())
}

#[test]
fn a_bound_token_is_of_type_dpop_by_any_case_and_nothing_else() {
    for token_type in [r#","token_type":"DPoP""#, r#","token_type":"dpop""#] {
        let granted = bound(token_type).ok().unwrap();
        assert_eq!(granted.authorization, "DPoP t");
        assert!(granted.authorization.is_sensitive());
    }
    for token_type in ["", r#","token_type":"Bearer""#] {
        let expected = TokenError::Malformed {
            what: Malformation::NotDpop,
        };
        assert_eq!(error(bound(token_type)), expected);
    }
}

#[test]
fn b04_a_refresh_token_is_kept_with_the_life_that_is_said_of_it() {
    let renewal = |members: &str| {
        let body = format!(r#"{{"access_token":"t"{members}}}"#);
        let renewal = json(200, &body).ok().unwrap().renewal?;
        let life = renewal.life.map(|life| life.as_secs());
        Some((renewal.token.expose_secret().to_owned(), life))
    };
    let some = |life| Some(("r \u{e9}".to_owned(), life));
    for (life, seconds) in [
        ("", None),
        (r#","refresh_expires_in":0"#, None),
        (r#","refresh_expires_in":-1"#, None),
        (r#","refresh_expires_in":"never""#, None),
        (r#","refresh_expires_in":"1800""#, Some(1800)),
        (r#","refresh_expires_in":31536000"#, Some(31_536_000)),
        (r#","refresh_expires_in":1e400"#, Some(u64::MAX)),
    ] {
        assert_eq!(
            renewal(&format!(r#","refresh_token":"r \u00e9"{life}"#)),
            some(seconds)
        );
    }
    for none in [
        "",
        r#","refresh_token":"""#,
        r#","refresh_token":7"#,
        r#","refresh_token":null"#,
    ] {
        assert_eq!(renewal(none), None);
    }
}

#[test]
fn a_refresh_token_counts_as_untouched_only_when_the_server_says_so_or_never_saw_it() {
    use crate::session::Fate::{Spent, Unclear, Untouched};
    for (status, code, fate) in [
        (400, "invalid_grant", Spent),
        (401, "unauthorized_client", Spent),
        (400, "unsupported_grant_type", Spent),
        (401, "invalid_client", Untouched),
        (400, "use_dpop_nonce", Untouched),
        (429, "", Untouched),
        (503, "", Untouched),
        (302, "", Untouched),
        (500, "", Unclear),
        (502, "", Unclear),
        (504, "", Unclear),
        (200, "server_error", Unclear),
    ] {
        let failure = json(status, &format!(r#"{{"error":"{code}"}}"#))
            .err()
            .unwrap();
        assert_eq!(failure.fate(), fate, "{status} {code}");
    }
    assert_eq!(json(200, "{}").err().unwrap().fate(), Unclear);
    for (error, fate) in [
        (
            TransportError::Connection(ConnectionFault::Other),
            Untouched,
        ),
        (TransportError::Connection(ConnectionFault::Tls), Untouched),
        (TransportError::Timeout, Unclear),
        (TransportError::Interrupted, Unclear),
        (TransportError::TooLarge, Unclear),
    ] {
        assert_eq!(Failure::from(error).fate(), fate, "{error}");
    }
}
