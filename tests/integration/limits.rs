//! More requests than are wanted: refused fast, with what a client needs to come again.

use futures::future::join_all;

use crate::flow::basic;
use crate::support::{KEY, World};

const STUBS: &str = r#"{ "words": { "routes": [
  { "method": "GET", "path": "/word", "body": "x" },
  { "method": "GET", "path": "/slow", "body": "x", "delay_ms": 60000 }
] } }"#;

/// `service`, `client` and `endpoint` are `limits:` lines, or empty.
fn world(service: &str, client: &str, endpoint: &str) -> World {
    let yaml = format!(
        r#"{service}
clients:
  portal:
    basic: {{ username: portal, password_hash: "$argon2id$v=19$m=19456,t=2,p=1$WDLap4eTW7GOMduMPGOkkg$YDc80O1YG+t5QkLWuWuTT1h70EQDiXSA2vLHHDKP0Wo" }}
  robot:
    api_key: {{ sha256: 62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef }}
    {client}
  limited:
    api_key: {{ sha256: f33b2500796d61f96eeef0f5331ddc40c17e434aff139f4d9e00bfe75170d87a }}
backends: {{ words: {{ rest: {{}}, url: "${{env:WORDS_URL}}" }} }}
documents: {{ access: public }}
endpoints:
  - get: /word
    access: {{ scopes: [] }}
    {endpoint}
    calls: {{ word: {{ backend: words, get: /word }} }}
  - post: /slow
    access: {{ scopes: [] }}
    {endpoint}
    body: {{ required: false }}
    calls: {{ word: {{ backend: words, get: /slow }} }}
"#
    );
    World::with_stubs(STUBS, &yaml)
}

