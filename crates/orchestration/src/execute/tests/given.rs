//! What time a call is given, and what it should have had.

use std::sync::Mutex;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};

use crate::Need::Required;
use crate::execute::{Ports, execute};
use crate::fake::{Scene, inputs, ok, trace};
use crate::{Backends, Call, Exchange, Outcome, check};

/// Takes 490 ms for each call, and notes its time in milliseconds: given, and full.
#[derive(Default)]
struct Slow(Mutex<Vec<(u128, u128)>>);

impl Backends for Slow {
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome> {
        let given = exchange.deadline - Instant::now();
        let noted = (given.as_millis(), exchange.full_time.as_millis());
        self.0.lock().unwrap().push(noted);
        async {
            sleep(Duration::from_millis(490)).await;
            ok(r#"{"id":"7"}"#)
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_for_another_is_known_to_have_less_than_its_time() {
    let budget = Duration::from_millis(500);
    // Longer than the budget, which is too short to judge by; between them; and shorter.
    for (timeout, expected) in [
        (2_000, [(500, 1_000), (10, 1_000)]),
        (700, [(500, 700), (10, 700)]),
        (495, [(495, 495), (10, 495)]),
    ] {
        let limited = |call: &mut Call| call.timeout = Duration::from_millis(timeout);
        let mut scene = Scene::new()
            .call("a", Required, 0, ok("1"))
            .with(limited)
            .call("b", Required, 0, ok("2"))
            .with(limited)
            .after(0, "id");
        scene.budget = budget;
        let endpoint = scene.endpoint();
        let slow = Slow::default();
        let ports = Ports {
            backends: &slow,
            ..scene.ports()
        };
        let checked = check(&endpoint, &inputs("1")).unwrap_or_else(|faults| panic!("{faults:?}"));
        let until = Instant::now() + budget;
        execute(&endpoint, &inputs("1"), checked, &trace(), until, ports).await;
        assert_eq!(*slow.0.lock().unwrap(), expected);
    }
}
