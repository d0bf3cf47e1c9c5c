//! Another configuration while the service runs: from files, under load, and back.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::{join, join_all};
use manifold::{Options, Service, Source};
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;
use testkit::{Demo, DemoOptions, DemoStub, StubSet};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::flow::basic;
use crate::support::{Answer, KEY, PASSWORD, eventually, exchange, traces};

mod fixed;
mod rotation;

const CLIENTS: &str = r#"
server: { name: Ward 7, listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 2, lame_duck: 0s, head_timeout: 1m, body_timeout: 1m }
documents: { access: public }
clients:
  portal:
    basic: { username: portal, password_hash: "HASH" }
    scopes: [read]
  robot:
    api_key: { sha256: 62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef }
    scopes: [read]
"#;
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$WDLap4eTW7GOMduMPGOkkg$YDc80O1YG+t5QkLWuWuTT1h70EQDiXSA2vLHHDKP0Wo";

/// A service that follows the file `manifold.yaml` of a folder of its own.
struct Following {
    folder: TempDir,
    service: Service,
    asked: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Following {
    /// `files`: what else is in the folder.
    fn start(yaml: &str, files: &[(&str, &str)]) -> Self {
        traces();
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let path = folder.path().join("manifold.yaml");
        write(&path, yaml);
        Self::start_in(folder, &path)
    }

    fn start_in(folder: TempDir, path: &Path) -> Self {
        let mut source = Source::new(path.to_owned(), |_| None);
        let configuration = source.load().unwrap();
        let options = Options {
            access_log: Box::new(std::io::sink()),
            ..Options::default()
        };
        let service = Service::start(configuration, options).unwrap();
        let asked = Arc::new(Notify::new());
        Self {
            task: tokio::spawn(service.follow(source, Arc::clone(&asked))),
            folder,
            service,
            asked,
        }
    }

    fn address(&self) -> SocketAddr {
        self.service.address()
    }

    async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        exchange(self.address(), &format!("GET {target}"), headers, b"").await
    }

    async fn operator(&self, path: &str) -> Answer {
        let admin = self.service.admin_address().unwrap();
        exchange(admin, &format!("GET {path}"), &[], b"").await
    }

    /// `configuration` of `/readyz`.
    async fn state(&self) -> Value {
        self.operator("/readyz").await.expect(200).json()["configuration"].clone()
    }

    fn write(&self, yaml: &str) {
        write(&self.folder.path().join("manifold.yaml"), yaml);
    }

    /// Waits until the service has read what was just written, at once or in its own time.
    async fn read(&self, ask: bool, before: &Value) -> Value {
        if ask {
            self.asked.notify_one();
        }
        eventually("another configuration", async || {
            let now = self.state().await;
            (now["loaded_at"] != before["loaded_at"] || now["refused_at"] != before["refused_at"])
                .then_some(now)
        })
        .await
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// As an editor does: no reader finds half a file.
fn write(path: &Path, text: &str) {
    let next = path.with_extension("next");
    fs::write(&next, text).unwrap();
    fs::rename(next, path).unwrap();
}

const STUBS: &str = r#"{ "words": { "routes": [
  { "method": "GET", "path": "/old/1", "body": "old" },
  { "method": "GET", "path": "/old/2", "body": "old", "delay_ms": 3 },
  { "method": "GET", "path": "/new/1", "body": "new" },
  { "method": "GET", "path": "/new/2", "body": "new", "delay_ms": 3 }
] } }"#;

