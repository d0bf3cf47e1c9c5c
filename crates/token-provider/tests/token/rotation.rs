//! One refresh token for all replicas: each is shown by one of them, and once.

use std::sync::Arc;
use std::sync::Mutex;

use token_provider::{Definition, Grant, Kind};

use crate::password::user;
use crate::shelf::{Mood, Pair, Replica};
use crate::support::{Reply, Seen, definition, pass, reply, seconds};

/// Until the token is gone, but not what renews it.
const EXPIRY: f64 = 301.0;

fn grant(refresh: &str) -> Definition {
    let mut definition = definition("ehr");
    definition.grant = Grant::RefreshToken {
        token: refresh.into(),
    };
    definition
}

fn with_refresh(n: usize, refresh: &str) -> Reply {
    let body = format!(r#"{{"access_token":"t{n}","expires_in":300,"refresh_token":"{refresh}"}}"#);
    reply(200, body)
}

/// As Keycloak does it: a refresh token is taken once, and one that comes again ends the session.
fn rotating(definition: Definition, first: &str) -> Pair {
    let current = Mutex::new(Some(first.to_owned()));
    Pair::new(definition, move |n, seen| {
        let mut current = current.lock().unwrap();
        let next = format!("r{n}");
        match seen.parameter("refresh_token") {
            None => {}
            Some(shown) if Some(&shown) == current.as_ref() => {}
            Some(_) => {
                *current = None;
                return reply(400, r#"{"error":"invalid_grant"}"#);
            }
        }
        *current = Some(next.clone());
        with_refresh(n, &next).after(seconds(0.2))
    })
}

/// What became of each request: `password`, or the refresh token that was shown.
fn shown(pair: &Pair) -> Vec<String> {
    let shown = |seen: &Seen| {
        let grant = seen.parameter("grant_type").unwrap();
        seen.parameter("refresh_token").unwrap_or(grant)
    };
    pair.server.seen().iter().map(shown).collect()
}

async fn both(pair: &Pair) {
    let (one, other) = futures::future::join(pair.one.name(), pair.other.name()).await;
    assert_eq!(one, other);
}

#[tokio::test(start_paused = true)]
async fn b09_two_replicas_at_expiry_show_the_refresh_token_once() {
    let pair = rotating(user("anna"), "none");
    for _ in 0..4 {
        both(&pair).await;
        pass(EXPIRY).await;
    }
    assert_eq!(shown(&pair), ["password", "r1", "r2", "r3"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_of_which_no_life_is_told_is_kept_for_weeks() {
    let pair = rotating(user("anna"), "none");
    pair.one.token().await.unwrap();
    pass(20.0 * 86_400.0).await;
    pair.other.token().await.unwrap();
    assert_eq!(shown(&pair), ["password", "r1"]);
}

#[tokio::test(start_paused = true)]
async fn b06_a_replica_goes_on_with_what_another_one_got() {
    let pair = rotating(grant("r0"), "r0");
    for replica in [&pair.one, &pair.other, &pair.one, &pair.one, &pair.other] {
        replica.token().await.unwrap();
        pass(EXPIRY).await;
    }
    // One that begins with the configured token, long used up.
    pair.third(grant("r0")).token().await.unwrap();
    assert_eq!(shown(&pair), ["r0", "r1", "r2", "r3", "r4", "r5"]);
}

#[tokio::test(start_paused = true)]
async fn b08_a_refresh_token_whose_holder_died_is_not_shown_again() {
    let pair = rotating(user("anna"), "none");
    both(&pair).await;
    pass(EXPIRY).await;
    // A replica goes while its request is on its way.
    let before = pair.shelf.entries();
    let doomed = tokio::spawn({
        let source = pair.one.source.clone();
        async move {
            source
                .token(tokio::time::Instant::now() + seconds(10.0))
                .await
        }
    });
    pass(0.1).await;
    assert_ne!(
        pair.shelf.entries(),
        before,
        "the store says that it is shown"
    );
    pair.shelf.feels(Mood::Down);
    doomed.await.unwrap().unwrap();
    pair.shelf.feels(Mood::Fine);
    pass(20.0).await;
    // What came of it was never stored: for the others it is as if the holder had died.
    pair.other.token().await.unwrap();
    assert_eq!(shown(&pair), ["password", "r1", "password"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_may_have_reached_the_store_is_not_shown_from_memory() {
    for mood in [Mood::Down, Mood::Deaf] {
        let pair = rotating(user("anna"), "none");
        let failing = async {
            pass(0.1).await;
            pair.shelf.feels(mood);
        };
        let (token, ()) = futures::future::join(pair.one.token(), failing).await;
        token.unwrap();
        pass(EXPIRY).await;
        pair.shelf.feels(Mood::Down);
        pass(1.0).await;
        pair.one.token().await.unwrap();
        assert_eq!(shown(&pair), ["password", "password"], "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_each_replica_has_a_session_of_its_own() {
    let pair = Pair::new(user("anna"), |n, _| with_refresh(n, &format!("r{n}")));
    pair.shelf.feels(Mood::Down);
    for _ in 0..2 {
        pair.one.token().await.unwrap();
        pair.other.token().await.unwrap();
        pass(EXPIRY).await;
    }
    assert_eq!(shown(&pair), ["password", "password", "r1", "r2"]);
    // Back, they share one of them.
    pair.shelf.feels(Mood::Fine);
    pass(20.0).await;
    for _ in 0..2 {
        both(&pair).await;
        pass(EXPIRY).await;
    }
    assert_eq!(shown(&pair).len(), 6);
    assert_eq!(shown(&pair)[5], "r5");
}

#[tokio::test(start_paused = true)]
async fn the_only_refresh_token_is_not_shown_while_the_store_is_away() {
    let pair = rotating(grant("r0"), "r0");
    pair.one.token().await.unwrap();
    pair.shelf.feels(Mood::Down);
    pass(200.0).await;
    // The token that there is works to its end.
    assert_eq!(pair.one.name().await, "t1");
    pass(EXPIRY).await;
    for replica in [&pair.one, &pair.other] {
        let error = replica.token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.to_string().contains("shared token store"), "{error}");
    }
    pair.shelf.feels(Mood::Fine);
    pass(70.0).await;
    both(&pair).await;
    assert_eq!(shown(&pair), ["r0", "r1"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_the_server_takes_again_and_again_is_shown_without_the_store() {
    let pair = Pair::new(grant("r0"), |n, _| {
        reply(
            200,
            format!(r#"{{"access_token":"t{n}","expires_in":300}}"#),
        )
    });
    pair.one.token().await.unwrap();
    pass(EXPIRY).await;
    pair.shelf.feels(Mood::Down);
    pair.one.token().await.unwrap();
    assert_eq!(shown(&pair), ["r0", "r0"]);
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_could_not_be_stored_is_not_lost() {
    for mood in [Mood::Down, Mood::Deaf] {
        let pair = rotating(grant("r0"), "r0");
        let failing = async {
            pass(0.1).await;
            pair.shelf.feels(mood);
        };
        let (token, ()) = futures::future::join(pair.one.token(), failing).await;
        token.unwrap();
        pair.shelf.feels(Mood::Fine);
        pass(EXPIRY).await;
        pair.one.token().await.unwrap();
        pass(EXPIRY).await;
        pair.other.token().await.unwrap();
        assert_eq!(shown(&pair), ["r0", "r1", "r2"], "{mood:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_could_not_be_stored_is_shown_instead_of_what_the_store_still_holds() {
    let pair = rotating(grant("r0"), "r0");
    pair.one.token().await.unwrap();
    pass(EXPIRY).await;
    let failing = async {
        pass(0.1).await;
        pair.shelf.feels(Mood::Down);
    };
    let (token, ()) = futures::future::join(pair.one.token(), failing).await;
    token.unwrap();
    pair.shelf.feels(Mood::Fine);
    pass(EXPIRY).await;
    for replica in [&pair.one, &pair.other] {
        replica.token().await.unwrap();
        pass(EXPIRY).await;
    }
    assert_eq!(shown(&pair), ["r0", "r1", "r2", "r3"]);
}

#[tokio::test(start_paused = true)]
async fn the_newest_refresh_token_outlives_a_store_that_forgets_everything() {
    let pair = rotating(grant("r0"), "r0");
    for _ in 0..3 {
        pair.one.token().await.unwrap();
        pair.other.token().await.unwrap();
        pass(EXPIRY).await;
    }
    pair.shelf.lose_everything();
    pair.other.token().await.unwrap();
    pair.one.token().await.unwrap();
    assert_eq!(shown(&pair), ["r0", "r1", "r2", "r3"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_does_not_bring_back_a_token_rejected_meanwhile() {
    let pair = Pair::new(user("anna"), |n, _| match n {
        1 | 3 => with_refresh(n, &format!("r{n}")),
        _ => reply(429, "").after(seconds(1.0)),
    });
    both(&pair).await;
    let stale = pair.other.token().await.unwrap();
    pass(190.0).await;
    pair.one.token().await.unwrap();
    pass(0.5).await;
    pair.other.source.reject(&stale);
    pass(1.0).await;
    assert_eq!(pair.third(user("anna")).name().await, "t3");
    assert_eq!(shown(&pair), ["password", "r1", "r1"]);
}

#[tokio::test(start_paused = true)]
async fn b10_a_password_that_one_replica_was_refused_with_is_not_tried_by_the_others() {
    let pair = Pair::new(user("anna"), |n, _| match n {
        1 => reply(401, r#"{"error":"invalid_grant"}"#),
        _ => with_refresh(n, "r"),
    });
    for replica in [&pair.one, &pair.other, &pair.third(user("anna"))] {
        let error = replica.token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration);
        assert_eq!(error.server_code().unwrap().as_str(), "invalid_grant");
    }
    assert_eq!(pair.server.calls(), 1);
    // A changed password is another definition.
    let mut mended = user("anna");
    mended.grant = Grant::Password {
        username: "anna".into(),
        password: "another".into(),
    };
    Replica::new(mended, &pair.server, &pair.shelf)
        .token()
        .await
        .unwrap();
    // And the refusal is not for ever.
    pass(700.0).await;
    pair.third(user("anna")).token().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_changes_while_its_refresh_token_is_taken_is_read_again() {
    let pair = rotating(user("anna"), "none");
    let first = pair.one.token().await.unwrap();
    // The rejection takes the token out of the entry, and leaves what renews it.
    pair.one.source.reject(&first);
    both(&pair).await;
    assert_eq!(shown(&pair), ["password", "r1"]);
    assert_eq!(Arc::strong_count(&pair.shelf), 3);
}

#[tokio::test(start_paused = true)]
async fn what_came_of_a_refresh_is_stored_over_the_failure_of_a_second_holder() {
    let pair = Pair::new(user("anna"), |n, seen| {
        match seen.parameter("refresh_token") {
            Some(_) => with_refresh(n, "r2").after(seconds(2.0)),
            None if n == 1 => with_refresh(n, "r1"),
            None => reply(400, r#"{"error":"invalid_request"}"#),
        }
    });
    let third = pair.third(user("anna"));
    both(&pair).await;
    pass(190.0).await;
    pair.one.token().await.unwrap();
    pass(0.1).await;
    pair.shelf.lose_leases();
    pair.other.token().await.unwrap();
    pass(3.0).await;
    assert_eq!(shown(&pair), ["password", "r1", "password"]);
    assert_eq!(third.name().await, "t2");
}
