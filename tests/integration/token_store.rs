//! Two services as replicas of one, with a store between them that speaks Redis' protocol.

mod redis;

use serde_json::Value;
use testkit::{DemoStub, Fault};

use crate::flow::SUMMARY;
use crate::support::{BACKENDS, Running, World, eventually};
use redis::Redis;

const PATIENT: &str = "/patients/pat-001";
const STORE: &str = r#"
tokens:
  store: { redis: "${env:REDIS_URL}", password: store-password, encryption_key: "0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b", prefix: ward }
"#;

/// A service, and what starts another one like it.
fn start(redis: &Redis) -> (World, impl Fn(&World) -> Running) {
    let yaml = format!("{BACKENDS}{SUMMARY}{STORE}");
    let mut world = World::start(SUMMARY);
    world.variables.push(("REDIS_URL".into(), redis.url()));
    world.service = Running::start(&yaml, &world.variables);
    let replica = move |world: &World| Running::start(&yaml, &world.variables);
    (world, replica)
}

async fn store(service: &Running) -> Value {
    let ready = service.operator("/readyz").await.expect(200).json();
    ready["token_store"].clone()
}

async fn state(service: &Running, wanted: &str) {
    eventually("the state of the token store", async || {
        (store(service).await["state"] == wanted).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a08_two_replicas_make_one_token_request_for_each_credential() {
    let redis = Redis::start().await;
    let (world, replica) = start(&redis);
    let other = replica(&world);
    let (one, two) = futures::future::join(world.service.get(PATIENT), other.get(PATIENT)).await;
    one.expect(200);
    two.expect(200);
    assert_eq!(world.token_calls(), 2, "hospital and labs");
    replica(&world).get(PATIENT).await.expect(200);
    assert_eq!(world.token_calls(), 2);
    state(&world.service, "ok").await;
    assert!(
        world
            .service
            .metrics()
            .await
            .contains("manifold_token_store_away 0")
    );
    let kept = redis.everything();
    assert!(kept.contains("ward:token:"), "{kept}");
    for secret in world.secrets() {
        assert!(!kept.contains(&secret), "{secret} in {kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_a_revoked_token_is_replaced_for_both_replicas_within_the_request() {
    let redis = Redis::start().await;
    let (world, replica) = start(&redis);
    let other = replica(&world);
    world.service.get(PATIENT).await.expect(200);
    other.get(PATIENT).await.expect(200);
    assert_eq!(world.token_calls(), 2);
    assert_eq!(world.demo.authorization_server().revoke_all(), 2);
    for service in [&world.service, &other] {
        assert!(service.get(PATIENT).await.expect(200).is_complete());
    }
    assert_eq!(world.token_calls(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a22_without_its_store_a_replica_fetches_for_itself_says_so_and_finds_it_again() {
    let redis = Redis::start().await;
    redis.refuses(true);
    let (world, replica) = start(&redis);
    world.service.get(PATIENT).await.expect(200);
    let other = replica(&world);
    other.get(PATIENT).await.expect(200);
    assert_eq!(world.token_calls(), 4);
    state(&world.service, "away").await;
    let store = store(&world.service).await;
    assert_eq!(store["error"], "it refuses: LOADING");
    assert!(store["away_for_seconds"].is_u64());
    let shown = world.service.operator("/readyz").await;
    assert!(!shown.text().contains("store-password"));
    assert!(
        world
            .service
            .metrics()
            .await
            .contains("manifold_token_store_away 1")
    );
    redis.refuses(false);
    state(&world.service, "ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_does_not_hide_why_there_is_no_token() {
    let redis = Redis::start().await;
    redis.refuses(true);
    let (world, _) = start(&redis);
    world
        .server(DemoStub::AuthorizationServer)
        .fault(Some(Fault::Refused))
        .await
        .unwrap();
    let answer = world.service.get(PATIENT).await.expect(503);
    assert_eq!(answer.code(), "upstream_auth_unavailable");
}