fn words(url: &str, word: &str, path: &str) -> String {
    format!(
        r#"{clients}
backends: {{ words: {{ rest: {{}}, url: "{url}" }} }}
endpoints:
  - get: {path}
    access: {{ scopes: [read] }}
    calls:
      one: {{ backend: words, get: /{word}/1 }}
      two: {{ backend: words, get: /{word}/2 }}
"#,
        clients = CLIENTS.replace("HASH", HASH)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_requests_under_twenty_reloads_are_each_wholly_old_or_wholly_new() {
    const REQUESTS: usize = 2_000;
    const RELOADS: usize = 20;
    let stubs = StubSet::start(STUBS).unwrap();
    let url = stubs.url("words").unwrap();
    let service = Following::start(&words(&url, "old", "/"), &[]);
    let served = [AtomicUsize::new(0), AtomicUsize::new(0)];
    let begun = AtomicUsize::new(0);
    let clients = (0..8).map(|_| async {
        while begun.fetch_add(1, Ordering::Relaxed) < REQUESTS {
            let answer = service.get("/", &[KEY]).await.expect(200);
            assert!(answer.is_complete());
            let place = match answer.text() {
                r#"{"one":"old","two":"old"}"# => 0,
                r#"{"one":"new","two":"new"}"# => 1,
                mixed => unreachable!("{mixed}"),
            };
            served[place].fetch_add(1, Ordering::Relaxed);
        }
    });
    let reloading = async {
        for number in 1..=RELOADS {
            // Spread over the requests.
            let share = REQUESTS * number / (RELOADS + 2);
            eventually("some more requests", async || {
                (begun.load(Ordering::Relaxed) >= share).then_some(())
            })
            .await;
            let before = service.state().await;
            service.write(&words(&url, ["old", "new"][number % 2], "/"));
            let after = service.read(true, &before).await;
            assert_ne!(after["revision"], before["revision"]);
            assert_eq!(after["last_error"], Value::Null);
        }
    };
    let (_, ()) = join(join_all(clients), reloading).await;
    let [old, new] = served.map(AtomicUsize::into_inner);
    assert_eq!(old + new, REQUESTS);
    assert!(old > 0 && new > 0, "{old} {new}");
    let metrics = service.operator("/metrics").await;
    let line = format!(
        r#"manifold_configurations_total{{outcome="taken_up"}} {}"#,
        RELOADS + 1
    );
    assert!(metrics.text().contains(&line), "{}", metrics.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_configuration_is_refused_and_drawn_and_the_one_that_mends_it_is_found_on_disk() {
    let stubs = StubSet::start(STUBS).unwrap();
    let url = stubs.url("words").unwrap();
    let service = Following::start(&words(&url, "old", "/before"), &[]);
    let before = service.state().await;
    assert_eq!(before["revision"].as_str().unwrap().len(), 12);
    assert_eq!(before["last_error"], Value::Null);

    let faulty = words(&url, "new", "/after").replace("backend: words", "backend: wrods");
    service.write(&faulty);
    // Nobody asks: the change is found.
    let refused = service.read(false, &before).await;
    assert_eq!(refused["revision"], before["revision"]);
    assert_eq!(refused["loaded_at"], before["loaded_at"]);
    let drawn = refused["last_error"].as_str().unwrap();
    assert!(drawn.contains("unknown backend `wrods`"), "{drawn}");
    assert!(drawn.contains("did you mean `words`"), "{drawn}");
    assert!(drawn.contains("manifold.yaml:"), "{drawn}");
    let logged = traces().text();
    assert!(logged.contains("the one before goes on") && logged.contains("`wrods`"));
    let metrics = service.operator("/metrics").await;
    for line in [
        r#"manifold_configurations_total{outcome="refused"} 1"#,
        "manifold_configuration_refused 1",
    ] {
        assert!(metrics.text().contains(line), "{line}");
    }
    let answer = service.get("/before", &[KEY]).await.expect(200);
    assert_eq!(answer.text(), r#"{"one":"old","two":"old"}"#);

    service.write(&words(&url, "new", "/after"));
    let mended = service.read(false, &refused).await;
    assert_eq!(mended["last_error"], Value::Null);
    assert_ne!(mended["revision"], before["revision"]);
    service.get("/before", &[KEY]).await.expect(404);
    service.get("/after", &[KEY]).await.expect(200);
    let document = service.get("/openapi.json", &[]).await.expect(200).json();
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/after"], "the document follows");
    let metrics = service.operator("/metrics").await;
    assert!(metrics.text().contains("manifold_configuration_refused 0"));
}
