//! What the log says of writes whose client has left. On paused time.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use problem::Code;
use tokio::time::Instant;

use crate::Need::Required;
use crate::fake::{Scene, checked, failed, inputs, ok, trace};
use crate::{ForEach, Inputs, Source, check, execute};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The log of a request whose client leaves after `patience` ms.
async fn log(mut scene: Scene, inputs: Inputs, patience: u64) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _listens = tracing::subscriber::set_default(subscriber);
    let (endpoint, trace) = (scene.endpoint(), trace());
    let ready = check(&endpoint, &inputs).ok().unwrap();
    let deadline = Instant::now() + scene.budget;
    let running = execute(&endpoint, &inputs, ready, &trace, deadline, scene.ports());
    tokio::time::timeout(Duration::from_millis(patience), running)
        .await
        .ok();
    scene.writes.close();
    scene.writes.wait().await;
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_client_has_left_tells_its_end() {
    for (outcome, level, told) in [
        (ok("1"), "INFO", r#"outcome="ok" status=200 ms=1000"#),
        (
            failed(Code::UpstreamRefused),
            "WARN",
            r#"outcome="failed" code="upstream_refused" ms=1000"#,
        ),
    ] {
        let scene = || {
            Scene::new()
                .call("write", Required, 1_000, outcome.clone())
                .write()
        };
        let line = log(scene(), inputs("1"), 500).await;
        let names = r#"endpoint="GET /x" call="write" backend="write-backend""#;
        for part in [level, names, told] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert_eq!(
            log(scene(), inputs("1"), 2_000).await,
            "",
            "the answer told"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_list_of_writes_it_is_told_how_many_were_never_begun() {
    let each = ForEach {
        source: Source::Body(json::Path::default()),
        expression: "{body}".into(),
        concurrency: 2,
        max_items: 9,
        max_bytes: 64,
    };
    let scene = Scene::new()
        .call("write", Required, 1_000, ok("1"))
        .write()
        .with(|call| call.for_each = Some(each));
    let inputs = Inputs {
        body: Some(checked("[1,2,3,4,5]")),
        ..inputs("1")
    };
    let lines = log(scene, inputs, 1_500).await;
    assert!(lines.contains("begun=4 never_begun=1"), "{lines}");
    assert_eq!(lines.matches(r#"outcome="ok""#).count(), 2, "{lines}");
}
