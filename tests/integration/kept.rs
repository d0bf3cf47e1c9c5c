//! Answers of backends that are kept: one request for many, and what stands in for a failure.

use serde_json::{Value, json};

use crate::support::{World, eventually, traces};

const STUBS: &str = r#"{ "words": { "routes": [
  { "method": "GET", "path": "/slow", "body": "slow", "delay_ms": 2000 },
  { "method": "GET", "path": "/once", "body": "once", "times": 1 },
  { "method": "GET", "path": "/once", "status": 200, "body": "<html>maintenance</html>", "headers": { "content-type": "text/html" } }
] } }"#;

const YAML: &str = r#"
explain: { scopes: [write] }
backends:
  words: { rest: {}, url: "${env:WORDS_URL}", timeout: 20s }
endpoints:
  - get: /short
    access: { scopes: [] }
    budget: 300ms
    calls: { slow: { backend: words, get: /slow, cache: { ttl: 5m } } }
  - get: /long
    access: { scopes: [] }
    budget: 20s
    calls: { slow: { backend: words, get: /slow, cache: { ttl: 5m } } }
  - get: /once
    access: { scopes: [] }
    calls: { once: { backend: words, get: /once, cache: { ttl: 1ms, stale_if_error: 5m } } }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_less_time_does_not_end_another_clients_call() {
    let world = World::with_stubs(STUBS, YAML);
    let short = async { world.service.get("/short").await.expect(504) };
    let long = async {
        eventually("the first client's request", async || {
            (world.stub("words").requests().len() == 1).then_some(())
        })
        .await;
        world.service.get("/long").await.expect(200)
    };
    let (short, long) = tokio::join!(short, long);
    assert_eq!(short.code(), "deadline");
    assert_eq!(long.json(), json!({ "slow": "slow" }));
    // It is kept for both.
    world.service.get("/short").await.expect(200);
    assert_eq!(world.stub("words").requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stands_in_is_told_to_operators_as_what_it_is() {
    let yaml = YAML.replace("words:", "away:").replace("words,", "away,");
    let world = World::with_stubs(STUBS, &yaml);
    world.service.get("/once").await.expect(200);
    let stale = eventually("the answer is too old", async || {
        let answer = world.service.get("/once?explain=true").await.expect(200);
        let call = answer.json()["explain"]["calls"][0].clone();
        (call["stale"] == true).then_some(call)
    })
    .await;
    assert_eq!(
        [&stale["outcome"], &stale["code"], &stale["status"]],
        [&json!("ok"), &json!("upstream_login_page"), &json!(200)]
    );
    assert_eq!(stale["cache"], json!({ "miss": 1, "stale": 1 }));
    let lines = eventually("its access line", async || {
        let lines = world.service.access_log.json();
        let stood_in = |line: &&Value| line["calls"][0]["stale"] == true;
        let found = lines.iter().find(stood_in).cloned();
        found.map(|line| (lines[0]["calls"][0].clone(), line["calls"][0].clone()))
    })
    .await;
    assert_eq!(lines.0["stale"], Value::Null);
    assert_eq!(
        [&lines.1["outcome"], &lines.1["code"]],
        [&json!("ok"), &json!("upstream_login_page")]
    );
    let log = traces().text();
    let told = log
        .lines()
        .filter(|line| line.contains("stand in") && line.contains("away"));
    assert_eq!(told.count(), 1, "{log}");
}
