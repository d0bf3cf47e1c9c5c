//! Refresh ahead: in the background, on use, and what happens when it fails.

use token_provider::{ConnectionFault, TokenError, TokenState, TransportError};
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::support::{broken, house, hung, name, pass, reply, seconds, seconds_from_now, token};

#[tokio::test(start_paused = true)]
async fn an_ageing_token_is_refreshed_in_the_background_while_it_is_handed_out() {
    let house = house(|n| token(n, 300).after(seconds(2.0)));
    house.token().await.unwrap();
    pass(140.0).await;
    assert_eq!(house.name().await, "t1");
    assert_eq!(house.server.calls(), 1);
    pass(45.0).await;
    let before = Instant::now();
    assert_eq!(house.name().await, "t1");
    assert_eq!(before.elapsed(), seconds(0.0));
    assert_eq!(house.name().await, "t1");
    pass(2.1).await;
    assert_eq!(house.name().await, "t2");
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn cached_alone_refreshes_too() {
    let house = house(|n| token(n, 300));
    house.token().await.unwrap();
    pass(190.0).await;
    assert_eq!(
        house.source.cached().map(|token| name(&token)).as_deref(),
        Some("t1")
    );
    pass(0.1).await;
    assert_eq!(
        house.source.cached().map(|token| name(&token)).as_deref(),
        Some("t2")
    );
}

#[tokio::test(start_paused = true)]
async fn an_idle_credential_stays_quiet() {
    let house = house(|n| token(n, 300));
    house.token().await.unwrap();
    pass(10_000.0).await;
    assert_eq!(house.server.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_five_minute_token_is_handed_out_for_four_and_a_ten_second_one_for_eight() {
    for (life, last) in [(300, 239.0), (10, 7.9), (3600, 3539.0)] {
        let house = house(move |n| if n == 1 { token(n, life) } else { hung() });
        house.token().await.unwrap();
        pass(last).await;
        assert_eq!(
            house.source.cached().map(|token| name(&token)).as_deref(),
            Some("t1"),
            "{life}"
        );
        pass(if life == 10 { 0.2 } else { 1.1 }).await;
        assert!(house.source.cached().is_none(), "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn near_its_end_a_token_gives_way_to_a_new_one_that_comes_soon() {
    let house = house(|n| token(n, 300).after(seconds(0.3)));
    house.token().await.unwrap();
    pass(250.0).await;
    assert_eq!(house.name().await, "t2");
}

#[tokio::test(start_paused = true)]
async fn a22_near_its_end_a_token_is_used_when_the_server_is_slow() {
    let house = house(|n| if n == 1 { token(n, 300) } else { hung() });
    house.token().await.unwrap();
    pass(250.0).await;
    let start = Instant::now();
    let old = house.source.token(seconds_from_now(1.0)).await.unwrap();
    assert_eq!((name(&old).as_str(), start.elapsed()), ("t1", seconds(0.5)));
    // The next caller does not wait at all.
    assert_eq!(house.name().await, "t1");
    assert_eq!(start.elapsed(), seconds(0.5));
}

#[tokio::test(start_paused = true)]
async fn a22_the_cached_token_is_used_to_its_end_while_the_server_is_down() {
    for failure in [500, 503, 401] {
        let house = house(move |n| {
            if n == 1 {
                token(n, 300)
            } else {
                reply(failure, "")
            }
        });
        house.token().await.unwrap();
        for _ in 0..299 {
            assert_eq!(house.name().await, "t1", "{failure}");
            pass(1.0).await;
        }
        assert!(matches!(
            house.source.state().token,
            TokenState::Fresh { .. }
        ));
        pass(1.0).await;
        assert!(house.token().await.is_err(), "{failure}");
        assert_eq!(house.source.state().token, TokenState::Expired);
    }
}

#[tokio::test(start_paused = true)]
async fn a22_near_its_end_a_token_is_used_at_once_while_backing_off() {
    let house = house(|n| {
        if n == 1 {
            token(n, 300)
        } else {
            reply(503, "").header("retry-after", "30")
        }
    });
    house.token().await.unwrap();
    pass(250.0).await;
    assert_eq!(house.name().await, "t1");
    let start = Instant::now();
    assert_eq!(house.name().await, "t1");
    assert_eq!(start.elapsed(), seconds(0.0));
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_backs_off_too() {
    let house = house(|n| {
        if n == 1 {
            token(n, 3600)
        } else {
            broken(TransportError::Connection(ConnectionFault::Tls))
        }
    });
    house.token().await.unwrap();
    pass(3400.0).await;
    for _ in 0..1000 {
        assert_eq!(house.name().await, "t1");
        pass(0.1).await;
    }
    // 1, 2, 4, 8, 16 and 32 s at most, at least half of each.
    let refreshes = house.server.calls() - 1;
    assert!((6..=9).contains(&refreshes), "{refreshes}");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_under_way_is_not_started_again() {
    let house = house(|n| token(n, 300).after(seconds(1.0)));
    house.token().await.unwrap();
    pass(190.0).await;
    for _ in 0..100 {
        assert_eq!(house.name().await, "t1");
        yield_now().await;
    }
    assert!(house.source.state().fetching);
    assert_eq!(house.server.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_yields_a_token_not_worth_keeping_leaves_the_old_one() {
    let house = house(|n| token(n, if n == 1 { 300 } else { 0 }));
    let old = house.token().await.unwrap();
    pass(190.0).await;
    assert_eq!(house.name().await, "t1");
    pass(2.0).await;
    assert_eq!(house.name().await, "t1");
    house.source.reject(&old);
    assert!(house.source.cached().is_none());
    assert_ne!(house.name().await, "t1");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_while_its_caller_waits_is_not_handed_out() {
    let house = house(|n| if n == 1 { token(n, 300) } else { hung() });
    house.token().await.unwrap();
    pass(299.5).await;
    let late = house.source.token(seconds_from_now(3.0)).await;
    assert_eq!(late.unwrap_err(), TokenError::Deadline);
}
