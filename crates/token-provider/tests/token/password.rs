//! User and password, and the refresh tokens that stand in for them.

use std::sync::{Arc, Mutex};

use futures::future::join_all;
use token_provider::{
    ClientAuthentication, ConnectionFault, Definition, Grant, Kind, TransportError,
};
use tokio::time::Instant;

use crate::support::{
    House, Reply, Seen, broken, definition, house_that_sees, hung, name, pass, reply, seconds,
};

pub(crate) fn user(username: &str) -> Definition {
    let mut definition = definition("ehr");
    definition.client = ClientAuthentication::None {
        client_id: "id".into(),
    };
    definition.grant = Grant::Password {
        username: username.into(),
        password: "password".into(),
    };
    definition
}

/// The token `t<number>` that lives for 300 s, with the refresh token `refresh`.
fn with_refresh(number: usize, refresh: &str) -> Reply {
    let body =
        format!(r#"{{"access_token":"t{number}","expires_in":300,"refresh_token":"{refresh}"}}"#);
    reply(200, body)
}

/// A server that gives `r<number>` with each token.
fn rotating(definition: Definition) -> House {
    house_that_sees(definition, |n, _| with_refresh(n, &format!("r{n}")))
}

fn refused(code: &str) -> Reply {
    reply(400, format!(r#"{{"error":"{code}"}}"#))
}

/// What became of each request: `password`, or the refresh token that was shown.
fn shown(house: &House) -> Vec<String> {
    let shown = |seen: &Seen| {
        let grant = seen.parameter("grant_type").unwrap();
        seen.parameter("refresh_token").unwrap_or(grant)
    };
    house.server.seen().iter().map(shown).collect()
}

/// Until the token is gone, but not what renews it.
const EXPIRY: f64 = 301.0;

#[tokio::test(start_paused = true)]
async fn b04_b05_b06_a_refresh_token_renews_and_gives_way_to_its_successor() {
    let house = rotating(user("anna"));
    for expected in ["t1", "t2", "t3"] {
        assert_eq!(house.name().await, expected);
        pass(EXPIRY).await;
    }
    assert_eq!(shown(&house), ["password", "r1", "r2"]);
}

#[tokio::test(start_paused = true)]
async fn b07_without_a_successor_the_refresh_token_is_used_on() {
    let house = house_that_sees(user("anna"), |n, _| match n {
        1 => with_refresh(n, "r1"),
        _ => crate::support::token(n, 300),
    });
    for expected in ["t1", "t2", "t3"] {
        assert_eq!(house.name().await, expected);
        pass(EXPIRY).await;
    }
    assert_eq!(shown(&house), ["password", "r1", "r1"]);
}

#[tokio::test(start_paused = true)]
async fn b04_a_refresh_token_is_not_shown_at_the_end_of_its_life() {
    for (life, expected) in [
        ("320", "r1"),
        (r#""320""#, "r1"),
        ("0", "r1"),
        ("310", "password"),
        ("60", "password"),
    ] {
        let house = house_that_sees(user("anna"), move |n, _| {
            let body = format!(
                r#"{{"access_token":"t{n}","expires_in":300,"refresh_token":"r{n}","refresh_expires_in":{life}}}"#
            );
            reply(200, body)
        });
        assert_eq!(house.name().await, "t1");
        pass(EXPIRY).await;
        assert_eq!(house.name().await, "t2");
        assert_eq!(shown(&house), ["password", expected], "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn b04_the_last_tenth_of_a_refresh_tokens_life_is_left_unused_but_no_more_than_10_s() {
    for (life, age, expected) in [
        (70, 62.9, "r1"),
        (70, 63.0, "password"),
        (1000, 989.9, "r1"),
        (1000, 990.0, "password"),
    ] {
        let house = house_that_sees(user("anna"), move |n, _| {
            let body = format!(
                r#"{{"access_token":"t{n}","expires_in":60,"refresh_token":"r{n}","refresh_expires_in":{life}}}"#
            );
            reply(200, body)
        });
        assert_eq!(house.name().await, "t1");
        pass(age).await;
        assert_eq!(house.name().await, "t2");
        assert_eq!(shown(&house), ["password", expected], "{age} of {life}");
    }
}

#[tokio::test(start_paused = true)]
async fn b08_a_refused_refresh_token_costs_one_login() {
    for code in [
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
    ] {
        let house = house_that_sees(user("anna"), move |n, seen| {
            match seen.parameter("refresh_token") {
                Some(_) => refused(code),
                None => with_refresh(n, &format!("r{n}")),
            }
        });
        assert_eq!(house.name().await, "t1");
        pass(EXPIRY).await;
        assert_eq!(house.name().await, "t3");
        assert_eq!(shown(&house), ["password", "r1", "password"]);
        pass(EXPIRY).await;
        assert_eq!(house.name().await, "t5");
        assert_eq!(shown(&house)[3..], ["r3", "password"]);
    }
}

#[tokio::test(start_paused = true)]
async fn b08_b10_when_the_password_is_refused_too_that_is_the_error() {
    let house = house_that_sees(user("anna"), |n, _| match n {
        1 => with_refresh(n, "r1"),
        _ => refused("invalid_grant"),
    });
    assert_eq!(house.name().await, "t1");
    pass(EXPIRY).await;
    let error = house.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
    assert!(house.token().await.is_err());
    assert_eq!(shown(&house), ["password", "r1", "password"]);
}

#[tokio::test(start_paused = true)]
async fn b09_callers_at_expiry_make_one_renewal() {
    let house = rotating(user("anna"));
    house.token().await.unwrap();
    pass(EXPIRY).await;
    let tokens = join_all((0..200).map(|_| house.token())).await;
    assert!(
        tokens
            .iter()
            .all(|token| name(token.as_ref().unwrap()) == "t2")
    );
    assert_eq!(shown(&house), ["password", "r1"]);
}

#[tokio::test(start_paused = true)]
async fn b10_a_refused_password_is_left_alone_long_enough_for_its_account() {
    for answer in [
        r#"{"error":"invalid_grant","error_description":"Invalid user credentials"}"#,
        r#"{"error":"invalid_grant","error_description":"Account disabled"}"#,
        "",
        "<html>",
    ] {
        let house = house_that_sees(user("anna"), move |_, _| reply(401, answer));
        let start = Instant::now();
        while start.elapsed() < seconds(1800.0) {
            assert_eq!(house.token().await.unwrap_err().kind(), Kind::Configuration);
            pass(1.0).await;
        }
        assert_eq!(house.server.calls(), 2, "{answer}");
        while start.elapsed() < seconds(86_400.0) {
            assert!(house.token().await.is_err());
            pass(60.0).await;
        }
        assert!(house.server.calls() <= 26, "{}", house.server.calls());
    }
    // What is wrong with the client harms no account.
    let house = house_that_sees(user("anna"), |_, _| refused("invalid_client"));
    assert!(house.token().await.is_err());
    pass(61.0).await;
    assert!(house.token().await.is_err());
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn b10_a_password_that_may_have_arrived_is_not_sent_again_at_once() {
    for (answer, attempts) in [
        (broken as fn(TransportError) -> Reply, 1),
        (|_| reply(500, ""), 1),
        (
            |_| broken(TransportError::Connection(ConnectionFault::Other)),
            3,
        ),
    ] {
        let house = house_that_sees(user("anna"), move |_, _| {
            answer(TransportError::Interrupted)
        });
        assert!(house.token().await.is_err());
        assert_eq!(house.server.calls(), attempts);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_of_which_nobody_knows_what_became_is_not_shown_again() {
    for lost in [
        || broken(TransportError::Interrupted),
        || broken(TransportError::Timeout),
        || reply(500, ""),
        || reply(200, "{}"),
        hung,
    ] {
        let house = house_that_sees(user("anna"), move |n, _| match n {
            2 => lost(),
            _ => with_refresh(n, &format!("r{n}")),
        });
        assert_eq!(house.name().await, "t1");
        pass(EXPIRY).await;
        // Some failures are tried again in the same flight, others in the next.
        house.token().await.ok();
        pass(10.0).await;
        assert_eq!(house.name().await, "t3");
        assert_eq!(shown(&house), ["password", "r1", "password"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_the_server_did_not_act_on_is_shown_again() {
    for untouched in [
        || broken(TransportError::Connection(ConnectionFault::Other)),
        || broken(TransportError::Connection(ConnectionFault::Tls)),
        || reply(503, "").header("retry-after", "5"),
        || reply(429, ""),
        || reply(302, "").header("location", "https://login.example/"),
        || refused("invalid_client"),
    ] {
        let house = house_that_sees(user("anna"), move |n, _| match n {
            2 => untouched(),
            _ => with_refresh(n, &format!("r{n}")),
        });
        assert_eq!(house.name().await, "t1");
        pass(EXPIRY).await;
        house.token().await.ok();
        pass(61.0).await;
        assert_eq!(house.name().await, "t3");
        assert_eq!(shown(&house), ["password", "r1", "r1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_rejects_the_token_of_a_dead_session_is_served_after_one_login() {
    let house = house_that_sees(user("anna"), |n, _| match n {
        2 => refused("invalid_grant"),
        _ => with_refresh(n, &format!("r{n}")),
    });
    let dead = house.token().await.unwrap();
    house.source.reject(&dead);
    assert_eq!(house.name().await, "t3");
    assert_eq!(shown(&house), ["password", "r1", "password"]);
}

#[tokio::test(start_paused = true)]
async fn b19_users_never_share_a_token_nor_a_refresh_token() {
    let house = rotating(user("anna"));
    let other = house.provider.source(user("boris"));
    let deadline = || Instant::now() + seconds(10.0);
    assert_eq!(house.name().await, "t1");
    assert_eq!(name(&other.token(deadline()).await.unwrap()), "t2");
    pass(EXPIRY).await;
    assert_eq!(name(&other.token(deadline()).await.unwrap()), "t3");
    assert_eq!(house.name().await, "t4");
    assert_eq!(shown(&house), ["password", "password", "r2", "r1"]);
    assert_eq!(
        house.server.parameters("username"),
        ["anna", "boris", "", ""]
    );
}

#[tokio::test(start_paused = true)]
async fn other_grants_do_not_use_a_refresh_token_that_comes_along() {
    let house = rotating(definition("ehr"));
    house.token().await.unwrap();
    pass(EXPIRY).await;
    house.token().await.unwrap();
    assert_eq!(shown(&house), ["client_credentials"; 2]);
}

fn given() -> Definition {
    let mut definition = user("");
    definition.grant = Grant::RefreshToken { token: "r0".into() };
    definition
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_from_outside_is_rotated_in_memory() {
    let house = rotating(given());
    for expected in ["t1", "t2", "t3"] {
        assert_eq!(house.name().await, expected);
        pass(EXPIRY).await;
    }
    assert_eq!(shown(&house), ["r0", "r1", "r2"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_from_outside_that_is_refused_is_an_error_and_left_alone() {
    let house = house_that_sees(given(), |n, _| match n {
        1 => with_refresh(n, "r1"),
        _ => refused("invalid_grant"),
    });
    house.token().await.unwrap();
    pass(EXPIRY).await;
    for _ in 0..500 {
        assert_eq!(house.token().await.unwrap_err().kind(), Kind::Configuration);
        pass(1.0).await;
    }
    assert_eq!(shown(&house), ["r0", "r1"]);
}

#[tokio::test(start_paused = true)]
async fn b06_the_token_before_a_refused_one_is_not_shown_again() {
    let house = house_that_sees(given(), |n, _| match n {
        1 => with_refresh(n, "r1"),
        _ => refused("invalid_grant"),
    });
    house.token().await.unwrap();
    pass(EXPIRY).await;
    assert!(house.token().await.is_err());
    // Until the server is asked again. To show `r0` would look like theft.
    pass(700.0).await;
    assert!(house.token().await.is_err());
    assert_eq!(shown(&house), ["r0", "r1", "r1"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_from_outside_is_tried_again_after_an_answer_got_lost() {
    // There is nothing else to try, and a server with a grace period for lost answers accepts it.
    let house = house_that_sees(given(), |n, _| match n {
        1 => broken(TransportError::Interrupted),
        _ => with_refresh(n, "r1"),
    });
    assert_eq!(house.name().await, "t2");
    assert_eq!(shown(&house), ["r0", "r0"]);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_panics_leaves_a_refresh_token_unclear() {
    let calls = Arc::new(Mutex::new(0));
    let house = house_that_sees(user("anna"), move |n, _| {
        *calls.lock().unwrap() += 1;
        assert!(n != 2, "as a transport might");
        with_refresh(n, &format!("r{n}"))
    });
    house.token().await.unwrap();
    pass(EXPIRY).await;
    assert_eq!(house.token().await.unwrap_err().kind(), Kind::Unavailable);
    pass(10.0).await;
    assert_eq!(house.name().await, "t3");
    assert_eq!(shown(&house), ["password", "r1", "password"]);
}
