//! HTTP itself: HEAD, keep-alive, pipelining, and clients that are slow.

use crate::flow::SUMMARY;
use crate::support::{BACKENDS, Connection, KEY, World};

const PATIENT: &str = "/patients/pat-001";
const SHORT: &str = r#"
server: { name: Short, listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 1, lame_duck: 0s, head_timeout: 1s, body_timeout: 300ms }
"#;
const ORDERS: &str = r#"
endpoints:
  - post: /orders
    access: public
    body: {}
    calls: { order: { backend: labs, post: /orders, body: "{body}" } }
"#;

fn request(method: &str, target: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\n{}: {}\r\n\r\n",
        KEY.0, KEY.1
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_its_body() {
    let world = World::start(SUMMARY);
    let get = world.service.get(PATIENT).await.expect(200);
    let head = world
        .service
        .send("HEAD", PATIENT, &[KEY], "")
        .await
        .expect(200);
    for name in ["content-length", "content-type", "manifold-complete"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert!(
        head.header("content-length")
            .unwrap()
            .parse::<usize>()
            .unwrap()
            > 1000
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_serves_request_after_request_failures_too() {
    let world = World::start(SUMMARY);
    let mut connection = Connection::open(world.service.address).await;
    for (target, status) in [
        (PATIENT, 200),
        ("/nowhere", 404),
        ("/patients/nobody", 404),
        (PATIENT, 200),
    ] {
        connection.send(request("GET", target)).await;
        assert_eq!(
            connection.receive().await.unwrap().status,
            status,
            "{target}"
        );
    }
    connection.send(request("HEAD", PATIENT)).await;
    assert_eq!(connection.receive_head().await.unwrap().status, 200);
    connection.send(request("GET", PATIENT)).await;
    assert_eq!(connection.receive().await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_their_order() {
    let world = World::start(SUMMARY);
    let mut connection = Connection::open(world.service.address).await;
    let both = request("GET", PATIENT) + &request("GET", "/patients/pat-002");
    connection.send(both).await;
    for id in ["pat-001", "pat-002"] {
        let answer = connection.receive().await.unwrap().expect(200);
        assert_eq!(answer.json()["patient"]["id"], id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_arrive_gets_408_and_a_body_that_does_not_gets_400() {
    let world = World::with_stubs("{}", &format!("{BACKENDS}{ORDERS}{SHORT}"));
    let mut connection = Connection::open(world.service.address).await;
    connection.send("POST /orders HTTP/1.1\r\nHost:").await;
    let answer = connection.receive().await.unwrap().expect(408);
    assert!(answer.body.is_empty() && answer.header("x-request-id").is_none());
    assert!(connection.receive().await.is_none(), "closed");

    let mut connection = Connection::open(world.service.address).await;
    let head = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    connection.send(head).await;
    let answer = connection.receive().await.unwrap().expect(400);
    assert_eq!(answer.code(), "invalid_body");
    assert_eq!(world.token_calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_not_http_is_400_and_hurts_nobody_else() {
    let world = World::start(SUMMARY);
    for nonsense in [
        "\0\x01\x02\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ] {
        let mut connection = Connection::open(world.service.address).await;
        connection.send(nonsense).await;
        let answer = connection.receive().await.unwrap();
        assert_eq!((answer.status, answer.text()), (400, ""), "{nonsense:?}");
        assert!(connection.receive().await.is_none(), "{nonsense:?}: closed");
    }
    world.service.get(PATIENT).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_body_that_is_too_large_is_refused_before_it_is_sent() {
    let world = World::start(ORDERS);
    let mut connection = Connection::open(world.service.address).await;
    let head = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n";
    connection.send(head).await;
    let answer = connection.receive().await.unwrap().expect(413);
    assert_eq!(answer.code(), "payload_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_reads_ends_with_its_connection() {
    let world = World::start(ORDERS);
    for (line, framing, status) in [
        ("POST /nowhere", "Content-Length: 99999999", 404),
        ("POST /nowhere", "Transfer-Encoding: chunked", 404),
        ("PUT /orders", "Content-Length: 99999999", 405),
        ("GET /livez", "Transfer-Encoding: chunked", 200),
        ("POST /orders", "Content-Length: 99999999", 413),
    ] {
        let mut connection = Connection::open(world.service.address).await;
        connection
            .send(format!("{line} HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n"))
            .await;
        let answer = connection.receive().await.unwrap().expect(status);
        assert_eq!(answer.header("connection"), Some("close"), "{line}");
        assert!(connection.receive().await.is_none(), "{line}: closed");
    }
}
