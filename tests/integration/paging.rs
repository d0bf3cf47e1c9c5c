//! Searches over several pages: links as servers really send them, and ends that are not the end.

use serde_json::Value;
use testkit::{DemoStub, Fault, FaultRule, NextLink, Total};

use crate::support::{Answer, BACKENDS, World};

const ENDPOINTS: &str = r#"
endpoints:
  - get: /vitals/{id}
    access: { scopes: [read] }
    calls: { vitals: { backend: ehr, search: Observation, query: { patient: "{id}", _count: 3 }, pages: 20, need: optional } }
  - get: /required/{id}
    access: { scopes: [read] }
    calls: { vitals: { backend: ehr, search: Observation, query: { patient: "{id}", _count: 3 }, pages: 20 } }
  - get: /two-pages/{id}
    access: { scopes: [read] }
    calls: { vitals: { backend: ehr, search: Observation, query: { patient: "{id}", _count: 3 }, pages: 2 } }
  - get: /four-entries/{id}
    access: { scopes: [read] }
    calls: { vitals: { backend: ehr, search: Observation, query: { patient: "{id}", _count: 3 }, entries: 4 } }
"#;

fn start() -> World {
    World::with_stubs("{}", &format!("{BACKENDS}{ENDPOINTS}"))
}

fn entries(answer: &Answer) -> Vec<Value> {
    answer.json()["vitals"]["entry"].as_array().unwrap().clone()
}

/// The diagnostics of the Bundle's last entry, which says why the search is not whole.
fn reason(answer: &Answer) -> String {
    let last = entries(answer).pop().unwrap();
    assert_eq!(last["search"]["mode"], "outcome");
    last["resource"]["issue"][0]["diagnostics"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_next_links_are_followed_absolute_relative_and_query_only() {
    let world = start();
    let mut whole = Vec::new();
    for link in [NextLink::Absolute, NextLink::Relative, NextLink::QueryOnly] {
        world.server(DemoStub::Ehr).clear();
        world.demo.ehr().set_next_link(link.clone());
        let answer = world.service.get("/vitals/pat-001").await.expect(200);
        assert!(answer.is_complete(), "{link:?}");
        let bundle = answer.json()["vitals"].clone();
        let count = bundle["entry"].as_array().unwrap().len();
        assert_eq!(bundle["total"].as_u64(), Some(count as u64), "{link:?}");
        assert_eq!(
            bundle.get("link"),
            None,
            "no link of a backend reaches the client"
        );
        let requests = world.server(DemoStub::Ehr).requests();
        assert_eq!(requests.len(), count.div_ceil(3), "{link:?}");
        for request in &requests {
            assert!(
                request.bearer().is_some()
                    && request.header("accept") == requests[0].header("accept")
            );
        }
        whole.push(answer.body);
    }
    assert_eq!((&whole[0], &whole[0]), (&whole[1], &whole[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_a_link_to_another_origin_is_refused() {
    let world = start();
    let foreign = NextLink::ForeignOrigin("http://127.0.0.1:81".to_owned());
    world.demo.ehr().set_next_link(foreign);
    let answer = world.service.get("/vitals/pat-001").await.expect(200);
    assert!(!answer.is_complete());
    assert_eq!(entries(&answer).len(), 4, "the first page and the outcome");
    assert!(
        !answer.text().contains("127.0.0.1:81"),
        "{}",
        reason(&answer)
    );
    let required = world.service.get("/required/pat-001").await.expect(502);
    assert_eq!(required.call("vitals")["outcome"], "incomplete");
}

/// As of a server behind a proxy, whose links have the name that it knows itself by.
#[tokio::test(flavor = "multi_thread")]
async fn f18_a_link_to_an_origin_that_is_listed_is_followed_with_the_credential() {
    let world = start();
    let host = format!("localhost:{}", world.server(DemoStub::Ehr).address().port());
    let other = format!("http://{host}");
    world
        .demo
        .ehr()
        .set_next_link(NextLink::ForeignOrigin(other.clone()));
    let listed = format!("ehr: {{ page_origins: [\"{other}\"], ");
    let yaml = format!("{BACKENDS}{ENDPOINTS}").replace("ehr: { ", &listed);
    world.service.install(&yaml, &world.variables);
    let answer = world.service.get("/vitals/pat-001").await.expect(200);
    assert!(answer.is_complete(), "{}", answer.text());
    assert!(entries(&answer).len() > 3);
    let requests = world.server(DemoStub::Ehr).requests();
    let (first, pages) = requests.split_first().unwrap();
    assert_ne!(first.header("host"), Some(&*host));
    assert!(!pages.is_empty());
    for page in pages {
        assert_eq!(page.header("host"), Some(&*host));
        assert_eq!(page.bearer(), first.bearer());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f19_a_loop_ends_paging_with_an_outcome_entry() {
    let world = start();
    world.demo.ehr().set_next_link(NextLink::SelfLoop);
    let answer = world.service.get("/vitals/pat-001").await.expect(200);
    assert_eq!(answer.call("vitals")["code"], "search_incomplete");
    assert!(reason(&answer).contains("incomplete"));
    assert!(world.server(DemoStub::Ehr).requests().len() <= 2);
    world.service.get("/required/pat-001").await.expect(502);
}

#[tokio::test(flavor = "multi_thread")]
async fn f19_a_cap_ends_paging_and_fails_nothing() {
    let world = start();
    for (target, matches) in [("/two-pages/pat-001", 6), ("/four-entries/pat-001", 6)] {
        let answer = world.service.get(target).await.expect(200);
        assert!(!answer.is_complete(), "{target}");
        assert_eq!(answer.call("vitals")["outcome"], "incomplete");
        assert_eq!(
            entries(&answer).len(),
            matches + 1,
            "{target}: {}",
            reason(&answer)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f19_a_page_that_fails_or_is_late_keeps_what_was_read() {
    let world = start();
    let ehr = world.server(DemoStub::Ehr);
    for fault in [
        Fault::Status500,
        Fault::Reset,
        Fault::StallHead,
        Fault::Html,
    ] {
        ehr.fault(None).await.unwrap();
        ehr.fault_rule(FaultRule::new(fault).after(1));
        let answer = world.service.get("/vitals/pat-001").await.expect(200);
        assert!(!answer.is_complete(), "{fault}");
        assert_eq!(entries(&answer).len(), 4, "{fault}: {}", reason(&answer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_fewer_entries_than_the_total_without_a_next_link_are_told() {
    let world = start();
    world.demo.ehr().set_next_link(NextLink::Missing);
    let answer = world.service.get("/vitals/pat-001").await.expect(200);
    assert!(!answer.is_complete());
    assert!(
        reason(&answer).contains("returned 3 of"),
        "{}",
        reason(&answer)
    );
    world.demo.ehr().set_total(Total::Omitted);
    let answer = world.service.get("/vitals/pat-001").await.expect(200);
    assert!(answer.is_complete(), "nobody said that there are more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_dies_between_two_pages_is_renewed_and_paging_goes_on() {
    let world = start();
    let ehr = world.server(DemoStub::Ehr);
    ehr.fault_rule(FaultRule::new(Fault::Status401).after(1).times(1));
    let answer = world.service.get("/vitals/pat-001").await.expect(200);
    assert!(answer.is_complete());
    assert_eq!(world.token_calls(), 2);
}