/// Slower than any machine: nothing comes back while a test runs.
const THREE: &str = "limits: { requests_per_second: 0.001, burst: 3 }";

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_too_often_is_told_when_to_come_again_and_the_others_are_served() {
    let world = world("", THREE, "");
    for left in [2, 1, 0] {
        let answer = world.service.get("/word").await.expect(200);
        let said = answer.header("ratelimit").unwrap();
        assert!(
            said.starts_with(&format!("\"client\";r={left};t=")),
            "{said}"
        );
        assert_eq!(
            answer.header("ratelimit-policy"),
            Some("\"client\";q=3;w=3000")
        );
    }
    let answer = world.service.get("/word").await.expect(429);
    assert_eq!(answer.code(), "rate_limited");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((900..=1000).contains(&wait), "{wait}");
    assert!(
        answer
            .header("ratelimit")
            .unwrap()
            .starts_with("\"client\";r=0;t=")
    );
    let other = [("X-API-Key", "limited-key")];
    for _ in 0..5 {
        let answer = world
            .service
            .send("GET", "/word", &other, "")
            .await
            .expect(200);
        assert_eq!(answer.header("ratelimit"), None);
    }
    assert_eq!(world.stub("words").requests().len(), 8);
    let metrics = world.service.metrics().await;
    let line = r#"manifold_limited_requests_total{owner="client",limit="rate"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_for_service_or_endpoint_is_refused_before_passwords_and_bodies() {
    for (service, endpoint, owner) in [(THREE, "", "service"), ("", THREE, "endpoint")] {
        let world = world(service, "", endpoint);
        let wrong = basic("portal", "wrong");
        let headers = [("Authorization", wrong.as_str())];
        let guess = async || world.service.send("GET", "/word", &headers, "").await;
        for _ in 0..3 {
            guess().await.expect(401);
        }
        for _ in 0..3 {
            world.service.get("/word").await.expect(200);
        }
        // The first that is too much is found after the password, all others before.
        guess().await.expect(401);
        world.service.get("/word").await.expect(429);
        let answer = guess().await.expect(429);
        assert_eq!(
            answer.code(),
            "rate_limited",
            "not 401: nothing was verified"
        );
        let said = answer.header("ratelimit").unwrap();
        assert!(said.starts_with(&format!("\"{owner}\";r=0;")), "{said}");
        // Pages are no load.
        world.service.get("/livez").await.expect(200);
        world.service.get("/openapi.json").await.expect(200);
    }
    let world = world(THREE, "", "");
    for _ in 0..3 {
        world.service.get("/word").await.expect(200);
    }
    // Announces a body that never comes: nobody waits for it.
    let headers = [
        KEY,
        ("Content-Type", "application/json"),
        ("Content-Length", "1000000"),
    ];
    let answer = world
        .service
        .send("POST", "/slow", &headers, "")
        .await
        .expect(429);
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_narrower_limit_refuses_takes_nothing_of_the_rate_that_all_share() {
    const ONE: &str = "limits: { requests_per_second: 0.001, burst: 1 }";
    for (client, endpoint) in [(ONE, ""), ("", ONE)] {
        let world = world(THREE, client, endpoint);
        world.service.get("/word").await.expect(200);
        for _ in 0..10 {
            let answer = world.service.get("/word").await.expect(429);
            let owner = if client.is_empty() {
                "endpoint"
            } else {
                "client"
            };
            let said = answer.header("ratelimit").unwrap();
            assert!(said.starts_with(&format!("\"{owner}\";r=0;")), "{said}");
        }
        let other = [("X-API-Key", "limited-key")];
        if endpoint.is_empty() {
            for _ in 0..2 {
                let answer = world.service.send("GET", "/word", &other, "").await;
                answer.expect(200);
            }
        }
        let metrics = world.service.metrics().await;
        assert!(!metrics.contains(r#"limited_requests_total{owner="service""#));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_counted_and_given_back_when_a_client_leaves() {
    const TWO: &str = "limits: { in_flight: 2 }";
    for (service, client, endpoint, status, code) in [
        (TWO, "", "", 503, "overloaded"),
        ("", TWO, "", 429, "rate_limited"),
        ("", "", TWO, 503, "overloaded"),
    ] {
        let world = world(service, client, endpoint);
        let metric = async || world.service.metrics().await;
        {
            let under_way = (0..2).map(|_| world.service.send("POST", "/slow", &[KEY], ""));
            let refused = async {
                crate::support::eventually("two under way", async || {
                    (world.stub("words").requests().len() == 2).then_some(())
                })
                .await;
                world
                    .service
                    .send("POST", "/slow", &[KEY], "")
                    .await
                    .expect(status)
            };
            let answer = tokio::select! {
                answer = refused => answer,
                _ = join_all(under_way) => unreachable!("they wait for a minute"),
            };
            assert_eq!(answer.code(), code);
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        // Both have left.
        crate::support::eventually("nothing under way", async || {
            metric()
                .await
                .contains("manifold_requests_in_flight 0")
                .then_some(())
        })
        .await;
        world.service.get("/word").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_configuration_gives_back_no_quota_that_was_used() {
    let yaml = |answer: &str| {
        format!(
            "
{THREE}
endpoints:
  - {{ get: /, access: public, answer: {answer} }}
"
        )
    };
    let world = World::with_stubs("{}", &yaml("before"));
    for _ in 0..3 {
        world.service.get("/").await.expect(200);
    }
    world.service.install(&yaml("after"), &world.variables);
    world.service.get("/").await.expect(429);
    let more = yaml("more").replace("burst: 3", "burst: 4");
    world.service.install(&more, &world.variables);
    assert_eq!(world.service.get("/").await.expect(200).text(), "\"more\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_which_endpoints_can_be_asked_too_often() {
    let world = world("", "", THREE);
    let document = world.service.get("/openapi.json").await.expect(200).json();
    let shown = document["paths"]["/word"]["get"]["responses"]["429"].to_string();
    assert!(shown.contains("rate_limited") && shown.contains("RateLimit-Policy"));
}
