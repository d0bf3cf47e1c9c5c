use actix_web::http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};

use super::has;

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
