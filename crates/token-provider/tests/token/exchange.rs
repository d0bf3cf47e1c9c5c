//! Tokens on behalf of somebody (RFC 8693).

use std::time::{Duration, SystemTime};

use futures::future::join_all;
use token_provider::{
    Actor, ConnectionFault, Definition, Exchange, Grant, Kind, Subject, SubjectFault, Token,
    TokenError, TokenType, TransportError,
};

use crate::support::{
    House, Reply, broken, definition, house, house_for, house_that_sees, name, pass, reply,
    seconds_from_now, token,
};

pub(crate) fn exchanging(exchange: Exchange) -> Definition {
    let mut definition = definition("on behalf");
    definition.grant = Grant::TokenExchange(Box::new(exchange));
    definition
}

fn exchange_house(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> House {
    house_for(exchanging(Exchange::default()), script)
}

fn subject(token: &str) -> Subject {
    Subject::new(token.into(), None)
}

/// Expires so many seconds after the clock of the houses starts.
fn expiring(token: &str, after: u64) -> Subject {
    let start = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
    Subject::new(token.into(), Some(start + Duration::from_secs(after)))
}

impl House {
    async fn token_for(&self, subject: Subject) -> Result<Token, TokenError> {
        self.source.token_for(subject, seconds_from_now(10.0)).await
    }

    async fn name_for(&self, subject: Subject) -> String {
        name(&self.token_for(subject).await.unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn b19_each_subject_has_a_token_of_its_own_fetched_once() {
    let house = exchange_house(|n| token(n, 300).after(Duration::from_millis(100)));
    let both = join_all((0..100).map(|n| house.name_for(subject(["a", "b"][n % 2])))).await;
    assert!(both.chunks(2).all(|pair| pair == ["t1", "t2"]));
    assert_eq!(house.server.parameters("subject_token"), ["a", "b"]);
    assert_eq!(house.source.state().subjects, 2);
}

#[tokio::test(start_paused = true)]
async fn subjects_that_differ_in_anything_never_share() {
    let house = exchange_house(|n| token(n, 300));
    let jwt = Subject {
        token_type: TokenType::Jwt,
        ..subject("a")
    };
    let different = [
        subject("a"),
        jwt,
        expiring("a", 9_000),
        expiring("a", 9_001),
    ];
    for _ in 0..2 {
        for (n, subject) in different.iter().enumerate() {
            let expected = format!("t{}", n + 1);
            assert_eq!(house.name_for(subject.clone()).await, expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_exchanged_does_not_outlive_the_subjects_token() {
    let house = exchange_house(|n| token(n, 3600));
    assert_eq!(house.name_for(expiring("a", 100)).await, "t1");
    house.clock.forward(Duration::from_secs(99));
    pass(1.0).await;
    assert_eq!(house.server.calls(), 1);
    house.clock.forward(Duration::from_secs(2));
    let error = house.token_for(expiring("a", 100)).await.unwrap_err();
    assert_eq!(error, TokenError::Subject(SubjectFault::Expired));
    assert_eq!(error.kind(), Kind::RejectedByBackend);
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_subject_is_needed_for_an_exchange_and_for_nothing_else() {
    let exchanging = exchange_house(|n| token(n, 300));
    assert_eq!(
        exchanging.token().await.unwrap_err(),
        TokenError::Subject(SubjectFault::Missing)
    );
    assert!(exchanging.source.cached().is_none());
    let own = house(|n| token(n, 300));
    assert_eq!(
        own.token_for(subject("a")).await.unwrap_err(),
        TokenError::Subject(SubjectFault::Unexpected)
    );
    assert_eq!((exchanging.server.calls(), own.server.calls()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_replaced_for_its_subject_only() {
    let house = exchange_house(|n| token(n, 300));
    let dead = house.token_for(subject("a")).await.unwrap();
    assert_eq!(house.name_for(subject("b")).await, "t2");
    house.source.reject(&dead);
    assert_eq!(house.name_for(subject("a")).await, "t3");
    assert_eq!(house.name_for(subject("b")).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn a_subject_that_is_refused_takes_nothing_from_the_others() {
    let house = house_that_sees(exchanging(Exchange::default()), |n, seen| {
        match seen.parameter("subject_token").as_deref() {
            Some("bad") => reply(400, r#"{"error":"invalid_request"}"#),
            Some("odd") => reply(500, ""),
            _ => token(n, 300),
        }
    });
    assert!(house.token_for(subject("bad")).await.is_err());
    assert!(house.token_for(subject("bad")).await.is_err());
    assert!(house.token_for(subject("odd")).await.is_err());
    assert!(house.token_for(subject("good")).await.is_ok());
    let shown = house.server.parameters("subject_token");
    assert_eq!(shown, ["bad", "odd", "odd", "odd", "good"]);
}

#[tokio::test(start_paused = true)]
async fn a23_what_is_wrong_with_the_client_is_asked_once_for_all_subjects() {
    for answer in [
        || reply(401, r#"{"error":"invalid_client"}"#),
        || reply(302, "").header("location", "https://login.example/"),
        || broken(TransportError::Connection(ConnectionFault::Tls)),
    ] {
        let house = exchange_house(move |n| if n == 1 { answer() } else { token(n, 300) });
        let error = house.token_for(subject("subject-a")).await.unwrap_err();
        assert_eq!(
            house.token_for(subject("subject-b")).await.unwrap_err(),
            error
        );
        assert_eq!(house.server.calls(), 1);
        let state = house.source.state();
        assert_eq!(state.last_error, Some(error));
        assert!(state.backing_off.is_some());
        pass(61.0).await;
        assert_eq!(house.name_for(subject("subject-b")).await, "t2");
        let state = house.source.state();
        assert_eq!((state.last_error, state.backing_off), (None, None));
    }
}

#[tokio::test(start_paused = true)]
async fn the_number_of_subjects_is_bounded_and_those_that_come_again_stay() {
    let exchange = Exchange {
        subjects: 50,
        ..Exchange::default()
    };
    let house = house_for(exchanging(exchange), |n| token(n, 86_400));
    for _ in 0..3 {
        house.name_for(subject("regular")).await;
    }
    for stranger in 0..1000 {
        house.name_for(subject(&stranger.to_string())).await;
        assert!(house.source.state().subjects <= 50);
    }
    assert_eq!(house.name_for(subject("regular")).await, "t1");
}

#[tokio::test(start_paused = true)]
async fn a_fetch_under_way_is_joined_however_many_subjects_there_are() {
    let exchange = Exchange {
        subjects: 2,
        ..Exchange::default()
    };
    let house = house_for(exchanging(exchange), |n| {
        token(n, 300).after(Duration::from_millis(100))
    });
    let callers = (0..40).map(|n| house.token_for(subject(&(n % 20).to_string())));
    assert!(join_all(callers).await.iter().all(Result::is_ok));
    assert_eq!(house.server.calls(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_actor_is_another_credential_with_a_cache_of_its_own() {
    let own = house(|_| reply(200, r#"{"access_token":"own","expires_in":3600}"#));
    let exchange = Exchange {
        actor: Some(Actor {
            tokens: own.source.clone(),
            token_type: TokenType::AccessToken,
        }),
        ..Exchange::default()
    };
    let house = house_for(exchanging(exchange), |n| token(n, 300));
    assert_eq!(house.name_for(subject("a")).await, "t1");
    assert_eq!(house.name_for(subject("b")).await, "t2");
    assert_eq!(house.server.parameters("actor_token"), ["own", "own"]);
    assert_eq!(own.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_actors_token_nothing_is_exchanged() {
    let own = house(|_| reply(401, r#"{"error":"invalid_client"}"#));
    let exchange = Exchange {
        actor: Some(Actor {
            tokens: own.source.clone(),
            token_type: TokenType::Jwt,
        }),
        ..Exchange::default()
    };
    let house = house_for(exchanging(exchange), |n| token(n, 300));
    let error = house.token_for(subject("a")).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
    assert_eq!(house.server.calls(), 0);
}
