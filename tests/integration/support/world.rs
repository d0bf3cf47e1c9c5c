//! The demo's stubs, declared ones beside them, and a service in front.

use std::time::Duration;

use secrecy::ExposeSecret;
use testkit::{Demo, DemoOptions, DemoStub, FaultSettings, Server, StubSet};

use super::running::Variables;
use super::{Running, url_variable};

/// The credentials and backends of the demo's stubs. Short times: a fault must not last.
pub(crate) const BACKENDS: &str = r#"
credentials:
  hospital: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-hospital, client_secret: "${env:HOSPITAL_SECRET}", scopes: [system/Patient.rs], timeout: 1s } }
  labs: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-labs, client_secret: "${env:LABS_SECRET}", scopes: [results.read, orders.write], authentication: client_secret_post, timeout: 1s } }
  insurer: { api_key: { query: apikey, value: "${env:INSURER_KEY}" } }
  weather: { api_key: { query: appid, value: "${env:WEATHER_KEY}" } }
backends:
  ehr: { fhir: R4, url: "${env:EHR_URL}", credential: hospital, timeout: 3s, max_body: 1MiB }
  labs: { rest: {}, url: "${env:LABS_URL}", credential: labs, timeout: 3s, max_body: 1MiB }
  insurer: { rest: {}, url: "${env:INSURER_URL}", credential: insurer, timeout: 3s }
  weather: { rest: {}, url: "${env:WEATHER_URL}", credential: weather, timeout: 3s }
"#;

/// Everything of one test.
pub(crate) struct World {
    pub(crate) service: Running,
    pub(crate) demo: Demo,
    pub(crate) stubs: StubSet,
    pub(crate) variables: Variables,
}

impl World {
    /// The demo's backends, and these endpoints in front of them.
    pub(crate) fn start(endpoints: &str) -> Self {
        Self::with_stubs("{}", &format!("{BACKENDS}{endpoints}"))
    }

    /// The demo's stubs and declared ones, and a whole configuration in front of them.
    pub(crate) fn with_stubs(declaration: &str, yaml: &str) -> Self {
        Self::with_tokens_for(Duration::from_mins(5), declaration, yaml)
    }

    /// The same, with tokens that live only so long.
    pub(crate) fn with_tokens_for(lifetime: Duration, declaration: &str, yaml: &str) -> Self {
        let mut options = DemoOptions::new().unwrap();
        options.token_lifetime = lifetime;
        let demo = Demo::start(options).unwrap();
        for stub in DemoStub::ALL {
            demo.server(stub).fault_settings(small_faults());
        }
        let stubs = StubSet::start(declaration).unwrap();
        let mut variables = variables(&demo);
        for name in stubs.names() {
            variables.push((url_variable(name), stubs.url(name).unwrap()));
        }
        Self {
            service: Running::start(yaml, &variables),
            demo,
            stubs,
            variables,
        }
    }

    /// A server of the demo.
    pub(crate) fn server(&self, stub: DemoStub) -> &Server {
        self.demo.server(stub)
    }

    /// A declared server.
    pub(crate) fn stub(&self, name: &str) -> &Server {
        self.stubs.server(name).unwrap()
    }

    pub(crate) fn token_calls(&self) -> usize {
        self.demo.authorization_server().token_calls()
    }

    /// What must not be seen anywhere: secrets, keys and tokens of this test.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let secrets = self.demo.secrets();
        let known = [
            &secrets.hospital_client_secret,
            &secrets.labs_client_secret,
            &secrets.insurer_key,
            &secrets.weather_key,
        ];
        let mut list: Vec<String> = known.map(|secret| secret.expose_secret().to_owned()).into();
        for stub in [DemoStub::Ehr, DemoStub::Labs] {
            let requests = self.server(stub).requests();
            list.extend(
                requests
                    .iter()
                    .filter_map(|request| request.bearer())
                    .map(str::to_owned),
            );
        }
        list.sort();
        list.dedup();
        list
    }
}

fn variables(demo: &Demo) -> Variables {
    let secrets = demo.secrets();
    let url = |stub| demo.url(stub);
    let pairs = [
        ("TOKEN_URL", demo.authorization_server().token_url()),
        ("EHR_URL", url(DemoStub::Ehr)),
        ("LABS_URL", url(DemoStub::Labs)),
        ("INSURER_URL", url(DemoStub::Insurer)),
        ("WEATHER_URL", url(DemoStub::Weather)),
        (
            "HOSPITAL_SECRET",
            secrets.hospital_client_secret.expose_secret().to_owned(),
        ),
        (
            "LABS_SECRET",
            secrets.labs_client_secret.expose_secret().to_owned(),
        ),
        (
            "INSURER_KEY",
            secrets.insurer_key.expose_secret().to_owned(),
        ),
        (
            "WEATHER_KEY",
            secrets.weather_key.expose_secret().to_owned(),
        ),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}

/// As bad as in the demo, in a smaller format.
fn small_faults() -> FaultSettings {
    FaultSettings {
        slow: Duration::from_secs(30),
        drip: Duration::from_millis(50),
        oversized_mebibytes: 3,
        gzip_bomb_mebibytes: 8,
        ..FaultSettings::default()
    }
}
