//! Which links are followed, which refused, and when a search ends.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits {
    pages: 100,
    entries: 1000,
};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn follow(base: &str, requested: &str, link: &str) -> Result<String, Stop> {
    let requested = url(requested);
    let mut pager = Pager::new(&url(base), &requested, LIMITS);
    pager.next(link, &requested).map(String::from)
}

#[test]
fn f18_links_are_resolved_against_the_request_or_the_base() {
    let base = "https://h:8443/fhir/r4";
    let requested = "https://h:8443/fhir/r4/Patient?name=a";
    let table = [
        (
            "https://h:8443/other?_getpages=1",
            "https://h:8443/other?_getpages=1",
        ),
        (
            "/fhir/r4?_getpages=1|x",
            "https://h:8443/fhir/r4?_getpages=1|x",
        ),
        ("?page=2", "https://h:8443/fhir/r4/Patient?page=2"),
        (" ?page=2\n", "https://h:8443/fhir/r4/Patient?page=2"),
        ("Patient?page=2", "https://h:8443/fhir/r4/Patient?page=2"),
        (
            "./Patient?page=2#top",
            "https://h:8443/fhir/r4/Patient?page=2",
        ),
        ("//h:8443/x", "https://h:8443/x"),
        ("\\x", "https://h:8443/x"),
        ("HTTPS://H:8443/x?a=%2f+", "https://h:8443/x?a=%2f+"),
    ];
    for (link, expected) in table {
        assert_eq!(
            follow(base, requested, link).as_deref(),
            Ok(expected),
            "{link}"
        );
    }
    // After POST [base]/Patient/_search the request URL is no place to start from.
    let posted = "https://h:8443/fhir/r4/Patient/_search";
    assert_eq!(
        follow("https://h:8443/fhir/r4/", posted, "Patient?page=2").as_deref(),
        Ok("https://h:8443/fhir/r4/Patient?page=2")
    );
}

#[test]
fn f18_a13_links_to_other_origins_are_refused() {
    let base = "https://h/fhir";
    let requested = "https://h/fhir/Patient";
    let table = [
        ("https://evil.example/fhir", Refusal::Origin),
        ("//evil.example/fhir", Refusal::Origin),
        ("/\\evil.example/fhir", Refusal::Origin),
        ("\\\\evil.example/fhir", Refusal::Origin),
        ("https://h:8443/fhir?p=2", Refusal::Origin),
        ("https://h.evil.example/fhir", Refusal::Origin),
        ("http://h/fhir?p=2", Refusal::Downgrade),
        ("http://h:443/fhir?p=2", Refusal::Downgrade),
        ("http://evil.example/", Refusal::Downgrade),
        ("https://user@h/fhir?p=2", Refusal::UserInfo),
        ("https://:password@h/fhir?p=2", Refusal::UserInfo),
        ("https://h@evil.example/", Refusal::UserInfo),
        ("ftp://h/fhir", Refusal::Scheme),
        ("file:///etc/passwd", Refusal::Scheme),
        ("javascript:alert(1)", Refusal::Scheme),
        ("urn:uuid:1", Refusal::Scheme),
        ("https://", Refusal::Malformed),
        ("https://h:99999/", Refusal::Malformed),
    ];
    for (link, refusal) in table {
        let expected = Err(Stop::Refused(refusal));
        assert_eq!(follow(base, requested, link), expected, "{link}");
    }
    assert!(follow(base, requested, "https://h:443/fhir?p=2").is_ok());
    // A relative link, whatever it looks like (WHATWG URL, "special authority slashes").
    assert_eq!(
        follow(base, requested, "https:evil.example").as_deref(),
        Ok("https://h/fhir/evil.example")
    );
    assert!(follow("http://h/fhir", "http://h/fhir/Patient", "https://h/fhir").is_err());
}

#[test]
fn f18_links_to_listed_origins_are_followed_but_none_that_leaves_https() {
    let first = url("https://h/fhir/Patient");
    let listed = [url("https://fhir-1:8443"), url("http://fhir-2")];
    let mut pager = Pager::new(&url("https://h/fhir"), &first, LIMITS).with_listed_origins(&listed);
    let followed = pager
        .next("https://fhir-1:8443/other?page=2", &first)
        .unwrap();
    assert_eq!(followed.as_str(), "https://fhir-1:8443/other?page=2");
    // A relative link of that page is one to its own origin.
    let third = pager.next("?page=3", &followed).unwrap();
    assert_eq!(third.as_str(), "https://fhir-1:8443/other?page=3");
    for (link, refusal) in [
        ("https://fhir-1/other?page=4", Refusal::Origin),
        ("http://fhir-2/?page=4", Refusal::Downgrade),
        ("https://fhir-2/?page=4", Refusal::Origin),
    ] {
        assert!(
            pager.next(link, &third) == Err(Stop::Refused(refusal)),
            "{link}"
        );
    }
}

