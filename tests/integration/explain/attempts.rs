//! What was sent for each call: retries, second requests, pages, and what came from the cache.

use serde_json::{Value, json};
use testkit::{DemoStub, Fault, FaultRule};

use crate::support::{BACKENDS, World};

/// The calls of an explained answer to `target`.
async fn calls(world: &World, target: &str) -> Value {
    let answer = world.service.get(target).await;
    answer.json()["explain"]["calls"].clone()
}

/// Kind, status and code of each request that was sent for `call`.
fn sent(call: &Value) -> Value {
    let all = call["sent"].as_array().cloned().unwrap_or_default();
    let told = |one: &Value| json!([one["kind"], one["status"], one["code"]]);
    all.iter().map(told).collect()
}

const STUBS: &str = r#"{ "words": { "routes": [
  { "method": "GET", "path": "/flaky", "status": 503, "times": 1 },
  { "method": "GET", "path": "/flaky", "body": "here" },
  { "method": "GET", "path": "/down", "status": 503 },
  { "method": "GET", "path": "/late", "body": "late", "delay_ms": 60000, "times": 1 },
  { "method": "GET", "path": "/late", "body": "soon" },
  { "method": "GET", "path": "/kept", "body": "kept" }
] } }"#;

const YAML: &str = r#"
explain: { scopes: [write] }
backends:
  retried: { rest: {}, url: "${env:WORDS_URL}", retry: { attempts: 2, backoff: { base: 1ms } } }
  hedged: { rest: {}, url: "${env:WORDS_URL}", timeout: 20s, hedge: { after: 20ms, at_most_percent: 100 } }
  plain: { rest: {}, url: "${env:WORDS_URL}", max_cache: 1MiB }
  hasty: { rest: {}, url: "${env:WORDS_URL}", timeout: 300ms, read_timeout: 20s }
endpoints:
  - get: /flaky
    access: { scopes: [] }
    calls: { flaky: { backend: retried, get: /flaky } }
  - get: /down
    access: { scopes: [] }
    calls: { down: { backend: retried, get: /down } }
  - get: /warm
    access: { scopes: [] }
    calls: { warm: { backend: hedged, get: /kept } }
  - get: /late
    access: { scopes: [] }
    calls: { late: { backend: hedged, get: /late } }
  - get: /too-late
    access: { scopes: [] }
    calls: { late: { backend: hasty, get: /late } }
  - get: /kept
    access: { scopes: [] }
    calls: { kept: { backend: plain, get: /kept, cache: { ttl: 5m } } }
  - post: /list
    access: { scopes: [] }
    body: { schema: { type: array, items: { type: string } } }
    calls: { each: { backend: plain, for_each: "{body}", get: "/{item}" } }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_told_with_what_was_retried() {
    let world = World::with_stubs(STUBS, YAML);
    let calls = calls(&world, "/flaky?explain=true").await;
    assert_eq!(calls[0]["attempts"], 2, "{calls}");
    assert_eq!(
        sent(&calls[0]),
        json!([["first", 503, "upstream_status"], ["retry", 200, null]])
    );
    let at = |index: usize| calls[0]["sent"][index]["at_ms"].as_f64().unwrap();
    let took = calls[0]["sent"][0]["took_ms"].as_f64().unwrap();
    assert!(took > 0.0 && at(1) > at(0), "{calls}");
    assert_eq!(calls[0]["cache"], Value::Null, "it keeps no answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_for_a_failure_is_told_beside_the_problem() {
    let world = World::with_stubs(STUBS, YAML);
    let calls = calls(&world, "/down?explain=true").await;
    assert_eq!(
        (&calls[0]["outcome"], &calls[0]["attempts"]),
        (&json!("failed"), &json!(2))
    );
    assert_eq!(
        sent(&calls[0]),
        json!([
            ["first", 503, "upstream_status"],
            ["retry", 503, "upstream_status"]
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_request_is_told_beside_the_first_which_was_given_up() {
    let world = World::with_stubs(STUBS, YAML);
    // So many answers tell what is usual.
    for _ in 0..20 {
        world.service.get("/warm").await.expect(200);
    }
    let calls = calls(&world, "/late?explain=true").await;
    assert_eq!(calls[0]["attempts"], 2, "{calls}");
    assert_eq!(
        sent(&calls[0]),
        json!([["first", null, null], ["hedge", 200, null]])
    );
    assert_eq!(calls[0]["sent"][0]["took_ms"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_late_is_counted_and_told_as_late() {
    let world = World::with_stubs(STUBS, YAML);
    let calls = calls(&world, "/too-late?explain=true").await;
    assert_eq!(
        (&calls[0]["code"], &calls[0]["attempts"]),
        (&json!("deadline"), &json!(1))
    );
    assert_eq!(sent(&calls[0]), json!([["first", null, "deadline"]]));
    assert!(calls[0]["sent"][0]["took_ms"].is_number(), "{calls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_costs_no_request_and_says_so() {
    let world = World::with_stubs(STUBS, YAML);
    let first = calls(&world, "/kept?explain=true").await;
    assert_eq!(
        (&first[0]["attempts"], &first[0]["cache"]),
        (&json!(1), &json!({ "miss": 1 }))
    );
    let second = calls(&world, "/kept?explain=true").await;
    assert_eq!(
        (&second[0]["attempts"], &second[0]["cache"]),
        (&json!(0), &json!({ "hit": 1 }))
    );
    assert_eq!(second[0]["sent"], Value::Null);
    assert!(second[0]["age_seconds"].is_u64());
    assert_eq!(world.stub("words").requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_rejected_costs_a_request_that_is_sent_again() {
    let endpoint = r#"
explain: { scopes: [write] }
endpoints:
  - get: /patients/{id}
    access: { scopes: [] }
    calls: { patient: { backend: ehr, read: "Patient/{id}" } }
  - get: /vitals/{id}
    access: { scopes: [] }
    calls: { vitals: { backend: ehr, search: Observation, query: { patient: "{id}", _count: 3 }, pages: 2 } }
"#;
    let world = World::with_stubs("{}", &format!("{BACKENDS}{endpoint}"));
    world.service.get("/patients/pat-001").await.expect(200);
    assert_eq!(world.demo.authorization_server().revoke_all(), 1);
    let again = calls(&world, "/patients/pat-001?explain=true").await;
    assert_eq!(again[0]["attempts"], 2, "{again}");
    assert_eq!(
        sent(&again[0]),
        json!([["first", 401, "upstream_refused"], ["resend", 200, null]])
    );

    let pages = calls(&world, "/vitals/pat-001?explain=true").await;
    assert_eq!(
        sent(&pages[0]),
        json!([["first", 200, null], ["page", 200, null]])
    );
    let ehr = world.server(DemoStub::Ehr);
    ehr.fault_rule(FaultRule::new(Fault::Reset).times(1));
    let reset = calls(&world, "/patients/pat-001?explain=true").await;
    assert_eq!(sent(&reset[0]), json!([["first", null, "upstream_reset"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_for_a_list_are_told_together_and_only_the_first_of_many_one_by_one() {
    let world = World::with_stubs(STUBS, YAML);
    let list = vec!["kept"; 70];
    let body = json!(list).to_string();
    let headers = [crate::support::KEY, ("Content-Type", "application/json")];
    let answer = world
        .service
        .send("POST", "/list?explain=true", &headers, &body)
        .await
        .expect(200);
    let call = &answer.json()["explain"]["calls"][0];
    assert_eq!(call["attempts"], 70);
    assert_eq!(call["sent"].as_array().unwrap().len(), 64);
}
