#![expect(clippy::unwrap_used, reason = "tests")]

use actix_web::http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH, VARY};

use super::{Caching, has};

#[test]
fn what_an_answer_depends_on_is_one_line() {
    let control = http::HeaderValue::from_static("private");
    let caching = Caching::new(&control, &["authorization", "x-api-key"], &[]).unwrap();
    for (own, expected) in [
        (&[][..], "authorization, x-api-key"),
        (
            &["X-Tenant, X-API-Key", "accept"],
            "X-Tenant, X-API-Key, accept, authorization",
        ),
    ] {
        let mut headers = HeaderMap::new();
        for value in own {
            headers.append(VARY, HeaderValue::from_static(value));
        }
        assert_eq!(caching.vary(&headers).unwrap(), expected);
    }
}

#[test]
fn a_client_has_what_one_of_its_tags_names() {
    for (tag, sent, expected) in [
        (r#""a""#, r#""a""#, true),
        (r#""a""#, r#"W/"a""#, true),
        (r#"W/"a""#, r#""a""#, true),
        (r#""a""#, r#""b" , W/"c","a""#, true),
        (r#""a""#, r#""b", "c""#, false),
        (r#""a""#, " * ", true),
        (r#""a,b""#, r#""x,y", "a,b""#, true),
        (r#""a""#, r#""a,b""#, false),
        (r#""b""#, r#""a,"b""#, false),
        (r#""a""#, "a", false),
        (r#""a b""#, r#""a b""#, false),
        (r#""a""#, r#""a"#, false),
        (r#""a""#, "", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static(sent));
        let tag = HeaderValue::from_static(tag);
        assert_eq!(has(&headers, &tag), expected, "{sent} for {tag:?}");
    }
    let mut headers = HeaderMap::new();
    headers.append(IF_NONE_MATCH, HeaderValue::from_static(r#""a""#));
    headers.append(IF_NONE_MATCH, HeaderValue::from_static(r#""b""#));
    assert!(has(&headers, &HeaderValue::from_static(r#""b""#)));
}
