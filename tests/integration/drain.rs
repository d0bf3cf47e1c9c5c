//! Leaving in order, and clients that leave first.

use std::time::Duration;

use testkit::{DemoStub, Fault, FaultSettings};

use crate::support::{Answer, BACKENDS, Connection, KEY, Running, World, eventually};

const ENDPOINTS: &str = r#"
endpoints:
  - get: /results/{number}
    access: { scopes: [read] }
    calls: { results: { backend: labs, get: "/results/{number}" } }
  - post: /orders
    access: { scopes: [write] }
    budget: 300ms
    calls: { order: { backend: labs, post: /orders, body: { test: HbA1c } } }
  - post: /orders/slow
    access: { scopes: [write] }
    budget: 20s
    calls: { order: { backend: labs, post: /orders, body: { test: HbA1c } } }
  - get: /two
    access: { scopes: [read] }
    calls:
      quick: { backend: ehr, read: Patient/nobody }
      late: { backend: labs, get: /results/LAB-500001, need: optional }
"#;

const READ: &str = "/results/LAB-500001";

fn start(server: &str) -> World {
    World::with_stubs("{}", &format!("{BACKENDS}{ENDPOINTS}{server}"))
}

/// A laboratory that takes this long to answer, and does its work then.
async fn slow_labs(world: &World, delay: Duration) {
    let labs = world.server(DemoStub::Labs);
    labs.fault_settings(FaultSettings {
        slow: delay,
        ..FaultSettings::default()
    });
    labs.fault(Some(Fault::Slow)).await.unwrap();
}

/// Waits until the laboratory has read this many requests.
async fn asked(world: &World, count: usize) {
    eventually("the backend is asked", async || {
        (world.server(DemoStub::Labs).requests().len() >= count).then_some(())
    })
    .await;
}

async fn request(service: &Running, line: &str) -> Connection {
    let mut connection = Connection::open(service.address).await;
    let length = if line.starts_with("POST") {
        "Content-Length: 0\r\n"
    } else {
        ""
    };
    let head = format!(
        "{line} HTTP/1.1\r\nHost: x\r\n{}: {}\r\n{length}\r\n",
        KEY.0, KEY.1
    );
    connection.send(head).await;
    connection
}

