#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use actix_web::http::header::RETRY_AFTER;
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;
use actix_web::{App, web};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval, timeout};

use super::{Options, Service, StartError};
use crate::handle;
use crate::process::Process;

const YAML: &str = r#"
server: { listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 1 }
backends: { labs: { rest: {}, url: "http://127.0.0.1:1" } }
endpoints:
  - get: /results
    access: public
    calls: { results: { backend: labs, get: /results } }
"#;

fn configuration(yaml: &str) -> config::Configuration {
    config::parse("manifold.yaml", yaml, Path::new("."), &|_| None).unwrap()
}

fn options() -> Options {
    Options {
        access_log: Box::new(std::io::sink()),
        ..Options::default()
    }
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn eventually(address: SocketAddr, path: &str, said: &str) {
    let asking = async {
        let mut tick = interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            if get(address, path).await.contains(said) {
                return;
            }
        }
    };
    let answered = timeout(Duration::from_secs(20), asking).await;
    assert!(answered.is_ok(), "{path} never said {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_worker_is_stuck_is_not_alive_until_it_turns_again() {
    let options = Options {
        stuck_after: Duration::from_millis(500),
        ..options()
    };
    let service = Service::start(configuration(YAML), options).unwrap();
    let admin = service.admin_address().unwrap();
    eventually(admin, "/livez", "alive").await;
    eventually(service.address(), "/livez", "alive").await;

    // A worker that is to write its access line waits for as long as the log is held.
    let (release, released) = channel();
    let (held, is_held) = channel();
    let process = Arc::clone(&service.process);
    let holder = std::thread::spawn(move || process.access_log.hold(&held, &released));
    is_held.recv().unwrap();
    let waiting = tokio::spawn(get(service.address(), "/nowhere"));
    eventually(admin, "/livez", "HTTP/1.1 503").await;
    eventually(admin, "/livez", "1 of 2 threads that serve").await;
    let metrics = get(admin, "/metrics").await;
    assert!(metrics.contains("200 OK"), "operators still see it");

    release.send(()).unwrap();
    holder.join().unwrap();
    assert!(waiting.await.unwrap().starts_with("HTTP/1.1 404"));
    eventually(admin, "/livez", "alive").await;
}

#[actix_web::test]
async fn a_request_that_comes_after_the_last_work_is_refused_and_its_connection_closed() {
    let process = Process::new(configuration(YAML), options()).unwrap();
    let app = App::new()
        .app_data(Data::from(Arc::clone(&process)))
        .default_service(web::to(handle::handle));
    let app = init_service(app).await;
    let ask = || call_service(&app, TestRequest::get().uri("/livez").to_request());
    assert_eq!(ask().await.status(), StatusCode::OK);
    process.leave();
    assert!(process.end(Instant::now() + Duration::from_secs(20)).await);
    let refused = ask().await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(RETRY_AFTER));
    let head = refused.response().head();
    assert_eq!(head.connection_type(), ConnectionType::Close);
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_for_what_is_under_way_and_not_longer_than_it_may() {
    let process = Process::new(configuration(YAML), options()).unwrap();
    let under_way = process.work.token();
    let began = Instant::now();
    let wait = Duration::from_secs(3);
    assert!(!process.end(began + wait).await);
    assert_eq!(began.elapsed(), wait);
    assert!(process.has_ended());
    drop(under_way);
    assert!(process.end(Instant::now() + wait).await);
}

#[test]
fn an_address_that_is_taken_is_named_once_with_its_key_and_the_mend() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (key, name) in [("listen", "server.listen"), ("admin", "server.admin")] {
        let yaml = YAML.replace(
            &format!(r#"{key}: "127.0.0.1:0""#),
            &format!(r#"{key}: "{address}""#),
        );
        let error = Service::start(configuration(&yaml), options())
            .err()
            .unwrap();
        assert!(matches!(error, StartError::Listen { .. }));
        assert_eq!(
            format!("{:#}", anyhow::Error::from(error)),
            format!(
                "cannot listen on {address}, which `{name}` says: Address already in use (os error 98); \
                 end the program that listens there, or take another port"
            )
        );
    }
}
