//! The credential on every page.
#![expect(clippy::unwrap_used, reason = "tests")]

use secrecy::SecretString;

use super::{number, page, search};
use crate::fake::{FHIR, Network, Tokens, ended, house, json, settings, text};
use crate::{Credential, Settings};

#[tokio::test(start_paused = true)]
async fn a_token_that_dies_between_two_pages_is_renewed_and_goes_on() {
    let tokens = Tokens::willing();
    let network = Network::new(|seen, _| match (number(seen), seen.bearer().as_deref()) {
        (1, _) => page(&["a"], Some("?page=2"), None),
        (_, Some("t1")) => json(401, ""),
        (2, _) => page(&["b"], Some("?page=3"), None),
        _ => page(&["c"], None, None),
    });
    let settings = Settings {
        credential: tokens.credential(),
        ..settings(FHIR)
    };
    let outcome = house(settings, &network).send(search(5, 100)).await;
    assert_eq!(ended(&outcome).0, "ok");
    assert_eq!(network.bearers(), ["t1", "t1", "t2", "t2"]);
}

#[tokio::test(start_paused = true)]
async fn a34_a_key_in_the_query_is_taken_out_of_links_and_put_on_again_once() {
    for echoed in ["?page=2&appid=MARKED", "?appid=other&page=2", "?page=2"] {
        let network = Network::new(move |seen, _| match number(seen) {
            1 => page(&["a"], Some(echoed), None),
            _ => page(&["b"], None, None),
        });
        let settings = Settings {
            credential: Credential::api_key_query("appid".to_owned(), SecretString::from("MARKED")),
            ..settings(FHIR)
        };
        let outcome = house(settings, &network).send(search(5, 100)).await;
        assert_eq!(ended(&outcome).0, "ok");
        assert!(!text(&outcome).contains("MARKED"));
        let queries: Vec<_> = network
            .seen()
            .iter()
            .map(|seen| seen.url.query().unwrap().to_owned())
            .collect();
        assert_eq!(queries, ["patient=1&appid=MARKED", "page=2&appid=MARKED"]);
    }
}

#[tokio::test(start_paused = true)]
async fn f19_a_loop_is_seen_although_the_key_changes_in_the_link() {
    let network =
        Network::new(|_, number| page(&["a"], Some(&format!("?patient=1&appid={number}")), None));
    let settings = Settings {
        credential: Credential::api_key_query("appid".to_owned(), SecretString::from("k")),
        ..settings(FHIR)
    };
    let outcome = house(settings, &network).send(search(50, 100)).await;
    assert_eq!(ended(&outcome).0, "incomplete");
    assert_eq!(network.seen().len(), 1);
}