/// An order that the laboratory has applied can be read there.
async fn order(world: &World) -> Answer {
    let labs = world.server(DemoStub::Labs);
    labs.fault(None).await.unwrap();
    let bearer = labs.requests()[0].bearer().unwrap().to_owned();
    let authorization = format!("Bearer {bearer}");
    let headers = [("Authorization", authorization.as_str())];
    crate::support::exchange(labs.address(), "GET /orders/ord-1", &headers, b"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_service_is_not_ready_serves_on_and_closes_its_connections() {
    let server = r#"
server: { name: Ward 7, listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 1, lame_duck: 3s, drain: 5s }
"#;
    let world = start(server);
    world.service.get(READ).await.expect(200);
    let (address, admin) = (world.service.address, world.service.admin);
    let World {
        service,
        demo,
        stubs,
        ..
    } = world;
    let mut kept = request(&service, &format!("GET {READ}")).await;
    kept.receive().await.unwrap().expect(200);
    let leaving = tokio::spawn(service.drain());
    eventually("/readyz says no", async || {
        let answer = crate::support::exchange(admin, "GET /readyz", &[], b"").await;
        (answer.status == 503).then_some(())
    })
    .await;
    let answer = crate::support::exchange(address, &format!("GET {READ}"), &[KEY], b"").await;
    assert_eq!(answer.expect(200).header("connection"), Some("close"));
    kept.send(format!(
        "GET {READ} HTTP/1.1\r\nHost: x\r\n{}: {}\r\n\r\n",
        KEY.0, KEY.1
    ))
    .await;
    let last = kept.receive().await.unwrap().expect(200);
    assert_eq!(
        last.header("connection"),
        Some("close"),
        "kept connections are asked to go"
    );
    assert!(kept.receive().await.is_none());
    leaving.await.unwrap();
    let closed = tokio::net::TcpStream::connect(address).await;
    assert!(closed.is_err(), "nobody listens any more");
    drop((demo, stubs));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_ends_before_the_service_does() {
    let world = start("");
    world.service.get(READ).await.expect(200);
    slow_labs(&world, Duration::from_millis(500)).await;
    let mut waiting = request(&world.service, &format!("GET {READ}")).await;
    asked(&world, 2).await;
    let World { service, demo, .. } = world;
    service.drain().await;
    let answer = waiting.receive().await.unwrap().expect(200);
    assert!(answer.is_complete());
    drop(demo);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_outlives_its_request_is_awaited() {
    let world = start("");
    slow_labs(&world, Duration::from_millis(900)).await;
    let answer = world.service.post("/orders", "").await.expect(504);
    assert_eq!(answer.call("order")["outcome"], "unknown");
    assert_eq!(answer.code(), "write_unknown");
    let World {
        service,
        demo,
        stubs,
        variables,
    } = world;
    service.drain().await;
    let stand_in = Running::start(&format!("{BACKENDS}{ENDPOINTS}"), &variables);
    let world = World {
        service: stand_in,
        demo,
        stubs,
        variables,
    };
    order(&world).await.expect(200);
    assert_eq!(world.server(DemoStub::Labs).disconnects(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_cancels_its_reads() {
    let world = start("");
    world.service.get(READ).await.expect(200);
    slow_labs(&world, Duration::from_secs(30)).await;
    let waiting = request(&world.service, &format!("GET {READ}")).await;
    asked(&world, 2).await;
    drop(waiting);
    eventually("the backend sees the client go", async || {
        (world.server(DemoStub::Labs).disconnects() == 1).then_some(())
    })
    .await;
    let lines = world.service.access_lines(2).await;
    assert_eq!(lines[1]["status"], 499);
    let metrics = world.service.metrics().await;
    assert!(metrics.contains("manifold_requests_in_flight 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_does_not_cancel_its_writes() {
    let world = start("");
    slow_labs(&world, Duration::from_millis(700)).await;
    let waiting = request(&world.service, "POST /orders").await;
    asked(&world, 1).await;
    drop(waiting);
    let World {
        service,
        demo,
        stubs,
        variables,
    } = world;
    service.drain().await;
    let service = Running::start(&format!("{BACKENDS}{ENDPOINTS}"), &variables);
    let world = World {
        service,
        demo,
        stubs,
        variables,
    };
    order(&world).await.expect(200);
    assert_eq!(world.server(DemoStub::Labs).disconnects(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_required_call_cancels_the_optional_reads() {
    let world = start("");
    world.service.get(READ).await.expect(200);
    slow_labs(&world, Duration::from_secs(30)).await;
    let ehr = world.server(DemoStub::Ehr);
    ehr.fault_settings(FaultSettings {
        slow: Duration::from_millis(300),
        ..FaultSettings::default()
    });
    ehr.fault(Some(Fault::Slow)).await.unwrap();
    let answer = world.service.get("/two").await.expect(404);
    assert_eq!(answer.call("late")["outcome"], "skipped");
    eventually("the read is cancelled", async || {
        (world.server(DemoStub::Labs).disconnects() == 1).then_some(())
    })
    .await;
}

const LARGE: &str = r#"
server: { name: Ward 7, listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 1, lame_duck: 0s, drain: 20s }
backends: { archive: { rest: {}, url: "${env:ARCHIVE_URL}", max_body: 32MiB } }
endpoints:
  - get: /large
    access: public
    calls: { large: { backend: archive, get: /large } }
"#;
/// More than the buffers of both sides hold.
const LARGE_BYTES: usize = 24 * 1024 * 1024;

/// A backend whose only answer does not fit into a connection's buffers.
fn archive() -> World {
    let declaration = format!(
        r#"{{ "archive": {{ "routes": [ {{ "method": "GET", "path": "/large", "body": "{}" }} ] }} }}"#,
        "x".repeat(LARGE_BYTES)
    );
    World::with_stubs(&declaration, LARGE)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_being_sent_is_sent_whole_before_the_service_ends() {
    let world = archive();
    let mut reader = request(&world.service, "GET /large").await;
    let head = reader.receive_only_head().await;
    let (admin, access_log) = (world.service.admin, world.service.access_log.clone());
    let address = world.service.address;
    let leaving = tokio::spawn(world.service.drain());
    eventually("nobody listens any more", async || {
        tokio::net::TcpStream::connect(address).await.err()
    })
    .await;
    let metrics = crate::support::exchange(admin, "GET /metrics", &[], b"").await;
    assert!(metrics.text().contains("manifold_requests_in_flight 1"));
    assert!(!leaving.is_finished());
    assert_eq!(access_log.text(), "", "the answer is not yet sent");

    let body = reader.receive_to_end().await;
    assert_eq!(
        head.header("content-length"),
        Some(&*body.len().to_string())
    );
    assert!(body.len() > LARGE_BYTES && body.ends_with(b"xx\"}"));
    leaving.await.unwrap();
    let line = &access_log.json()[0];
    assert_eq!(line["bytes"].as_u64(), Some(body.len() as u64));
    assert_eq!((&line["status"], line.get("aborted")), (&200.into(), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_client_leaves_in_the_middle_is_told_as_broken_off() {
    let world = archive();
    let mut reader = request(&world.service, "GET /large").await;
    reader.receive_only_head().await;
    assert_eq!(world.service.access_log.text(), "");
    drop(reader);
    let line = world.service.access_lines(1).await.remove(0);
    assert_eq!(
        (&line["status"], &line["aborted"]),
        (&200.into(), &true.into())
    );
    assert!(line["bytes"].as_u64().unwrap() < LARGE_BYTES as u64);
    let metrics = world.service.metrics().await;
    for told in [
        r#"manifold_aborted_answers_total{endpoint="GET /large"} 1"#,
        r#"manifold_requests_total{endpoint="GET /large",status="200"} 1"#,
        "manifold_requests_in_flight 0",
    ] {
        assert!(metrics.contains(told), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_its_answer_is_cut_off() {
    let world = archive();
    let options = manifold::Options {
        unread_for: Duration::from_millis(500),
        ..manifold::Options::default()
    };
    let service = Running::start_with(LARGE, &world.variables, options);
    let never_reads = request(&service, "GET /large").await;
    let line = service.access_lines(1).await.remove(0);
    assert_eq!(
        (&line["status"], &line["aborted"]),
        (&200.into(), &true.into())
    );
    drop(never_reads);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_drain_time_cuts_off_has_its_access_line_and_a_waiting_read_its_answer() {
    let world = archive();
    let both = format!(
        "{BACKENDS}{ENDPOINTS}{}",
        r#"
  - get: /large
    access: public
    calls: { large: { backend: archive, get: /large } }
server: { name: Ward 7, listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 2, lame_duck: 0s, drain: 1s }
"#
    )
    .replace("timeout: 3s", "timeout: 20s")
    .replacen(
        "backends:\n",
        "backends:\n  archive: { rest: {}, url: \"${env:ARCHIVE_URL}\", max_body: 32MiB }\n",
        1,
    );
    let service = Running::start(&both, &world.variables);
    service.get(READ).await.expect(200);
    slow_labs(&world, Duration::from_secs(30)).await;
    let mut never_reads = request(&service, "GET /large").await;
    never_reads.receive_only_head().await;
    let mut held = request(&service, &format!("GET {READ}")).await;
    asked(&world, 2).await;
    let mut writing = request(&service, "POST /orders/slow").await;
    asked(&world, 3).await;
    let access_log = service.access_log.clone();
    service.drain().await;

    let answer = held.receive().await.unwrap().expect(503);
    assert_eq!(answer.code(), "overloaded");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(writing.receive().await.is_none(), "nobody knows its end");
    let lines = access_log.json();
    let told = |endpoint: &str, status: u16| {
        let of_it =
            |line: &&serde_json::Value| line["endpoint"] == endpoint && line["status"] == status;
        lines.iter().find(of_it).unwrap()
    };
    told("GET /results/{number}", 503);
    told("POST /orders/slow", 499);
    assert_eq!(told("GET /large", 200)["aborted"], true);
    assert_eq!(lines.len(), 4);
}
