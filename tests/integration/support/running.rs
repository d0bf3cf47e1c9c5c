//! A service started from a configuration text, as the binary starts it.

use std::net::SocketAddr;
use std::path::Path;

use config::{Configuration, Faults};
use manifold::{LameDuck, Options, Service};
use serde_json::Value;

use super::{Answer, Lines, eventually, exchange, traces};

/// What the client `robot` presents; it has the scopes `read` and `write`.
pub(crate) const KEY: (&str, &str) = ("X-API-Key", "test-key");
/// What a client without scopes presents.
pub(crate) const LIMITED_KEY: (&str, &str) = ("X-API-Key", "limited-key");
/// The password of the client `portal`, whose user name is `portál`.
pub(crate) const PASSWORD: &str = "pä:ss wörd";

/// Patient with clients: a busy machine may keep the tests' own client waiting.
const SERVER: &str = r#"
server: { name: Ward 7, listen: "127.0.0.1:0", admin: "127.0.0.1:0", workers: 2, lame_duck: 0s, drain: 20s, head_timeout: 1m, body_timeout: 1m }
"#;

const CLIENTS: &str = r#"
clients:
  portal:
    basic: { username: portál, password_hash: "$argon2id$v=19$m=19456,t=2,p=1$WDLap4eTW7GOMduMPGOkkg$YDc80O1YG+t5QkLWuWuTT1h70EQDiXSA2vLHHDKP0Wo" }
    scopes: [read]
  robot:
    api_key: { sha256: 62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef }
    scopes: [read, write]
  limited:
    api_key: { sha256: f33b2500796d61f96eeef0f5331ddc40c17e434aff139f4d9e00bfe75170d87a }
"#;

/// Names and values for `${env:NAME}`.
pub(crate) type Variables = Vec<(String, String)>;

/// Compiles a configuration; `server:` and `clients:` are added where the text has none.
pub(crate) fn parse(yaml: &str, variables: &Variables) -> Result<Configuration, Faults> {
    let has = |section: &str| yaml.starts_with(section) || yaml.contains(&format!("\n{section}"));
    let mut text = yaml.to_owned();
    for (section, default) in [("server:", SERVER), ("clients:", CLIENTS)] {
        if !has(section) {
            // Behind the text, so that faults keep their line.
            text.push_str(default);
        }
    }
    let environment = |name: &str| {
        let found = variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    config::parse("manifold.yaml", &text, Path::new("."), &environment)
}

/// A running service.
pub(crate) struct Running {
    service: Service,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) access_log: Lines,
}

impl Running {
    pub(crate) fn start(yaml: &str, variables: &Variables) -> Self {
        Self::start_with(yaml, variables, Options::default())
    }

    /// The same, with the limits of these options.
    pub(crate) fn start_with(yaml: &str, variables: &Variables, mut options: Options) -> Self {
        traces();
        let access_log = Lines::default();
        options.access_log = Box::new(access_log.clone());
        let configuration = parse(yaml, variables).unwrap_or_else(|faults| fail(&faults));
        let service = Service::start(configuration, options).unwrap();
        Self {
            address: service.address(),
            admin: service.admin_address().unwrap(),
            service,
            access_log,
        }
    }

    /// GET as the client `robot`.
    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[KEY], "").await
    }

    /// POST of JSON as the client `robot`.
    pub(crate) async fn post(&self, target: &str, body: &str) -> Answer {
        let headers = [KEY, ("Content-Type", "application/json")];
        self.send("POST", target, &headers, body).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let line = format!("{method} {target}");
        exchange(self.address, &line, headers, body.as_bytes()).await
    }

    /// GET on the operators' listener.
    pub(crate) async fn operator(&self, path: &str) -> Answer {
        exchange(self.admin, &format!("GET {path}"), &[], b"").await
    }

    pub(crate) async fn metrics(&self) -> String {
        self.operator("/metrics").await.text().to_owned()
    }

    /// A credential's entry on `/readyz`.
    pub(crate) async fn credential(&self, name: &str) -> Value {
        let ready = self.operator("/readyz").await.json();
        let credentials = ready["credentials"].as_array().unwrap();
        let found = credentials.iter().find(|entry| entry["credential"] == name);
        found.cloned().unwrap()
    }

    /// The access lines, as soon as there are this many.
    pub(crate) async fn access_lines(&self, count: usize) -> Vec<Value> {
        eventually("access lines", async || {
            let complete = self.access_log.text().matches('\n').count() >= count;
            complete.then(|| self.access_log.json())
        })
        .await
    }

    pub(crate) fn install(&self, yaml: &str, variables: &Variables) {
        let configuration = parse(yaml, variables).unwrap_or_else(|faults| fail(&faults));
        self.service.install(configuration).unwrap();
    }

    pub(crate) async fn drain(self) {
        self.service.drain(LameDuck::Serve).await;
    }
}

#[expect(
    clippy::panic,
    reason = "tests; the faults are drawn over several lines"
)]
fn fail(faults: &Faults) -> ! {
    panic!("{faults}")
}
