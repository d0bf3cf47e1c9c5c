//! How a search ends when a page does not come.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use tokio::time::Instant;

use super::{entry, number, page, reason, search, searching};
use crate::Settings;
use crate::TransportError::Reset;
use crate::fake::{Answer, FHIR, Network, broken, ended, house, html, json, settings, text};

const NEXT: Option<&str> = Some("?page=2");

#[tokio::test(start_paused = true)]
async fn a_first_page_that_fails_fails_the_search() {
    for (answer, code, status) in [
        (json(500, "{}"), "upstream_status", Some(500)),
        (json(404, "{}"), "upstream_status", Some(404)),
        (json(401, "{}"), "upstream_refused", Some(401)),
        (html(200), "upstream_login_page", Some(200)),
        (broken(Reset), "upstream_reset", None),
        (json(200, "{}"), "upstream_unreadable", Some(200)),
        (
            json(200, r#"{"resourceType":"Bundle","type":"batch-response"}"#),
            "upstream_unreadable",
            Some(200),
        ),
        (
            json(
                200,
                r#"{"resourceType":"Bundle","type":"searchset","entry":[{}]}"#,
            ),
            "upstream_unreadable",
            Some(200),
        ),
        (json(204, ""), "upstream_unreadable", Some(204)),
        (
            page(&[], None, None).after(Duration::from_hours(1)),
            "deadline",
            None,
        ),
    ] {
        let (house, _) = searching(move |_, _| answer.clone());
        let outcome = house.send(search(5, 100)).await;
        assert_eq!(ended(&outcome), ("failed", Some(code), status));
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_page_that_is_absent_is_an_absent_search_where_the_call_says_so() {
    let (house, _) = searching(|_, _| json(404, "{}"));
    let mut call = search(5, 100);
    crate::fake::expecting(&mut call, |expect| expect.absent = [404].into());
    assert_eq!(ended(&house.send(call).await).0, "absent");
}

#[tokio::test(start_paused = true)]
async fn a_later_page_that_fails_keeps_the_first_and_names_the_cause() {
    for (answer, code, status) in [
        (json(410, "{}"), "upstream_status", Some(410)),
        (json(429, "{}"), "upstream_throttled", Some(429)),
        (broken(Reset), "upstream_reset", None),
        (json(200, "{"), "upstream_unreadable", Some(200)),
        (json(200, "{}"), "upstream_unreadable", Some(200)),
        (html(200), "upstream_login_page", Some(200)),
    ] {
        let (house, _) = searching(move |seen, _| match number(seen) {
            1 => page(&["a"], NEXT, None),
            _ => answer.clone(),
        });
        let mut call = search(5, 100);
        // What is not there on a later page is not the thing that was asked for.
        crate::fake::expecting(&mut call, |expect| expect.absent = [410].into());
        let outcome = house.send(call).await;
        assert_eq!(reason(&outcome), Some("a page could not be read"));
        assert_eq!(
            ended(&outcome),
            ("incomplete", Some(code), status.or(Some(200)))
        );
        assert!(text(&outcome).contains(&entry("a")));
    }
}

#[tokio::test(start_paused = true)]
async fn f19_the_deadline_on_a_later_page_keeps_what_was_read() {
    let (house, network) = searching(|seen, _| match number(seen) {
        1 => page(&["a"], NEXT, None).after(Duration::from_secs(4)),
        2 => page(&["b"], Some("?page=3"), None).after(Duration::from_secs(4)),
        _ => page(&["c"], None, None).after(Duration::from_secs(4)),
    });
    let begun = Instant::now();
    let outcome = house.send(search(5, 100)).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    assert_eq!(reason(&outcome), Some("the time limit is reached"));
    assert_eq!(ended(&outcome), ("incomplete", Some("deadline"), Some(200)));
    assert_eq!(network.seen().len(), 3);
    let text = text(&outcome);
    assert!(text.contains(&entry("a")) && text.contains(&entry("b")));
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_at_the_same_instant_still_gets_what_was_read() {
    let (house, _) = searching(|seen, _| match number(seen) {
        1 => page(&["a"], NEXT, None),
        _ => page(&["b"], None, None).after(Duration::from_hours(1)),
    });
    for _ in 0..100 {
        let call = search(5, 100);
        let outcome = tokio::time::timeout_at(call.deadline, house.send(call)).await;
        assert_eq!(ended(&outcome.unwrap()).0, "incomplete");
    }
}

#[tokio::test(start_paused = true)]
async fn the_pages_share_one_cap_of_bytes() {
    let size = |answer: Answer| async {
        let response = answer.into_response().unwrap();
        crate::read::read_json(response, orchestration::Effect::Read, 1 << 20).await
    };
    let pages = [page(&["a"], NEXT, None), page(&["b"], None, None)];
    let mut whole = 0;
    for page in pages.clone() {
        whole += size(page).await.unwrap_or_else(|_| unreachable!()).len();
    }
    for (max_body, ending) in [
        (whole, "ok"),
        (whole - 1, "incomplete"),
        (whole / 2, "failed"),
    ] {
        let pages = pages.clone();
        let network = Network::new(move |seen, _| match number(seen) {
            1 => pages[0].clone(),
            _ => pages[1].clone(),
        });
        let settings = Settings {
            max_body,
            ..settings(FHIR)
        };
        let outcome = house(settings, &network).send(search(5, 100)).await;
        assert_eq!(ended(&outcome).0, ending);
        if ending != "ok" {
            assert_eq!(ended(&outcome).1, Some("upstream_too_large"));
        }
    }
}
