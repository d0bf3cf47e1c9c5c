//! The store against a real server, at `REDIS_URL`: without one, all of this fails.
//!
//! Each test has a prefix of its own, so that they run at once and beside others.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod providers;
mod support;

use std::time::Duration;

use bytes::Bytes;
use token_provider::{Entry, StoreError, StoreKey, TokenStore};

use support::{admin, entry, holder, store, store_as, url};

const KEY: StoreKey = StoreKey::new([7; 32]);
const OTHER: StoreKey = StoreKey::new([8; 32]);
const LONG: Duration = Duration::from_mins(1);

async fn put(store: &impl TokenStore, old: Option<&str>, new: Option<Entry>) -> bool {
    let old = old.map(|old| Bytes::copy_from_slice(old.as_bytes()));
    store.replace(&KEY, old.as_ref(), new).await.unwrap()
}

async fn read(store: &impl TokenStore) -> Option<String> {
    let bytes = store.read(&KEY).await.unwrap()?;
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn an_entry_is_replaced_only_while_it_is_what_it_was() {
    let store = store("replace");
    assert_eq!(read(&store).await, None);
    assert!(!put(&store, Some("a"), Some(entry("b"))).await);
    assert!(put(&store, None, Some(entry("a"))).await);
    assert!(!put(&store, None, Some(entry("b"))).await);
    assert!(!put(&store, Some("b"), None).await);
    assert_eq!(read(&store).await.as_deref(), Some("a"));
    assert!(put(&store, Some("a"), Some(entry("b"))).await);
    assert_eq!(read(&store).await.as_deref(), Some("b"));
    assert!(put(&store, Some("b"), None).await);
    assert_eq!(read(&store).await, None);
    assert_eq!(store.read(&OTHER).await.unwrap(), None);
}

#[tokio::test]
async fn an_entry_that_is_nobody_s_is_cut_and_can_be_replaced() {
    let store = store("long");
    let long = Entry {
        sealed: vec![b'x'; 5 * 1024 * 1024].into(),
        life: LONG,
    };
    assert!(store.replace(&KEY, None, Some(long)).await.unwrap());
    let found = store.read(&KEY).await.unwrap().unwrap();
    assert_eq!(found.len(), 2 * 1024 * 1024);
    let replaced = store.replace(&KEY, Some(&found), Some(entry("a"))).await;
    assert!(replaced.unwrap());
    assert_eq!(read(&store).await.as_deref(), Some("a"));
}

#[tokio::test]
async fn any_bytes_come_back_as_they_were() {
    let store = store("bytes");
    let all: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let all = Bytes::from(all);
    let new = Entry {
        sealed: all.clone(),
        life: LONG,
    };
    assert!(store.replace(&KEY, None, Some(new)).await.unwrap());
    assert_eq!(store.read(&KEY).await.unwrap(), Some(all.clone()));
    assert!(store.replace(&KEY, Some(&all), None).await.unwrap());
}

#[tokio::test]
async fn entries_and_leases_expire() {
    let store = store("expire");
    let short = Duration::from_millis(200);
    let new = Entry {
        life: short,
        ..entry("a")
    };
    assert!(put(&store, None, Some(new)).await);
    assert!(store.lease(&KEY, &holder("one"), short).await.unwrap());
    assert!(!store.lease(&KEY, &holder("other"), LONG).await.unwrap());
    let mut tries = 0;
    while read(&store).await.is_some() || !store.lease(&KEY, &holder("other"), LONG).await.unwrap()
    {
        tries += 1;
        assert!(tries < 200, "it lives on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.release(&KEY, &holder("other")).await.unwrap();
}

#[tokio::test]
async fn a_lease_has_one_holder_who_alone_gives_it_back() {
    let store = store("lease");
    let (one, other) = (holder("one"), holder("other"));
    assert!(store.lease(&KEY, &one, LONG).await.unwrap());
    assert!(!store.lease(&KEY, &one, LONG).await.unwrap());
    assert!(store.lease(&OTHER, &other, LONG).await.unwrap());
    store.release(&KEY, &other).await.unwrap();
    assert!(!store.lease(&KEY, &other, LONG).await.unwrap());
    store.release(&KEY, &one).await.unwrap();
    assert!(store.lease(&KEY, &other, LONG).await.unwrap());
    for key in [KEY, OTHER] {
        store.release(&key, &other).await.unwrap();
    }
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_gets_the_lease_and_one_replaces() {
    let store = std::sync::Arc::new(store("race"));
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let store = std::sync::Arc::clone(&store);
            tokio::spawn(async move {
                let leased = store.lease(&KEY, &holder(&number.to_string()), LONG).await;
                let new = Some(entry(&number.to_string()));
                let replaced = store.replace(&KEY, None, new).await;
                (leased.unwrap(), replaced.unwrap())
            })
        })
        .collect();
    let mut sums = (0, 0);
    for task in tasks {
        let (leased, replaced) = task.await.unwrap();
        sums = (sums.0 + u32::from(leased), sums.1 + u32::from(replaced));
    }
    assert_eq!(sums, (1, 1));
    admin(&["DEL", &support::name("race", "token", &KEY)]).await;
    admin(&["DEL", &support::name("race", "lease", &KEY)]).await;
}

#[tokio::test]
async fn a_user_with_the_documented_rights_is_enough_and_others_are_refused() {
    let user = support::prefix("user");
    let rights = ["+getrange", "+set", "+del", "+eval", "+select"];
    let keys = format!("~{user}:*");
    let mut command = vec!["ACL", "SETUSER", &user, "on", ">right", &keys];
    command.extend(rights);
    admin(&command).await;

    let may = store_as("user", &user, "right");
    assert!(put(&may, None, Some(entry("a"))).await);
    assert!(may.lease(&KEY, &holder("one"), LONG).await.unwrap());
    may.release(&KEY, &holder("one")).await.unwrap();
    assert!(put(&may, Some("a"), None).await);

    let wrong = store_as("user", &user, "wrong").read(&KEY).await;
    assert!(matches!(wrong, Err(StoreError::Refused(_))), "{wrong:?}");
    let elsewhere = store_as("elsewhere", &user, "right").read(&KEY).await;
    assert_eq!(elsewhere, Err(StoreError::Refused("NOPERM".into())));
    admin(&["ACL", "DELUSER", &user]).await;
}

#[test]
fn there_is_a_server() {
    url();
}
