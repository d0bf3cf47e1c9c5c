//! Each fault, observed on the wire as its name claims.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Fault, FaultRule, FaultSettings};
use crate::reply::{Reply, Response};
use crate::request::Request;
use crate::server::{Handler, Server};
use crate::test_client::{Seen, get, send};

const BODY: &str = r#"{"value":"0123456789"}"#;

struct Healthy;

#[async_trait::async_trait]
impl Handler for Healthy {
    async fn handle(&self, request: Request) -> Reply {
        if request.path == "/nothing" {
            return Response::empty(StatusCode::NO_CONTENT).into();
        }
        Response::new(StatusCode::OK, "application/json", BODY).into()
    }
}

fn healthy() -> Server {
    let server = Server::start(0, Arc::new(Healthy)).unwrap();
    server.fault_settings(FaultSettings {
        slow: Duration::from_millis(30),
        drip: Duration::from_millis(2),
        oversized_mebibytes: 2,
        gzip_bomb_mebibytes: 8,
        ..FaultSettings::default()
    });
    server
}

async fn see(fault: Fault) -> Seen {
    let server = healthy();
    server.fault(Some(fault)).await.unwrap();
    get(&server, "/", "").await
}

/// Reads what a server sends before it falls silent, then leaves; returns once it was noticed.
async fn see_before_silence(fault: Fault, expected: &str) {
    let server = healthy();
    server.fault(Some(fault)).await.unwrap();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    while !bytes.ends_with(expected.as_bytes()) {
        bytes.push(stream.read_u8().await.unwrap());
    }
    while server.count("/") == 0 {
        tokio::task::yield_now().await;
    }
    // Nothing more comes: the connection is open and empty.
    assert_eq!(
        stream.try_read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    drop(stream);
    while server.disconnects() == 0 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn every_name_is_read_as_its_fault_and_no_other_is() {
    for fault in Fault::ALL {
        assert_eq!(fault.to_string().parse(), Ok(fault));
    }
    let unknown = "Slow".parse::<Fault>().unwrap_err().to_string();
    assert!(unknown.starts_with("no fault is called `Slow`; the faults are: slow, stall-head"));
}

#[tokio::test]
async fn slow_gives_the_right_answer_late() {
    let started = tokio::time::Instant::now();
    assert_eq!(see(Fault::Slow).await.text(), BODY);
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn stall_head_says_nothing_and_stall_body_half_of_it() {
    see_before_silence(Fault::StallHead, "").await;
    see_before_silence(Fault::StallBody, "\r\n\r\n{\"value\":\"0").await;
}

#[tokio::test]
async fn drip_sends_the_whole_body_byte_by_byte() {
    let started = tokio::time::Instant::now();
    assert_eq!(see(Fault::Drip).await.text(), BODY);
    assert!(started.elapsed() >= Duration::from_millis(2) * 22);
}

#[tokio::test]
async fn reset_comes_before_the_head_and_reset_body_in_the_middle() {
    let seen = see(Fault::Reset).await;
    assert_eq!(
        (seen.bytes.len(), seen.error),
        (0, Some(ErrorKind::ConnectionReset))
    );
    let seen = see(Fault::ResetBody).await;
    assert_eq!(seen.error, Some(ErrorKind::ConnectionReset));
    assert_eq!((seen.status(), seen.text().as_str()), (200, &BODY[..11]));
}

#[tokio::test]
async fn statuses_come_with_an_error_body_and_retry_after_where_promised() {
    for (fault, status, retry_after) in [
        (Fault::Status500, 500, None),
        (Fault::Status503, 503, Some("7")),
        (Fault::Status429, 429, Some("7")),
        (Fault::Status404, 404, None),
        (Fault::Status400, 400, None),
        (Fault::Status401, 401, None),
        (Fault::Status403, 403, None),
    ] {
        let seen = see(fault).await;
        assert_eq!(
            (seen.status(), seen.header("retry-after").as_deref()),
            (status, retry_after)
        );
        assert_eq!(seen.json()["status"], status);
    }
}

#[tokio::test]
async fn echo_repeats_what_the_request_came_with() {
    let server = healthy();
    server.fault(Some(Fault::Echo)).await.unwrap();
    let headers = [("Authorization", "Bearer t-1")];
    let seen = send(&server, "GET /a?key=k-1", &headers, "").await;
    assert_eq!(seen.status(), 400);
    let said = "cannot serve GET /a?key=k-1 with Bearer t-1";
    assert_eq!(seen.json()["message"], said);
}

#[tokio::test]
async fn b11_redirect_points_to_a_login_page_elsewhere() {
    let seen = see(Fault::Redirect).await;
    assert_eq!(seen.status(), 302);
    assert_eq!(
        seen.header("location").as_deref(),
        Some("https://login.example/login")
    );
}

#[tokio::test]
async fn html_empty_and_no_json_are_200_without_json() {
    let html = see(Fault::Html).await;
    assert_eq!(html.status(), 200);
    assert_eq!(
        html.header("content-type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert!(html.text().contains("<form"));
    let empty = see(Fault::Empty).await;
    assert_eq!(
        (empty.status(), empty.header("content-length").as_deref()),
        (200, Some("0"))
    );
    let plain = see(Fault::NoJson).await;
    assert_eq!(
        plain.header("content-type").as_deref(),
        Some("text/plain; charset=utf-8")
    );
    assert!(serde_json::from_slice::<serde_json::Value>(plain.body()).is_err());
}

#[tokio::test]
async fn truncated_breaks_the_framing_and_truncated_json_does_not() {
    let framing = see(Fault::Truncated).await;
    assert_eq!(framing.header("content-length").as_deref(), Some("22"));
    assert_eq!(
        (framing.text().as_str(), framing.error),
        (&BODY[..11], None)
    );
    let json = see(Fault::TruncatedJson).await;
    assert_eq!(json.header("content-length").as_deref(), Some("11"));
    assert_eq!(json.text(), BODY[..11]);
}

#[tokio::test]
async fn an_answer_without_a_body_gets_one_to_be_broken() {
    let server = healthy();
    server.fault(Some(Fault::Truncated)).await.unwrap();
    let seen = get(&server, "/nothing", "").await;
    assert_eq!(
        (seen.status(), seen.header("content-length").as_deref()),
        (200, Some("2"))
    );
    assert_eq!(seen.text(), "{");
}

#[tokio::test]
async fn oversized_is_valid_json_of_the_announced_length() {
    let seen = see(Fault::Oversized).await;
    let announced = seen
        .header("content-length")
        .unwrap()
        .parse::<usize>()
        .unwrap();
    assert!(announced > 2 * 1024 * 1024 && announced == seen.body().len());
    assert_eq!(
        seen.json()["padding"].as_str().unwrap().len(),
        2 * 1024 * 1024
    );
}

#[tokio::test]
async fn deep_nests_100_000_arrays() {
    let seen = see(Fault::Deep).await;
    assert_eq!(seen.body().len(), 200_000);
    assert_eq!(seen.text().matches('[').count(), 100_000);
}

#[tokio::test]
async fn bad_utf8_is_not_utf8() {
    assert!(std::str::from_utf8(see(Fault::BadUtf8).await.body()).is_err());
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_wire_and_valid_json_when_decoded() {
    let seen = see(Fault::GzipBomb).await;
    assert_eq!(seen.header("content-encoding").as_deref(), Some("gzip"));
    assert!(seen.body().len() < 64 * 1024);
    let mut decoded = String::new();
    GzDecoder::new(seen.body())
        .read_to_string(&mut decoded)
        .unwrap();
    assert!(decoded.len() > 8 * 1024 * 1024);
    assert!(serde_json::from_str::<serde_json::Value>(&decoded).is_ok());
}

#[tokio::test]
async fn garbage_bad_content_length_and_huge_header_break_http_itself() {
    assert!(!see(Fault::Garbage).await.bytes.starts_with(b"HTTP"));
    let length = see(Fault::BadContentLength).await;
    assert_eq!(length.header("content-length").as_deref(), Some("twelve"));
    let header = see(Fault::HugeHeader).await.header("x-padding").unwrap();
    assert_eq!(header.len(), 1024 * 1024);
}

#[tokio::test]
async fn a_rule_concerns_its_paths_and_the_nth_requests_only() {
    let server = healthy();
    server.fault_rule(
        FaultRule::new(Fault::Status500)
            .under("/bad")
            .after(1)
            .times(1),
    );
    let mut statuses = Vec::new();
    for path in ["/good", "/bad/1", "/bad/2", "/good", "/bad/3"] {
        statuses.push(get(&server, path, "").await.status());
    }
    assert_eq!(statuses, [200, 200, 500, 200, 200]);
    server.fault_rule(FaultRule::new(Fault::Status403));
    assert_eq!(get(&server, "/", "").await.status(), 403);
    server.fault(None).await.unwrap();
    assert_eq!(get(&server, "/", "").await.status(), 200);
}
