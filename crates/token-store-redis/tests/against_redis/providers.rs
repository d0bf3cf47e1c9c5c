//! Token providers, as of several processes, over a real store.

use std::sync::Arc;
use std::time::Duration;

use token_provider::{
    ClientAuthentication, Definition, NoObserver, StoreError, TokenProvider, TokenSource,
};
use token_store_redis::{RedisStore, Settings};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::support::{Line, Server, admin, key, line, prefix, settings, url};

/// Longer than an honest answer takes, and than the store is given up.
const LONG: Duration = Duration::from_secs(30);

fn provider(server: &Arc<Server>, settings: &Settings) -> TokenProvider {
    let transport = Arc::clone(server) as _;
    let alone = TokenProvider::new(transport, Handle::current(), Arc::new(NoObserver));
    let store = RedisStore::new(settings).unwrap();
    alone.sharing(Arc::new(store), &key()).unwrap()
}

/// A credential that only this run of this test has.
fn source(provider: &TokenProvider, test: &str) -> TokenSource {
    let client = ClientAuthentication::SecretPost {
        client_id: prefix(test),
        client_secret: "the-client-secret".into(),
    };
    let url = "https://sso.example/token".parse().unwrap();
    provider.source(Definition::new("ehr", url, client))
}

async fn name(source: &TokenSource) -> String {
    let token = source.token(Instant::now() + LONG).await.unwrap();
    let value = token.authorization().to_str().unwrap();
    value.strip_prefix("Bearer ").unwrap().to_owned()
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is().await {
        assert!(Instant::now() < end, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_hundred_callers_in_five_processes_make_one_token_request() {
    let server = Arc::new(Server::default());
    let sources: Vec<_> = (0..5)
        .map(|_| source(&provider(&server, &settings("one")), "one"))
        .collect();
    let callers: Vec<_> = (0..100)
        .map(|number| {
            let source = sources[number % sources.len()].clone();
            tokio::spawn(async move { name(&source).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "t1");
    }
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_token_that_one_process_rejects_is_gone_for_those_that_begin() {
    let server = Arc::new(Server::default());
    let one = source(&provider(&server, &settings("rejected")), "rejected");
    let dead = one.token(Instant::now() + LONG).await.unwrap();
    one.reject(&dead);
    assert_eq!(name(&one).await, "t2");
    let other = source(&provider(&server, &settings("rejected")), "rejected");
    assert_eq!(name(&other).await, "t2");
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn what_redis_holds_shows_neither_token_nor_secret() {
    let server = Arc::new(Server::default());
    let one = source(&provider(&server, &settings("dump")), "dump");
    name(&one).await;
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let pattern = format!("{}:*", prefix("dump"));
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg(&pattern)
        .query_async(&mut connection)
        .await
        .unwrap();
    let tokens: Vec<_> = keys.iter().filter(|key| key.contains(":token:")).collect();
    assert_eq!(tokens.len(), 1, "{keys:?}");
    for key in tokens {
        let value: Vec<u8> = redis::cmd("GET")
            .arg(key)
            .query_async(&mut connection)
            .await
            .unwrap();
        let left: i64 = redis::cmd("PTTL")
            .arg(key)
            .query_async(&mut connection)
            .await
            .unwrap();
        assert!((1..=3_600_000).contains(&left), "{left}");
        for word in ["Bearer", "secret", "sso.example"] {
            let found = value
                .windows(word.len())
                .any(|window| window == word.as_bytes());
            assert!(!found, "{word}");
        }
    }
}

#[tokio::test]
async fn a_line_that_is_cut_or_silent_is_noticed_and_its_return_too() {
    for broken in [Line::Cut, Line::Silent] {
        let test = format!("line-{broken:?}");
        let server = Arc::new(Server::default());
        let (line, near) = line().await;
        let mut far = settings(&test);
        far.url = near;
        let one = provider(&server, &far);
        let (first, other) = (source(&one, &test), source(&one, &format!("{test}-other")));
        assert_eq!(name(&first).await, "t1");
        line.send_replace(broken);

        let begun = Instant::now();
        assert_eq!(name(&other).await, "t2");
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{:?}",
            begun.elapsed()
        );
        let (error, _) = one.store_state().unwrap().away.unwrap();
        let expected = [StoreError::TimedOut, StoreError::Unreachable];
        assert!(expected.contains(&error), "{error:?}");

        line.send_replace(Line::Whole);
        until("the store is back", async || {
            one.store_state().unwrap().away.is_none()
        })
        .await;
        // Shared again.
        let third = format!("{test}-third");
        assert_eq!(name(&source(&one, &third)).await, "t3");
        let beside = provider(&server, &settings(&test));
        assert_eq!(name(&source(&beside, &third)).await, "t3");
    }
}

#[tokio::test]
async fn a_store_that_forgets_everything_costs_one_request() {
    let server = Arc::new(Server::default());
    let one = source(&provider(&server, &settings("lost")), "lost");
    assert_eq!(name(&one).await, "t1");
    let script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end";
    admin(&["EVAL", script, "0", &format!("{}:*", prefix("lost"))]).await;
    let other = source(&provider(&server, &settings("lost")), "lost");
    assert_eq!(name(&other).await, "t2");
    assert_eq!(name(&one).await, "t1");
}
