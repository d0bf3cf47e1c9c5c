//! What every test stands on: running stubs, a running service, a client that hides nothing.

mod answer;
mod capture;
mod client;
mod running;
mod world;

use std::time::Duration;

pub(crate) use self::answer::Answer;
pub(crate) use self::capture::{Lines, traces};
pub(crate) use self::client::{Connection, exchange};
pub(crate) use self::running::{KEY, LIMITED_KEY, PASSWORD, Running, Variables, parse};
pub(crate) use self::world::{BACKENDS, World};

/// Longer than anything that a healthy test waits for, on a machine that is busy with others.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until there is something, for what comes about in its own time.
pub(crate) async fn eventually<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            if let Some(found) = probe().await {
                return found;
            }
        }
    };
    let found = tokio::time::timeout(PATIENCE, asking).await;
    assert!(found.is_ok(), "never came about: {what}");
    found.unwrap()
}

/// The server's declared name in the environment of a configuration: `labs` is `LABS_URL`.
pub(crate) fn url_variable(stub: &str) -> String {
    format!("{}_URL", stub.to_ascii_uppercase().replace('-', "_"))
}
