//! The backend's URL with a call below it: kept byte for byte, or refused.
#![expect(clippy::unwrap_used, reason = "tests")]

use http::Method;

use crate::Dialect::Rest;
use crate::Settings;
use crate::fake::{Network, ended, exchange, house, json, settings};

/// Where a call goes, or the code of its failure.
async fn goes(base: &str, path: &str, query: &str) -> Result<String, &'static str> {
    let network = Network::new(|_, _| json(200, "{}"));
    let settings = Settings {
        url: base.parse().unwrap(),
        ..settings(Rest)
    };
    let mut call = exchange(Method::GET, path);
    query.clone_into(&mut call.request.query);
    let outcome = house(settings, &network).send(call).await;
    match network.seen().as_slice() {
        [] => Err(ended(&outcome).1.unwrap()),
        seen => Ok(seen.iter().map(|seen| seen.url.as_str()).collect()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_goes_below_the_backend_s_path_port_and_host() {
    for (base, expected) in [
        ("https://h.example", "https://h.example/a/b"),
        ("https://h.example/", "https://h.example/a/b"),
        ("https://h.example/x", "https://h.example/x/a/b"),
        ("https://h.example/x/", "https://h.example/x/a/b"),
        ("http://[::1]:8080/x/y/", "http://[::1]:8080/x/y/a/b"),
        ("https://h.example:443/x%20y", "https://h.example/x%20y/a/b"),
    ] {
        assert_eq!(goes(base, "/a/b", "").await.as_deref(), Ok(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a38_b17_encoded_characters_stay_as_they_are() {
    for path in [
        "/",
        "/a/",
        "/a//b",
        "/%C5%81%C3%B3d%C5%BA",
        "/a%2Fb",
        "/a%2fb",
        "/a%5Cb",
        "/%25%3F%23%00",
        "/...",
        "/a;b=c,d:e@f!$&'()*+",
        "/.a/a.",
    ] {
        let expected = format!("https://h.example/x{path}");
        assert_eq!(goes("https://h.example/x", path, "").await, Ok(expected));
    }
    let query = "q=%C5%81&a=b%2Bc&a=%7C&empty=&flag";
    assert_eq!(
        goes("https://h.example", "/a", query).await,
        Ok(format!("https://h.example/a?{query}"))
    );
}

#[tokio::test(start_paused = true)]
async fn b17_a_path_that_would_be_another_place_is_refused_before_anything_is_sent() {
    for path in [
        "/..",
        "/.",
        "/a/..",
        "/a/../b",
        "/a/./b",
        "/%2e%2e/b",
        "/%2E./b",
        "/.%2e",
        "/a\\b",
        "/a\\..\\b",
        "/a b",
        "/ł",
        "/a\tb",
        "/a\nb",
        "/a?b",
        "/a#b",
        "/a\"b",
        ".other.example/a",
        "@other.example/a",
        ":81/a",
        "a",
        "",
    ] {
        for base in ["https://h.example", "https://h.example/x"] {
            assert_eq!(goes(base, path, "").await, Err("mapping"), "{base} {path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_that_would_be_cut_or_changed_is_refused() {
    for query in ["a=b#c", "a=b c", "a=ł", "a='", "a=\"", "a=\n"] {
        assert_eq!(
            goes("https://h.example", "/a", query).await,
            Err("mapping"),
            "{query}"
        );
    }
}
