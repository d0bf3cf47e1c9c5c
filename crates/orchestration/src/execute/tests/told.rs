//! What is told of the requests of a call that ran out of time.

use std::sync::Mutex;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use problem::Code;
use tokio::time::{Instant, sleep};

use crate::Need::Required;
use crate::execute::{Ports, execute};
use crate::fake::{Scene, failed, inputs, ok, trace};
use crate::{AttemptEnd, AttemptKind, Backends, Exchange, Outcome, check};

/// Sends a request that nobody answers. Notices after so long, or never.
struct Silent(Mutex<Option<Duration>>);

impl Backends for Silent {
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome> {
        let notices = *self.0.lock().unwrap();
        let attempts = exchange.attempts.unwrap();
        let number = attempts.begin(AttemptKind::First);
        async move {
            sleep(notices.unwrap_or(Duration::from_mins(9))).await;
            attempts.end(number, None, Some(Code::Deadline));
            failed(Code::Deadline)
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_late_has_ended_so_whoever_notices_it_first() {
    // The call's own time is over, or the budget; the backend's silence was noticed then, or is not.
    for (timeout, expected) in [(200, 200), (9_000, 500)] {
        let expected = Duration::from_millis(expected);
        for notices in [None, Some(expected)] {
            let mut scene = Scene::new()
                .call("a", Required, 0, ok("1"))
                .with(|call| call.timeout = Duration::from_millis(timeout));
            scene.budget = Duration::from_millis(500);
            let endpoint = scene.endpoint();
            let silent = Silent(Mutex::new(notices));
            let ports = Ports {
                backends: &silent,
                ..scene.ports()
            };
            let mut inputs = inputs("1");
            inputs.explained = true;
            let checked = check(&endpoint, &inputs).unwrap_or_else(|faults| panic!("{faults:?}"));
            let until = Instant::now() + scene.budget;
            let reports = execute(&endpoint, &inputs, checked, &trace(), until, ports).await;
            let log = reports[0].attempts.as_ref().unwrap().log();
            let end = AttemptEnd {
                took: expected,
                status: None,
                code: Some(Code::Deadline),
            };
            assert_eq!(log.first[0].end, Some(end), "{timeout} {notices:?}");
        }
    }
}
