//! A search whose parameters stand in no URL.
#![expect(clippy::unwrap_used, reason = "tests")]

use http::{HeaderValue, Method};
use orchestration::{Exchange, Payload};

use super::{number, page, search, searching};
use crate::fake::{ended, text};

fn posted(form: &'static str) -> Exchange {
    let mut search = search(5, 100);
    search.request.method = Method::POST;
    search.request.path = "/Observation/_search".to_owned();
    search.request.query = String::new();
    search.request.body = Some(Box::new(Payload {
        media_type: HeaderValue::from_static("application/x-www-form-urlencoded"),
        bytes: form.into(),
    }));
    search
}

#[tokio::test(start_paused = true)]
async fn the_first_page_is_posted_and_the_others_are_links() {
    let (house, network) = searching(|seen, _| match number(seen) {
        1 => page(&["a"], Some("https://ehr.example/base?page=2"), Some(2)),
        _ => page(&["b"], None, Some(2)),
    });
    let outcome = house.send(posted("patient=1&code=x%7Cy")).await;
    assert_eq!(ended(&outcome).0, "ok");
    let seen: Vec<_> = network
        .seen()
        .iter()
        .map(|seen| {
            let body = seen.body.clone().unwrap_or_default();
            let media_type = seen.header("content-type").concat();
            let body = String::from_utf8(body.to_vec()).unwrap();
            format!("{} {} {media_type} {body}", seen.method, seen.url)
        })
        .collect();
    assert_eq!(
        seen,
        [
            "POST https://ehr.example/base/Observation/_search application/x-www-form-urlencoded patient=1&code=x%7Cy",
            "GET https://ehr.example/base?page=2  ",
        ]
    );
    assert!(!text(&outcome).contains("_search"));
}

#[tokio::test(start_paused = true)]
async fn a_posted_search_for_the_number_of_matches_keeps_the_total() {
    let (house, _) = searching(|_, _| page(&[], None, Some(41)));
    let outcome = house.send(posted("patient=1&_summary=count")).await;
    assert!(
        text(&outcome).contains("\"total\":41"),
        "{}",
        text(&outcome)
    );
}
