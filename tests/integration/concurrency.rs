//! Many at once: one token call, nobody's answer in another's, nothing lost when the revision changes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::join_all;
use testkit::DemoStub;

use crate::flow::SUMMARY;
use crate::support::{BACKENDS, KEY, LIMITED_KEY, World};

#[tokio::test(flavor = "multi_thread")]
async fn a08_two_hundred_cold_requests_make_one_token_call_per_credential() {
    let world = World::start(SUMMARY);
    let asked = (0..200).map(|number| {
        let patient = 1 + number % 3;
        let world = &world;
        async move {
            let target = format!("/patients/pat-00{patient}");
            let answer = world.service.get(&target).await.expect(200).json();
            assert_eq!(answer["patient"]["id"], format!("pat-00{patient}"));
            assert_eq!(answer["results"]["number"], format!("LAB-50000{patient}"));
        }
    });
    join_all(asked).await;
    assert_eq!(world.token_calls(), 2);
    assert_eq!(world.server(DemoStub::Labs).requests().len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_with_different_rights_get_their_own_answers_at_the_same_moment() {
    let world = World::start(SUMMARY);
    let asked = (0..100).map(|number| {
        let world = &world;
        async move {
            let (key, status) = if number % 2 == 0 {
                (KEY, 200)
            } else {
                (LIMITED_KEY, 403)
            };
            let id = format!("r-{number}");
            let headers = [key, ("X-Request-Id", id.as_str())];
            let answer = world
                .service
                .send("GET", "/patients/pat-001", &headers, "")
                .await;
            let answer = answer.expect(status);
            assert_eq!(answer.header("x-request-id"), Some(id.as_str()));
            assert_eq!(answer.text().contains("MRN-100001"), status == 200);
        }
    });
    join_all(asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_revision_under_load_drops_and_mixes_nothing() {
    const REVISIONS: usize = 40;
    let world = World::with_stubs("{}", &revision(0));
    let (done, served) = (AtomicBool::new(false), AtomicUsize::new(0));
    let clients = (0..8).map(|_| async {
        while !done.load(Ordering::Relaxed) {
            let answer = world
                .service
                .get("/patients/pat-001")
                .await
                .expect(200)
                .json();
            let members = answer.as_object().unwrap();
            // Each revision has its own member and its own number in every call.
            let (name, _) = members.iter().next().unwrap();
            let number = name.strip_prefix("patient").unwrap();
            assert!(members.contains_key(&format!("results{number}")), "{name}");
            assert_eq!(members.len(), 2, "{members:?}");
            served.fetch_add(1, Ordering::Relaxed);
        }
    });
    let installing = async {
        for number in 1..=REVISIONS {
            world.service.install(&revision(number), &world.variables);
            let before = served.load(Ordering::Relaxed);
            while served.load(Ordering::Relaxed) < before + 8 {
                tokio::task::yield_now().await;
            }
        }
        done.store(true, Ordering::Relaxed);
    };
    let ((), _) = futures::future::join(installing, join_all(clients)).await;
    assert_eq!(
        world.token_calls(),
        2,
        "tokens of unchanged credentials are kept"
    );
    let last = world
        .service
        .get("/patients/pat-001")
        .await
        .expect(200)
        .json();
    assert!(last.get(format!("patient{REVISIONS}")).is_some());
}

fn revision(number: usize) -> String {
    format!(
        r#"{BACKENDS}
endpoints:
  - get: /patients/{{id}}
    access: {{ scopes: [read] }}
    calls:
      patient{number}: {{ backend: ehr, read: "Patient/{{id}}" }}
      results{number}: {{ backend: labs, get: "/results/{{calls.patient{number}.identifier[2].value}}" }}
"#
    )
}
