//! Who fetches for all replicas, and what they leave in the store.

use std::sync::Arc;

use crate::password::user;
use crate::shelf::{Mood, Pair, Replica, key};
use crate::support::{Seen, definition, name, pass, reply, seconds, seconds_from_now, token};

#[tokio::test(start_paused = true)]
async fn each_lease_has_a_holder_that_a_store_can_tell_from_others_and_write_down() {
    let pair = Pair::new(definition("ehr"), |n, _| token(n, 3600).after(seconds(1.0)));
    let labs = pair.third(definition("labs"));
    let look = async {
        pass(0.5).await;
        pair.shelf.holders()
    };
    let (_, _, holders) = futures::future::join3(pair.one.name(), labs.name(), look).await;
    assert_eq!(holders.len(), 2);
    assert_ne!(holders[0], holders[1]);
    let is_plain =
        |text: &String| text.len() > 20 && text.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(holders.iter().all(is_plain), "{holders:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_takes_nearly_all_of_its_time_keeps_its_lease() {
    let pair = Pair::new(definition("ehr"), |n, _| token(n, 3600).after(seconds(4.9)));
    let names = futures::future::join(pair.one.name(), pair.other.name()).await;
    assert_eq!((names.0.as_str(), names.1.as_str()), ("t1", "t1"));
    assert_eq!(pair.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_lease_looks_four_to_eight_times_a_second() {
    let pair = Pair::new(definition("ehr"), |n, _| token(n, 3600));
    pair.shelf.holder_dies(60.0);
    pass(0.001).await;
    let before = pair.shelf.questions();
    let waited = pair.one.source.token(seconds_from_now(5.0)).await;
    waited.unwrap_err();
    // Each look is two questions; the first few come sooner.
    let looks = (pair.shelf.questions() - before) / 2;
    assert!((20..=44).contains(&looks), "{looks}");
}

#[tokio::test(start_paused = true)]
async fn a_token_older_than_the_one_at_hand_is_not_taken() {
    let pair = Pair::new(definition("ehr"), |n, _| {
        token(n, if n == 1 { 3600 } else { 300 })
    });
    pair.other.token().await.unwrap();
    pair.shelf.feels(Mood::Down);
    pass(1.0).await;
    assert_eq!(pair.one.name().await, "t2");
    pair.shelf.feels(Mood::Fine);
    pass(200.0).await;
    // It is renewed ahead.
    assert_eq!(pair.one.name().await, "t2");
    pass(0.1).await;
    assert_eq!(pair.one.name().await, "t3");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_taken_from_a_replica_whose_clock_is_right() {
    // Seconds that the clock of the one that was refused is ahead, and that of the other.
    for (ahead, others, calls) in [
        (0.0, 0.0, 1),
        (5.0, 0.0, 1),
        (6.0, 0.0, 2),
        (3600.0, 0.0, 2),
        (0.0, 500.0, 1),
        (0.0, 601.0, 2),
    ] {
        let refused = |_, _: &Seen| reply(401, r#"{"error":"invalid_grant"}"#);
        let pair = Pair::new(user("anna"), refused);
        pair.one.clock.forward(seconds(ahead));
        pair.other.clock.forward(seconds(others));
        pair.one.token().await.unwrap_err();
        pair.other.token().await.unwrap_err();
        assert_eq!(pair.server.calls(), calls, "{ahead} {others}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_a_second_holder_has_stored_first_is_the_one_of_all() {
    let slow = |n| seconds(if n == 1 { 2.0 } else { 0.0 });
    let pair = Pair::new(definition("ehr"), move |n, _| token(n, 3600).after(slow(n)));
    let second = async {
        pass(0.1).await;
        pair.shelf.lose_leases();
        pair.other.name().await
    };
    let names = futures::future::join(pair.one.name(), second).await;
    assert_eq!((names.0.as_str(), names.1.as_str()), ("t1", "t2"));
    pass(0.001).await;
    assert_eq!(pair.third(definition("ehr")).name().await, "t2");
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_fails_leaves_the_store_as_it_is() {
    let pair = Pair::new(definition("ehr"), |n, _| match n {
        1 => token(n, 300),
        _ => reply(503, ""),
    });
    pair.one.token().await.unwrap();
    pass(0.001).await;
    let before = pair.shelf.entries();
    pass(200.0).await;
    pair.one.token().await.unwrap();
    pass(10.0).await;
    assert!(pair.server.calls() > 1);
    assert_eq!(pair.shelf.entries(), before);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_that_comes_back_with_an_old_state_of_the_store_is_not_taken() {
    let pair = Pair::new(definition("ehr"), |n, _| token(n, 3600));
    let first = pair.one.token().await.unwrap();
    let old = pair.shelf.entries();
    pair.one.source.reject(&first);
    pass(0.001).await;
    for (key, entry) in old {
        pair.shelf.put(key, entry);
    }
    assert_eq!(pair.one.name().await, "t2");
}

#[tokio::test(start_paused = true)]
async fn who_begins_to_share_does_so_for_a_credential_known_before() {
    let pair = Pair::new(definition("ehr"), |n, _| token(n, 3600));
    let alone = Replica::of(definition("ehr"), &pair.server, None);
    let shared = alone
        .provider
        .sharing(Arc::clone(&pair.shelf) as _, &key("0a1b"));
    pair.one.token().await.unwrap();
    let source = shared.unwrap().source(definition("ehr"));
    let token = source.token(seconds_from_now(10.0)).await.unwrap();
    assert_eq!(name(&token), "t1");
}
