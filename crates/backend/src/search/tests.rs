//! Searches over several pages of a scripted backend, on paused time.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bundle;
mod credentials;
mod endings;
mod links;
mod post;

use orchestration::{Exchange, Outcome};

use crate::fake::{Answer, FHIR, House, Network, Seen, house, json, paged, settings};

/// Where the search begins.
const FIRST: &str = "https://ehr.example/base/Observation?patient=1";

/// The entry of one observation, with white space and a decimal that must stay.
fn entry(id: &str) -> String {
    format!(
        r#"{{ "resource":{{"id":"{id}","value":1.00,"resourceType":"Observation"}},"fullUrl":"urn:{id}","search":{{"mode":"match"}} }}"#
    )
}

/// A page that holds one entry for each id.
fn page(ids: &[&str], next: Option<&str>, total: Option<u32>) -> Answer {
    let entries: Vec<_> = ids.iter().map(|id| entry(id)).collect();
    let total = total.map_or(String::new(), |total| format!(r#""total":{total},"#));
    let next = next.map_or(String::new(), |next| {
        format!(r#"{{"relation":"next","url":"{next}"}}"#)
    });
    json(
        200,
        format!(
            r#"{{"resourceType":"Bundle",{total}"link":[{next}],"type":"searchset","entry":[{}]}}"#,
            entries.join(",")
        ),
    )
}

/// The page that a request asks for; 1 when it does not say.
fn number(seen: &Seen) -> u32 {
    let mut pairs = seen.url.query_pairs();
    pairs
        .find(|(name, _)| name == "page")
        .map_or(1, |(_, value)| value.parse().unwrap())
}

fn searching(script: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static) -> (House, Network) {
    let network = Network::new(script);
    (house(settings(FHIR), &network), network)
}

fn search(pages: u32, entries: u32) -> Exchange {
    let mut search = paged("Observation", pages, entries);
    search.request.query = "patient=1".to_owned();
    search
}

/// Why a search is incomplete.
fn reason(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Incomplete { reason, .. } => Some(reason),
        _ => None,
    }
}

fn urls(network: &Network) -> Vec<String> {
    let seen = network.seen();
    seen.iter().map(|seen| seen.url.to_string()).collect()
}
