//! Answers that a client may keep.

use crate::support::{KEY, LIMITED_KEY, World, parse};

const STUBS: &str = r#"{ "words": { "routes": [
  { "method": "GET", "path": "/one", "body": "first", "times": 4 },
  { "method": "GET", "path": "/one", "body": "second" },
  { "method": "GET", "path": "/two", "status": 500, "times": 1 },
  { "method": "GET", "path": "/two", "body": "two" },
  { "method": "GET", "path": "/said/de/a", "body": "ja" },
  { "method": "GET", "path": "/said/fr/a", "body": "oui" },
  { "method": "GET", "path": "/tag", "headers": { "ETag": "\"r,7\"" }, "body": 1 }
] } }"#;

const YAML: &str = r#"
documents: { access: public }
backends: { words: { rest: {}, url: "${env:WORDS_URL}" } }
endpoints:
  - get: /kept
    access: { scopes: [] }
    cache_control: private, max-age=60
    calls: { one: { backend: words, get: /one } }
  - get: /plain
    access: { scopes: [] }
    calls: { one: { backend: words, get: /one } }
  - get: /partial
    access: public
    cache_control: max-age=60
    calls: { two: { backend: words, get: /two, need: optional } }
  - get: /fixed
    access: public
    cache_control: max-age=60
    answer: { a: 1 }
  - get: /spoken
    access: public
    cache_control: public, max-age=60
    parameters: { header: { Accept-Language: { required: true }, X-Tenant: { required: true } } }
    calls: { say: { backend: words, get: "/said/{header.Accept-Language}/{header.X-Tenant}" } }
    response: { root: say, headers: { Vary: X-Colour, Content-Location: /spoken/1, X-Rev: "7" } }
  - get: /tagged
    access: public
    cache_control: max-age=60
    calls: { tag: { backend: words, get: /tag, keep_headers: [ETag] } }
    response: { root: tag, headers: { ETag: "{response_headers.tag.etag}" } }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_the_answer_is_told_so_until_it_changes() {
    let world = World::with_stubs(STUBS, YAML);
    let first = world.service.get("/kept").await.expect(200);
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("cache-control"), Some("private, max-age=60"));
    assert_eq!(first.header("vary"), Some("authorization, x-api-key"));
    for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let headers = [KEY, ("If-None-Match", known.as_str())];
        let answer = world
            .service
            .send("GET", "/kept", &headers, "")
            .await
            .expect(304);
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("private, max-age=60"));
        assert!(answer.body.is_empty());
    }
    let headers = [KEY, ("If-None-Match", tag.as_str())];
    let changed = world
        .service
        .send("GET", "/kept", &headers, "")
        .await
        .expect(200);
    assert_eq!(changed.text(), r#"{"one":"second"}"#);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
    // Who may not see the answer is not told that it has it.
    let headers = [("X-API-Key", "wrong"), ("If-None-Match", "*")];
    let refused = world
        .service
        .send("GET", "/kept", &headers, "")
        .await
        .expect(401);
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    world
        .service
        .send("GET", "/kept", &[LIMITED_KEY], "")
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_to_be_kept_and_half_an_answer_never() {
    let world = World::with_stubs(STUBS, YAML);
    let plain = world.service.get("/plain").await.expect(200);
    assert_eq!(plain.header("cache-control"), Some("no-store"));
    assert_eq!(plain.header("etag"), None);
    let half = world.service.get("/partial").await.expect(200);
    assert!(!half.is_complete());
    assert_eq!(half.header("cache-control"), Some("no-store"));
    assert_eq!(half.header("etag"), None);
    let whole = world.service.get("/partial").await.expect(200);
    assert_eq!(whole.header("cache-control"), Some("max-age=60"));
    assert_eq!(whole.header("vary"), None, "everybody gets the same");
    let fixed = world.service.get("/fixed").await.expect(200);
    assert!(fixed.header("etag").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_depends_on_a_header_is_kept_apart_by_it() {
    let world = World::with_stubs(STUBS, YAML);
    let mut tags = Vec::new();
    for (language, said) in [("de", r#""ja""#), ("fr", r#""oui""#)] {
        let asked = [("Accept-Language", language), ("X-Tenant", "a")];
        let answer = world.service.send("GET", "/spoken", &asked, "").await;
        let answer = answer.expect(200);
        assert_eq!(answer.text(), said);
        assert_eq!(
            answer.header_values("vary"),
            ["X-Colour, accept-language, x-tenant"]
        );
        tags.push(answer.header("etag").unwrap().to_owned());
        // Whoever has it learns all that a cache goes by, and nothing of the body.
        let asked = [
            asked[0],
            asked[1],
            ("If-None-Match", &*tags[tags.len() - 1]),
        ];
        let held = world.service.send("GET", "/spoken", &asked, "").await;
        let held = held.expect(304);
        for name in [
            "vary",
            "etag",
            "cache-control",
            "content-location",
            "x-rev",
            "manifold-complete",
        ] {
            assert_eq!(
                held.header_values(name),
                answer.header_values(name),
                "{name}"
            );
        }
        for name in ["date", "x-request-id"] {
            assert!(held.header(name).is_some(), "{name}");
        }
        assert_eq!(held.header("content-type"), None);
        assert!(held.body.is_empty());
    }
    assert_ne!(tags[0], tags[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_the_endpoint_gives_is_the_answer_s() {
    let world = World::with_stubs(STUBS, YAML);
    let answer = world.service.get("/tagged").await.expect(200);
    assert_eq!(answer.header_values("etag"), [r#""r,7""#]);
    let known = [("If-None-Match", r#""other", W/"r,7""#)];
    let held = world.service.send("GET", "/tagged", &known, "").await;
    assert_eq!(held.expect(304).header_values("etag"), [r#""r,7""#]);
    let other = [("If-None-Match", r#""r", "7""#)];
    let anew = world.service.send("GET", "/tagged", &other, "").await;
    anew.expect(200);
}

#[test]
fn an_answer_for_one_client_is_not_given_to_caches_on_the_way() {
    let variables = vec![("WORDS_URL".to_owned(), "http://127.0.0.1:1".to_owned())];
    for control in [
        "max-age=60",
        "public, max-age=60",
        "private, s-maxage=5",
        "no-cache",
    ] {
        let yaml = YAML.replacen("private, max-age=60", control, 1);
        let faults = parse(&yaml, &variables).unwrap_err().to_string();
        assert!(
            faults.contains("one client's answer to another"),
            "{control} {faults}"
        );
    }
    let yaml = YAML.replacen("get: /kept", "post: /kept", 1);
    let faults = parse(&yaml, &variables).unwrap_err().to_string();
    assert!(faults.contains("only answers to GET are kept"), "{faults}");
}
