//! What only a restart can change.

use super::*;

/// Nobody listens there: a store that is away stops nothing.
const STORE: &str = r#"
tokens:
  store: { redis: "redis://127.0.0.1:1/0", username: ward, password: store-password, encryption_key: "0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b", prefix: ward }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn other_listeners_are_refused_by_their_names_and_nothing_is_taken_up_in_part() {
    let stubs = StubSet::start(STUBS).unwrap();
    let url = stubs.url("words").unwrap();
    let service = Following::start(&words(&url, "old", "/"), &[]);
    let before = service.state().await;
    let moved = words(&url, "new", "/").replacen("127.0.0.1:0", "127.0.0.1:8099", 1);
    service.write(&moved);
    let refused = service.read(true, &before).await;
    let reason = refused["last_error"].as_str().unwrap();
    assert!(reason.contains("`server.listen` cannot change"), "{reason}");
    assert!(!reason.contains("admin"), "{reason}");
    let answer = service.get("/", &[KEY]).await.expect(200);
    assert_eq!(answer.text(), r#"{"one":"old","two":"old"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_token_store_is_refused_whatever_of_it_changed_and_the_same_one_is_taken_up() {
    let stubs = StubSet::start(STUBS).unwrap();
    let url = stubs.url("words").unwrap();
    let with = |word: &str, store: &str| words(&url, word, "/") + store;
    let service = Following::start(&with("old", STORE), &[]);
    let mut state = service.state().await;
    let changed = |from: &str, to: &str| {
        assert!(STORE.contains(from));
        STORE.replace(from, to)
    };
    for store in [
        String::new(),
        changed("127.0.0.1:1/0", "127.0.0.1:1/2"),
        changed("username: ward", "username: other"),
        changed("store-password", "other-password"),
        changed(": \"0a1b0a1b", ": \"1c2d0a1b"),
        changed("prefix: ward", "prefix: other"),
    ] {
        service.write(&with("new", &store));
        let refused = service.read(true, &state).await;
        let reason = refused["last_error"].as_str().unwrap();
        assert!(reason.contains("`tokens.store` cannot change"), "{reason}");
        assert!(!reason.contains("server."), "{reason}");
        for secret in ["-password", "0a1b0a1b"] {
            assert!(!reason.contains(secret), "{reason}");
        }
        let answer = service.get("/", &[KEY]).await.expect(200);
        assert_eq!(answer.text(), r#"{"one":"old","two":"old"}"#, "{store}");
        state = refused;
    }
    service.write(&with("new", STORE));
    let taken_up = service.read(true, &state).await;
    assert_eq!(taken_up["last_error"], Value::Null);
    let answer = service.get("/", &[KEY]).await.expect(200);
    assert_eq!(answer.text(), r#"{"one":"new","two":"new"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_store_is_not_taken_up_where_there_was_none() {
    let stubs = StubSet::start(STUBS).unwrap();
    let url = stubs.url("words").unwrap();
    let service = Following::start(&words(&url, "old", "/"), &[]);
    let before = service.state().await;
    service.write(&(words(&url, "new", "/") + STORE));
    let refused = service.read(true, &before).await;
    let reason = refused["last_error"].as_str().unwrap();
    assert!(reason.contains("`tokens.store` cannot change"), "{reason}");
    let ready = service.operator("/readyz").await.expect(200).json();
    assert_eq!(ready["token_store"], Value::Null);
}