#[test]
fn f19_a_link_to_a_page_that_was_read_is_a_loop() {
    let first = url("https://h/fhir/Patient?name=a");
    let mut pager = Pager::new(&url("https://h/fhir"), &first, LIMITS);
    for link in ["", "?name=a", "#top", "https://h:443/fhir/Patient?name=a#x"] {
        assert!(pager.next(link, &first) == Err(Stop::Loop), "{link}");
    }
    let second = pager.next("?name=a&page=2", &first).unwrap();
    assert!(pager.next("?name=a&page=2", &second) == Err(Stop::Loop));
    assert!(pager.next("?name=a", &second) == Err(Stop::Loop));
    assert!(pager.next("?name=a&page=3", &second).is_ok());
}

#[test]
fn f19_pages_and_entries_are_capped() {
    let base = url("https://h/fhir");
    let first = url("https://h/fhir/Patient");
    let limits = |pages, entries| Limits { pages, entries };
    let mut pager = Pager::new(&base, &first, limits(3, 10));
    assert!(pager.next("?page=2", &first).is_ok());
    assert!(pager.next("?page=3", &first).is_ok());
    assert!(pager.next("?page=4", &first) == Err(Stop::PageCap));
    assert!(pager.next("?page=3", &first) == Err(Stop::Loop));
    let mut pager = Pager::new(&base, &first, limits(9, 10));
    pager.count_entries(9);
    assert!(pager.next("?page=2", &first).is_ok());
    pager.count_entries(1);
    assert!(pager.next("?page=3", &first) == Err(Stop::EntryCap));
}

#[test]
fn a34_a_key_in_the_query_is_taken_out_of_links_and_does_not_hide_a_loop() {
    let base = url("https://h/fhir");
    let first = url("https://h/fhir/Patient?appid=SECRET&name=a");
    let mut pager = Pager::new(&base, &first, LIMITS).with_query_credential("appid");
    let mut next = |link: &str| pager.next(link, &first).map(String::from);
    assert_eq!(next("?name=a"), Err(Stop::Loop));
    assert_eq!(next("?name=a&appid=other"), Err(Stop::Loop));
    assert_eq!(
        next("?page=2&appid=SECRET").as_deref(),
        Ok("https://h/fhir/Patient?page=2")
    );
    assert_eq!(next("?%61ppid=x&page=2"), Err(Stop::Loop));
}

#[test]
fn a34_a_stripped_link_keeps_every_other_byte() {
    let table = [
        ("https://h/?key=1", "https://h/"),
        ("https://h/", "https://h/"),
        ("https://h/?", "https://h/"),
        (
            "https://h/?a=%2f+b|c&key=1&&key&d",
            "https://h/?a=%2f+b|c&&d",
        ),
        (
            "https://h/?keys=1&Key=2&a=key",
            "https://h/?keys=1&Key=2&a=key",
        ),
        ("https://h/?k%65y=1&a", "https://h/?a"),
    ];
    for (before, after) in table {
        assert_eq!(
            strip_parameter(&url(before), "key").as_str(),
            after,
            "{before}"
        );
    }
}

#[test]
fn f34_a_stop_does_not_repeat_the_link() {
    let stop = follow(
        "https://h",
        "https://h",
        "https://evil.example/?patient=Mustermann",
    );
    let said = format!("{} {stop:?}", stop.clone().unwrap_err());
    assert!(
        !said.contains("evil") && !said.contains("Mustermann"),
        "{said}"
    );
}

proptest! {
    #[test]
    fn f18_whatever_the_link_the_origin_is_the_backends(link in "(https?:)?[/\\\\@:a-z?#.%0-9 ]{0,24}") {
        if let Ok(followed) = follow("https://h:8443/fhir", "https://h:8443/fhir/Patient", &link) {
            let followed = url(&followed);
            prop_assert_eq!(followed.origin(), url("https://h:8443").origin());
            prop_assert!(followed.username().is_empty() && followed.fragment().is_none());
        }
    }

    #[test]
    fn f18_no_link_makes_the_pager_panic(link in any::<String>(), name in any::<String>()) {
        let _ = follow("https://h/fhir", "https://h/fhir/Patient?a=b", &link);
        let _ = strip_parameter(&url(&format!("https://h/?{}", link.escape_default())), &name);
    }
}
