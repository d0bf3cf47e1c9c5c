//! Credentials by the client on whose behalf a call is made: chosen, never shared (B19).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use http::Method;
use orchestration::{Exchange, Reading};
use secrecy::SecretString;
use token_provider::{Definition, TokenProvider};

use crate::fake::{
    FHIR, Network, Tokens, definition, ended, exchange, expecting, failed, house, json, settings,
};
use crate::{Credential, Dialect, Settings};

fn basic(username: &str) -> Credential {
    Credential::basic(username, &SecretString::from("p")).unwrap()
}

fn with(dialect: Dialect, entries: Vec<(&str, Credential)>) -> Settings {
    let entries = entries
        .into_iter()
        .map(|(client, credential)| (client.into(), credential));
    Settings {
        credential: Credential::by_client(entries),
        ..settings(dialect)
    }
}

fn on_behalf(client: Option<&str>) -> Exchange {
    let mut call = exchange(Method::GET, "/a");
    call.principal = client.map(Into::into);
    call
}

#[tokio::test(start_paused = true)]
async fn b19_each_client_has_its_own_credential() {
    let network = Network::new(|_, _| json(200, "{}"));
    let entries = vec![
        ("portal", basic("ehr_portal")),
        ("robot", basic("ehr_robot")),
    ];
    let house = house(with(Dialect::Rest, entries), &network);
    for client in ["portal", "robot", "portal"] {
        assert_eq!(ended(&house.send(on_behalf(Some(client))).await).0, "ok");
    }
    let seen = network.seen();
    let sent: Vec<_> = seen
        .iter()
        .flat_map(|seen| seen.header("authorization"))
        .collect();
    let (portal, robot) = ("Basic ZWhyX3BvcnRhbDpw", "Basic ZWhyX3JvYm90OnA=");
    assert_eq!(sent, [portal, robot, portal]);
    // Whose call it is stays here.
    let told = format!(
        "{:?}",
        seen.iter().map(|seen| &seen.headers).collect::<Vec<_>>()
    );
    assert!(!told.contains("portal\""), "{told}");
}

#[tokio::test(start_paused = true)]
async fn b19_a_client_without_an_entry_and_nobody_fail_before_anything_is_sent() {
    let network = Network::new(|_, _| json(200, "{}"));
    for dialect in [Dialect::Rest, FHIR] {
        let entries = vec![("portal", basic("ehr_portal"))];
        let house = house(with(dialect, entries), &network);
        for client in [Some("robot"), Some(""), Some("Portal"), None] {
            for reading in [
                Reading::Json,
                Reading::Pages {
                    searched: "a".to_owned(),
                    pages: 2,
                    entries: 9,
                },
            ] {
                let mut call = on_behalf(client);
                expecting(&mut call, |expect| expect.reading = reading);
                let outcome = house.send(call).await;
                assert_eq!(
                    ended(&outcome),
                    ("failed", Some("upstream_auth_config"), None)
                );
                let (_, failure) = failed(&outcome).unwrap();
                assert!(!failure.detail.contains("portal"), "{}", failure.detail);
            }
            let mut write = exchange(Method::POST, "/a");
            write.principal = client.map(Into::into);
            assert_eq!(ended(&house.send(write).await).0, "failed");
        }
    }
    assert!(network.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn b19_a_choice_within_a_choice_is_that_for_the_same_client() {
    let network = Network::new(|_, _| json(200, "{}"));
    let inner = || {
        let entries = [("portal", "inner"), ("other", "wrong")];
        Credential::by_client(entries.map(|(client, name)| (client.into(), basic(name))))
    };
    let entries = vec![("portal", inner()), ("robot", inner())];
    let house = house(with(Dialect::Rest, entries), &network);
    assert_eq!(ended(&house.send(on_behalf(Some("portal"))).await).0, "ok");
    let outcome = house.send(on_behalf(Some("robot"))).await;
    assert_eq!(ended(&outcome).1, Some("upstream_auth_config"));
    let sent = network.seen().remove(0).header("authorization");
    assert_eq!(sent, ["Basic aW5uZXI6cA=="]);
}

/// Two clients, each with tokens of a definition of its own.
fn two(provider: &TokenProvider) -> Vec<(&'static str, Credential)> {
    let source = |name| -> Credential {
        let definition: Definition = definition(name);
        Credential::oauth2(provider.source(definition))
    };
    vec![
        ("portal", source("ehr_portal")),
        ("robot", source("ehr_robot")),
    ]
}

#[tokio::test(start_paused = true)]
async fn b19_what_becomes_of_one_client_s_tokens_costs_the_other_nothing() {
    let tokens = Tokens::willing();
    // The robot's tokens are never taken; the portal's second one is.
    let network = Network::new(|seen, _| match seen.bearer().as_deref() {
        Some("t1" | "t2" | "t3") => json(401, ""),
        _ => json(200, "{}"),
    });
    let house = house(with(Dialect::Rest, two(&tokens.provider())), &network);
    let refused = ("failed", Some("upstream_refused"), Some(401));
    assert_eq!(ended(&house.send(on_behalf(Some("robot"))).await), refused);
    // Another renewal of the robot's would be fruitless, and the portal's is its first.
    assert_eq!(ended(&house.send(on_behalf(Some("robot"))).await), refused);
    assert_eq!(tokens.fetches(), 2);
    assert_eq!(ended(&house.send(on_behalf(Some("portal"))).await).0, "ok");
    assert_eq!(network.bearers(), ["t1", "t2", "t2", "t3", "t4"]);
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(ended(&house.send(on_behalf(Some("portal"))).await).0, "ok");
    assert_eq!(tokens.fetches(), 4);
}
