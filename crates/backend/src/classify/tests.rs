//! Heads of answers and what they mean.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use problem::Code;
use url::Url;

use super::{Expected, Verdict, classify};

fn verdict(status: u16, headers: &[(&'static str, &str)]) -> Verdict {
    let requested = Url::parse("https://ehr.example/fhir/Patient/1").unwrap();
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    let expected = Expected {
        success: &[],
        takes_html: false,
        absent: &[404, 410],
        token_rejected: &[419],
        requested: &requested,
    };
    classify(StatusCode::from_u16(status).unwrap(), &headers, &expected)
}

#[test]
fn a37_every_2xx_is_a_success_unless_it_is_html() {
    for status in [200, 201, 202, 204] {
        assert!(matches!(
            verdict(status, &[("content-type", "application/json")]),
            Verdict::Success
        ));
    }
    assert!(matches!(verdict(200, &[]), Verdict::Success));
}

#[test]
fn a_part_of_the_content_is_no_answer_unless_it_is_listed() {
    let Verdict::Error {
        failure,
        may_have_acted,
    } = verdict(206, &[("content-range", "bytes 0-9/99")])
    else {
        panic!()
    };
    assert_eq!(
        (failure.code, failure.status, may_have_acted),
        (Code::UpstreamUnreadable, Some(206), true)
    );
    let requested = Url::parse("https://ehr.example/fhir/Patient/1").unwrap();
    let expected = Expected {
        success: &[206],
        takes_html: false,
        absent: &[],
        token_rejected: &[],
        requested: &requested,
    };
    let listed = classify(StatusCode::PARTIAL_CONTENT, &HeaderMap::new(), &expected);
    assert!(matches!(listed, Verdict::Success));
}

#[test]
fn b12_a_200_with_html_is_a_login_page() {
    let Verdict::LoginPage(failure) = verdict(200, &[("content-type", "text/html; charset=utf-8")])
    else {
        panic!()
    };
    assert_eq!(
        (failure.code, failure.status),
        (Code::UpstreamLoginPage, Some(200))
    );
}

#[test]
fn b11_a_redirect_to_a_login_page_is_an_authentication_failure() {
    for location in [
        "/login",
        "https://sso.example/",
        "/oauth2/start?rd=%2F",
        "https://ehr.example:8443/",
        "//other.example/x",
    ] {
        let Verdict::LoginPage(failure) = verdict(302, &[("location", location)]) else {
            panic!("{location}")
        };
        assert_eq!(failure.code, Code::UpstreamLoginPage);
    }
}

#[test]
fn other_redirects_are_never_followed_and_named_as_such() {
    for (status, location) in [
        (301, "/login"),
        (308, "https://other.example/"),
        (302, "/fhir/Patient/2"),
        (303, "::"),
        (304, "/x"),
    ] {
        let Verdict::Error {
            failure,
            may_have_acted,
        } = verdict(status, &[("location", location)])
        else {
            panic!("{status}")
        };
        assert_eq!(
            (failure.code, may_have_acted),
            (Code::UpstreamRedirect, true)
        );
    }
    assert!(matches!(verdict(302, &[]), Verdict::Error { .. }));
}

#[test]
fn f33_a_401_and_a_configured_status_reject_the_token() {
    for status in [401, 419] {
        let Verdict::TokenRejected(failure) = verdict(status, &[]) else {
            panic!("{status}")
        };
        assert_eq!(
            (failure.code, failure.status),
            (Code::UpstreamRefused, Some(status))
        );
    }
}

#[test]
fn a_401_for_insufficient_scope_and_a_403_do_not_reject_the_token() {
    let challenge = r#"Bearer realm="x", error="insufficient_scope""#;
    for (status, headers) in [
        (401, vec![("www-authenticate", challenge)]),
        (403, vec![]),
        (403, vec![("www-authenticate", challenge)]),
    ] {
        let Verdict::Error {
            failure,
            may_have_acted,
        } = verdict(status, &headers)
        else {
            panic!("{status}")
        };
        assert_eq!(
            (failure.code, may_have_acted),
            (Code::UpstreamRefused, false)
        );
    }
}

#[test]
fn b16_a_backend_that_wants_bearer_tokens_is_said_to() {
    let Verdict::TokenRejected(failure) =
        verdict(401, &[("www-authenticate", "Bearer realm=\"x\"")])
    else {
        panic!()
    };
    assert!(failure.detail.contains("OAuth 2.0"));
    for headers in [vec![], vec![("www-authenticate", "Basic realm=\"x\"")]] {
        let Verdict::TokenRejected(failure) = verdict(401, &headers) else {
            panic!()
        };
        assert!(!failure.detail.contains("OAuth"));
    }
}

#[test]
fn a_backend_that_wants_bound_tokens_is_said_to_and_a_missing_nonce_is_no_bad_token() {
    let challenge = |text| verdict(401, &[("www-authenticate", text)]);
    let Verdict::TokenRejected(failure) = challenge(r#"DPoP algs="ES256""#) else {
        panic!()
    };
    assert!(failure.detail.contains("`dpop: true`"));
    let Verdict::Error {
        failure,
        may_have_acted: false,
    } = challenge(r#"DPoP error="use_dpop_nonce""#)
    else {
        panic!()
    };
    assert_eq!(failure.code, Code::UpstreamRefused);
}

#[test]
fn a40_throttling_is_told_apart_and_keeps_retry_after() {
    let Verdict::Error { failure, .. } = verdict(429, &[("retry-after", "7")]) else {
        panic!()
    };
    assert_eq!(
        (failure.code, failure.retry_after.unwrap().as_secs()),
        (Code::UpstreamThrottled, 7)
    );
    let Verdict::Error { failure, .. } = verdict(503, &[("retry-after", "9")]) else {
        panic!()
    };
    assert_eq!(
        (failure.code, failure.retry_after.unwrap().as_secs()),
        (Code::UpstreamStatus, 9)
    );
}

#[test]
fn a_status_listed_as_absent_is_absent() {
    for status in [404, 410] {
        assert!(matches!(verdict(status, &[]), Verdict::Absent));
    }
}

#[test]
fn a_write_may_have_been_applied_after_a_5xx_that_does_not_deny_it() {
    for (status, expected) in [
        (400, false),
        (409, false),
        (422, false),
        (501, false),
        (503, false),
        (505, false),
        (500, true),
        (502, true),
        (504, true),
        (599, true),
    ] {
        let Verdict::Error {
            failure,
            may_have_acted,
        } = verdict(status, &[])
        else {
            panic!("{status}")
        };
        assert_eq!(
            (failure.code, failure.status, may_have_acted),
            (Code::UpstreamStatus, Some(status), expected)
        );
    }
}

#[test]
fn insufficient_scope_is_not_mended_by_a_new_token_even_under_a_configured_status() {
    let challenge = [("www-authenticate", "Bearer error=insufficient_scope")];
    let Verdict::Error { may_have_acted, .. } = verdict(419, &challenge) else {
        panic!()
    };
    assert!(!may_have_acted);
}

#[test]
fn what_has_no_body_is_no_page_whatever_its_label() {
    let html = ("content-type", "text/html");
    for (status, headers) in [
        (204, vec![html]),
        (205, vec![html]),
        (200, vec![html, ("content-length", "0")]),
        (201, vec![("content-length", "0"), html]),
    ] {
        assert!(matches!(verdict(status, &headers), Verdict::Success));
    }
    let page = verdict(200, &[html, ("content-length", "10")]);
    assert!(matches!(page, Verdict::LoginPage(_)));
}
