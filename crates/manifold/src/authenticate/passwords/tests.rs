//! Verification with real threads and cheap hashes.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::time::advance;

use super::memory::{AGEING, REMEMBERED};
use super::{Busy, Limits, Passwords, StoredHash};
use crate::authenticate::tests::{hash, slow_hash};

fn limits() -> Limits {
    Limits {
        threads: 1,
        waiting: 4,
        per_name: 2,
        remembered: 64,
    }
}

fn stored(password: &str) -> Arc<StoredHash> {
    Arc::new(StoredHash::read(&hash(password)).unwrap())
}

/// Stops the threads, so that whatever is not remembered waits for ever.
fn stop(passwords: &Passwords) {
    passwords.desk.lock().close();
    passwords.desk.work.notify_all();
}

#[tokio::test]
async fn a27_right_and_wrong_passwords_are_told_apart() {
    let passwords = Passwords::new(limits()).unwrap();
    let stored = stored("right");
    assert_eq!(
        passwords.verify("portal", b"right", &stored).await,
        Ok(true)
    );
    assert_eq!(
        passwords.verify("portal", b"wrong", &stored).await,
        Ok(false)
    );
    assert_eq!(passwords.verify("portal", b"", &stored).await, Ok(false));
}

#[tokio::test]
async fn a_hundred_requests_with_one_password_are_one_verification() {
    // Two places in the queue: a second verification of the name would still fit, a third not.
    let passwords = Passwords::new(limits()).unwrap();
    let stored = stored("right");
    let verdicts = join_all((0..100).map(|_| passwords.verify("portal", b"right", &stored))).await;
    assert!(verdicts.into_iter().all(|verdict| verdict == Ok(true)));
}

#[tokio::test]
async fn a_waiter_that_leaves_harms_nobody() {
    let passwords = Passwords::new(limits()).unwrap();
    let stored = Arc::new(StoredHash::read(&slow_hash("right")).unwrap());
    assert_eq!(
        passwords.verify("portal", b"right", &stored).now_or_never(),
        None
    );
    assert_eq!(
        passwords.verify("portal", b"right", &stored).await,
        Ok(true)
    );
}

#[tokio::test]
async fn a_full_queue_refuses_and_does_not_wait() {
    let passwords = Passwords::new(limits()).unwrap();
    stop(&passwords);
    let stored = stored("right");
    for name in ["a", "b", "c", "d"] {
        assert_eq!(
            passwords.verify(name, b"guess", &stored).now_or_never(),
            None
        );
    }
    assert_eq!(
        passwords.verify("e", b"guess", &stored).now_or_never(),
        Some(Err(Busy))
    );
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_wrong_passwords_does_not_lock_out_who_was_right_before() {
    let passwords = Passwords::new(limits()).unwrap();
    let stored = stored("right");
    assert_eq!(
        passwords.verify("portal", b"right", &stored).await,
        Ok(true)
    );
    advance(REMEMBERED + Duration::from_hours(1)).await;
    let names: Vec<String> = (0..50).map(|number| format!("name-{number}")).collect();
    let flood = join_all(
        names
            .iter()
            .map(|name| passwords.verify(name, b"guess", &stored)),
    );
    let (flood, portal) = futures::join!(flood, passwords.verify("portal", b"right", &stored));
    assert!(flood.contains(&Err(Busy)));
    assert_eq!(portal, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn a_remembered_password_is_renewed_in_the_background_before_it_expires() {
    let passwords = Passwords::new(limits()).unwrap();
    let stored = stored("right");
    assert_eq!(
        passwords.verify("portal", b"right", &stored).await,
        Ok(true)
    );
    advance(AGEING).await;
    assert_eq!(
        passwords.verify("portal", b"right", &stored).now_or_never(),
        Some(Ok(true))
    );
    // One thread: whoever is served after the renewal sees that it has been made.
    assert_eq!(
        passwords.verify("portal", b"wrong", &stored).await,
        Ok(false)
    );
    advance(REMEMBERED.saturating_sub(AGEING)).await;
    stop(&passwords);
    assert_eq!(
        passwords.verify("portal", b"right", &stored).now_or_never(),
        Some(Ok(true))
    );
}

#[tokio::test(start_paused = true)]
async fn a_remembered_password_is_not_relied_on_for_longer_than_a_minute() {
    let passwords = Passwords::new(limits()).unwrap();
    let stored = stored("right");
    assert_eq!(
        passwords.verify("portal", b"right", &stored).await,
        Ok(true)
    );
    stop(&passwords);
    advance(REMEMBERED).await;
    assert_eq!(
        passwords.verify("portal", b"right", &stored).now_or_never(),
        None
    );
}

#[tokio::test]
async fn a_changed_hash_forgets_the_old_password() {
    let passwords = Passwords::new(limits()).unwrap();
    assert_eq!(
        passwords.verify("portal", b"old", &stored("old")).await,
        Ok(true)
    );
    let changed = stored("new");
    assert_eq!(
        passwords.verify("portal", b"old", &changed).await,
        Ok(false)
    );
    assert_eq!(passwords.verify("portal", b"new", &changed).await, Ok(true));
}

#[tokio::test]
async fn dropping_it_ends_its_threads() {
    let passwords = Passwords::new(limits()).unwrap();
    let desk = Arc::downgrade(&passwords.desk);
    drop(passwords);
    while desk.strong_count() > 0 {
        tokio::task::yield_now().await;
    }
}
