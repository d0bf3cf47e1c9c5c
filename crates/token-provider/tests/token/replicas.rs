//! Replicas of a service that share a store: what one of them knows, all know.

use futures::future::join_all;
use token_provider::{Exchange, Kind, StoreError, Subject, TokenState};
use tokio::task::yield_now;

use crate::exchange::exchanging;
use crate::shelf::{Mood, Pair, Replica, key};
use crate::support::{definition, name, pass, reply, seconds, seconds_from_now, token};

fn pair(life: i64) -> Pair {
    Pair::new(definition("ehr"), move |n, _| token(n, life))
}

/// What was begun in the background, ends.
async fn settle() {
    pass(0.001).await;
}

#[tokio::test(start_paused = true)]
async fn a08_any_number_of_callers_in_two_replicas_make_one_token_request() {
    let pair = Pair::new(definition("ehr"), |n, _| token(n, 3600).after(seconds(0.3)));
    let callers = (0..500).flat_map(|_| [pair.one.name(), pair.other.name()]);
    let names = join_all(callers).await;
    assert!(names.iter().all(|name| name == "t1"));
    assert_eq!(pair.server.calls(), 1);
    assert_eq!(pair.third(definition("ehr")).name().await, "t1");
    assert_eq!(pair.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a09_one_replica_refreshes_ahead_and_the_other_takes_what_came() {
    let pair = pair(300);
    for round in 1..=20 {
        pass(30.0).await;
        let ready = (pair.one.source.cached(), pair.other.source.cached());
        assert_eq!(
            (ready.0.is_some(), ready.1.is_some()),
            (round > 1, round > 1)
        );
        pair.one.token().await.unwrap();
        pair.other.token().await.unwrap();
        settle().await;
    }
    // Ten minutes of tokens that are renewed after half of five.
    assert!(pair.server.calls() <= 5, "{}", pair.server.calls());
}

#[tokio::test(start_paused = true)]
async fn a07_a_hit_asks_no_store() {
    let pair = pair(3600);
    pair.one.token().await.unwrap();
    settle().await;
    let questions = pair.shelf.questions();
    for _ in 0..1000 {
        pair.one.source.cached().unwrap();
        pair.one.token().await.unwrap();
    }
    assert_eq!(pair.shelf.questions(), questions);
}

#[tokio::test(start_paused = true)]
async fn a_token_from_the_store_keeps_its_expiry_less_what_clocks_may_differ() {
    let pair = pair(300);
    pair.one.token().await.unwrap();
    pass(140.0).await;
    pair.other.token().await.unwrap();
    let expected = TokenState::Fresh {
        age: seconds(145.0),
        expires_in: seconds(155.0),
    };
    assert_eq!(pair.other.source.state().token, expected);
    pass(156.0).await;
    assert_eq!(pair.other.name().await, "t2");
    // Of a short life less.
    let pair = self::pair(20);
    pair.one.token().await.unwrap();
    pair.other.token().await.unwrap();
    let expected = TokenState::Fresh {
        age: seconds(2.0),
        expires_in: seconds(18.0),
    };
    assert_eq!(pair.other.source.state().token, expected);
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_clock_that_is_far_off_is_not_taken() {
    for (ahead, expected) in [(3.0, "t1"), (60.0, "t2")] {
        let pair = pair(300);
        pair.one.clock.forward(seconds(ahead));
        pair.one.token().await.unwrap();
        assert_eq!(pair.other.name().await, expected, "{ahead}");
    }
    // The other way round it looks old, and is renewed too early: no harm.
    let pair = pair(300);
    pair.other.clock.forward(seconds(280.0));
    pair.one.token().await.unwrap();
    assert_eq!(pair.other.name().await, "t2");
}

#[tokio::test(start_paused = true)]
async fn a10_a_rejected_token_is_handed_out_by_no_replica_again() {
    let pair = pair(3600);
    let first = pair.one.token().await.unwrap();
    assert_eq!(pair.other.name().await, "t1");
    pair.one.source.reject(&first);
    settle().await;
    // One that begins now does not find it.
    assert_eq!(pair.third(definition("ehr")).name().await, "t2");
    // One that holds it hears of it from its backend, and then asks the store.
    let stale = pair.other.token().await.unwrap();
    assert_eq!(name(&stale), "t1");
    pair.other.source.reject(&stale);
    assert_eq!(pair.other.name().await, "t2");
    assert_eq!(pair.one.name().await, "t2");
    assert_eq!(pair.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_verdicts_on_one_token_ask_the_store_once() {
    let pair = pair(3600);
    let dead = pair.one.token().await.unwrap();
    settle().await;
    let before = pair.shelf.questions();
    for _ in 0..1000 {
        pair.one.source.reject(&dead);
    }
    settle().await;
    assert_eq!(pair.shelf.questions() - before, 2, "read and removed");
}

#[tokio::test(start_paused = true)]
async fn one_credential_cannot_reject_the_shared_token_of_another() {
    let pair = pair(3600);
    let token = pair.one.token().await.unwrap();
    pair.one.provider.source(definition("labs")).reject(&token);
    settle().await;
    assert_eq!(pair.other.name().await, "t1");
}

#[tokio::test(start_paused = true)]
async fn a_late_verdict_on_an_old_token_leaves_its_successor_in_the_store() {
    let pair = pair(300);
    let first = pair.one.token().await.unwrap();
    pair.other.token().await.unwrap();
    pass(301.0).await;
    assert_eq!(pair.one.name().await, "t2");
    pair.one.source.reject(&first);
    settle().await;
    assert_eq!(pair.other.name().await, "t2");
    assert_eq!(pair.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_rejected_while_the_store_is_away_is_not_taken_from_it_later() {
    let pair = pair(3600);
    let first = pair.one.token().await.unwrap();
    settle().await;
    pair.shelf.feels(Mood::Down);
    pair.one.source.reject(&first);
    let second = pair.one.token().await.unwrap();
    assert_eq!(name(&second), "t2");
    pair.shelf.feels(Mood::Fine);
    pass(20.0).await;
    // Taken out once the store was back.
    assert_eq!(pair.other.name().await, "t3");
    pair.one.source.reject(&second);
    assert_eq!(pair.one.name().await, "t3");
}

#[tokio::test(start_paused = true)]
async fn when_the_holder_of_the_lease_dies_another_replica_fetches_once_it_ends() {
    let pair = pair(3600);
    pair.shelf.holder_dies(4.0);
    let begun = tokio::time::Instant::now();
    assert_eq!(pair.one.name().await, "t1");
    let waited = begun.elapsed();
    assert!(
        waited >= seconds(4.0) && waited < seconds(4.3),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_another_replica_beyond_a_deadline() {
    let pair = pair(3600);
    pair.shelf.holder_dies(60.0);
    let begun = tokio::time::Instant::now();
    let error = pair
        .one
        .source
        .token(seconds_from_now(1.5))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Deadline);
    assert!(begun.elapsed() < seconds(1.51));
    // And the wait itself has an end, at which callers learn why.
    let error = pair.one.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("another replica"), "{error}");
    assert_eq!(pair.server.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_given_back_whether_or_not_a_token_came() {
    let pair = Pair::new(definition("ehr"), |n, _| {
        if n == 1 {
            reply(401, r#"{"error":"invalid_client"}"#)
        } else {
            token(n, 3600)
        }
    });
    pair.one.token().await.unwrap_err();
    settle().await;
    assert_eq!(pair.shelf.leases(), 0);
    pair.other.token().await.unwrap();
    settle().await;
    assert_eq!(pair.shelf.leases(), 0);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_each_replica_fetches_and_says_so_once() {
    let pair = pair(300);
    pair.shelf.feels(Mood::Down);
    settle().await;
    for _ in 0..3 {
        pair.one.token().await.unwrap();
        pair.other.token().await.unwrap();
        pass(301.0).await;
    }
    assert_eq!(pair.server.calls(), 6);
    let state = pair.one.provider.store_state().unwrap();
    let (error, since) = state.away.unwrap();
    assert_eq!(error, StoreError::Unreachable);
    assert!(since > seconds(900.0));
    // It comes back without anybody asking for a token.
    pair.shelf.feels(Mood::Fine);
    pass(16.0).await;
    assert_eq!(pair.one.provider.store_state().unwrap().away, None);
    let heard = pair.one.heard.all();
    let of_store = heard
        .iter()
        .filter(|line| line.starts_with("store"))
        .collect::<Vec<_>>();
    assert_eq!(of_store, ["store away", "store back"]);
    pair.one.token().await.unwrap();
    pair.other.token().await.unwrap();
    assert_eq!(pair.server.calls(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_delays_one_fetch_by_a_quarter_of_a_second() {
    let pair = pair(300);
    settle().await;
    pair.shelf.feels(Mood::Hung);
    for most in [0.26, 0.01, 0.01] {
        let begun = tokio::time::Instant::now();
        pair.one.token().await.unwrap();
        assert!(begun.elapsed() <= seconds(most), "{:?}", begun.elapsed());
        pass(301.0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_away_during_the_fetch_costs_no_second_one() {
    for mood in [Mood::Down, Mood::Hung, Mood::Deaf] {
        let pair = Pair::new(definition("ehr"), |n, _| token(n, 300).after(seconds(1.0)));
        let caller = async {
            pass(0.5).await;
            pair.shelf.feels(mood);
        };
        let (token, ()) = futures::future::join(pair.one.name(), caller).await;
        assert_eq!(token, "t1");
        assert_eq!(pair.server.calls(), 1);
        pair.shelf.feels(Mood::Fine);
        pass(20.0).await;
        // What the dead lease left behind is overcome.
        let expected = if mood == Mood::Deaf { "t1" } else { "t2" };
        assert_eq!(pair.other.name().await, expected, "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_in_the_store_is_overwritten() {
    let pair = pair(3600);
    pair.one.token().await.unwrap();
    let (key, _) = pair.shelf.entries().into_iter().next().unwrap();
    for (expected, garbage) in [("t2", &b""[..]), ("t3", b"garbage"), ("t4", &[1; 200])] {
        pair.shelf.put(key, garbage.into());
        assert_eq!(pair.third(definition("ehr")).name().await, expected);
        assert_eq!(pair.third(definition("ehr")).name().await, expected);
    }
    assert_eq!(pair.one.provider.store_state().unwrap().away, None);
}

#[tokio::test(start_paused = true)]
async fn a12_an_entry_put_in_the_place_of_another_is_not_used() {
    let pair = pair(3600);
    pair.one.token().await.unwrap();
    let labs = pair.third(definition("labs"));
    labs.token().await.unwrap();
    let entries = pair.shelf.entries();
    let keys: Vec<_> = entries.keys().copied().collect();
    pair.shelf.put(keys[0], entries[&keys[1]].clone());
    pair.shelf.put(keys[1], entries[&keys[0]].clone());
    assert_eq!(pair.third(definition("ehr")).name().await, "t3");
    assert_eq!(pair.third(definition("labs")).name().await, "t4");
}

#[tokio::test(start_paused = true)]
async fn a20_replicas_with_another_key_or_definition_share_nothing() {
    let pair = pair(3600);
    pair.one.token().await.unwrap();
    let other_key = key("0a1c");
    let one = Replica::with_key(
        definition("ehr"),
        &pair.server,
        Some(&pair.shelf),
        &other_key,
    );
    assert_eq!(one.name().await, "t2");
    let mut changed = definition("ehr");
    changed.scopes = vec!["more".into()];
    assert_eq!(pair.third(changed).name().await, "t3");
    assert_eq!(pair.third(definition("ehr")).name().await, "t1");
}

#[tokio::test(start_paused = true)]
async fn a_token_bound_to_a_key_of_this_process_is_not_shared() {
    let mut bound = definition("ehr");
    bound.dpop = true;
    let pair = Pair::new(bound, |n, _| {
        let body = format!(r#"{{"access_token":"t{n}","token_type":"DPoP","expires_in":3600}}"#);
        reply(200, body)
    });
    pair.one.token().await.unwrap();
    pair.other.token().await.unwrap();
    assert_eq!(pair.server.calls(), 2);
    assert!(pair.shelf.entries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_worth_keeping_is_not_stored() {
    let pair = pair(1);
    settle().await;
    let before = pair.shelf.questions();
    pair.one.token().await.unwrap();
    settle().await;
    let asked = pair.shelf.questions() - before;
    assert_eq!(asked, 4, "read, leased, read again, given back");
    pair.other.token().await.unwrap();
    assert_eq!(pair.server.calls(), 2);
    assert!(pair.shelf.entries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn b19_tokens_on_behalf_of_subjects_are_shared_and_rejected_by_subject() {
    let pair = Pair::new(exchanging(Exchange::default()), |n, _| token(n, 3600));
    let subject = |theirs: &str| Subject::new(theirs.into(), None);
    let ask = async |replica: &Replica, theirs: &str| {
        let deadline = seconds_from_now(10.0);
        let token = replica.source.token_for(subject(theirs), deadline).await;
        token.unwrap()
    };
    let anna = ask(&pair.one, "anna").await;
    assert_eq!(name(&ask(&pair.other, "anna").await), "t1");
    assert_eq!(name(&ask(&pair.other, "boris").await), "t2");
    pair.one.source.reject(&anna);
    settle().await;
    let third = pair.third(exchanging(Exchange::default()));
    assert_eq!(name(&ask(&third, "anna").await), "t3");
    assert_eq!(name(&ask(&third, "boris").await), "t2");
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_holds_no_token_and_no_secret() {
    let pair = Pair::new(crate::password::user("anna"), |_, _| {
        let body =
            r#"{"access_token":"token-value","expires_in":300,"refresh_token":"refresh-value"}"#;
        reply(200, body)
    });
    pair.one.token().await.unwrap();
    yield_now().await;
    let entries = pair.shelf.entries();
    assert_eq!(entries.len(), 1);
    for (key, bytes) in entries {
        let text = format!("{key}{key:?}{}", String::from_utf8_lossy(&bytes));
        for secret in ["token-value", "refresh-value", "password", "anna", "Bearer"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_forgets_everything_costs_a_fetch() {
    let pair = pair(300);
    pair.one.token().await.unwrap();
    pair.shelf.lose_everything();
    assert_eq!(pair.other.name().await, "t2");
    assert_eq!(pair.one.name().await, "t1");
}
