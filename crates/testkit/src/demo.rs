//! The authorization server and four backends, wired together: what `manifold demo` stands on.

mod control;
mod secrets;
mod stub;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use self::control::Control;
pub use self::secrets::DemoSecrets;
pub use self::stub::DemoStub;
use crate::authorization_server::{
    AuthorizationServer, AuthorizationServerOptions, RegisteredClient,
};
use crate::error::Error;
use crate::fault::Fault;
use crate::fhir_server::{FhirServer, FhirServerOptions};
use crate::insurer_server::{InsurerServer, InsurerServerOptions};
use crate::lab_server::{LabServer, LabServerOptions};
use crate::server::Server;
use crate::weather_server::{WeatherServer, WeatherServerOptions};

/// Short, so that renewal can be watched.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(30);

const ANY_PORT: u16 = 0;

/// What each client may ask for; its backend demands the first of them.
const HOSPITAL_SCOPES: [&str; 2] = ["system/Patient.rs", "system/Observation.rs"];
const LABS_SCOPES: [&str; 2] = ["results.read", "orders.write"];

/// What a [`Demo`] starts with.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Where the control surface listens; everything else takes any free port on 127.0.0.1.
    pub control: SocketAddr,
    /// Who may ask for what.
    pub secrets: DemoSecrets,
    /// How long tokens live; 30 s.
    pub token_lifetime: Duration,
}

impl DemoOptions {
    /// Returns a free port on 127.0.0.1, fresh secrets and a short token life.
    ///
    /// # Errors
    /// [`Error::Random`] when the operating system gives no random bytes.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            control: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            secrets: DemoSecrets::random()?,
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
        })
    }
}

/// Everything running. Dropping it stops it.
#[derive(Debug)]
pub struct Demo {
    stubs: Arc<Stubs>,
    secrets: DemoSecrets,
    control: Server,
}

/// The servers that can be given faults.
#[derive(Debug)]
struct Stubs {
    authorization_server: AuthorizationServer,
    ehr: FhirServer,
    labs: LabServer,
    insurer: InsurerServer,
    weather: WeatherServer,
}

impl Demo {
    /// Starts all servers.
    ///
    /// # Errors
    /// [`Error::Bind`] names the address that cannot be had.
    pub fn start(options: DemoOptions) -> Result<Self, Error> {
        let DemoOptions {
            control: address,
            secrets,
            token_lifetime,
        } = options;
        let authorization_server = AuthorizationServer::start(AuthorizationServerOptions {
            port: ANY_PORT,
            lifetime: token_lifetime,
            clients: clients(&secrets),
        })?;
        let verifier = authorization_server.verifier();
        let [hospital_scope, _] = HOSPITAL_SCOPES;
        let [labs_scope, _] = LABS_SCOPES;
        let ehr = FhirServerOptions {
            port: ANY_PORT,
            verifier: Some(verifier.clone().requiring_scope(hospital_scope)),
        };
        let labs = LabServerOptions {
            port: ANY_PORT,
            verifier: Some(verifier.requiring_scope(labs_scope)),
            required_version: None,
        };
        let insurer = InsurerServerOptions {
            port: ANY_PORT,
            key: secrets.insurer_key.clone(),
        };
        let weather = WeatherServerOptions {
            port: ANY_PORT,
            key: secrets.weather_key.clone(),
        };
        let stubs = Arc::new(Stubs {
            authorization_server,
            ehr: FhirServer::start(ehr)?,
            labs: LabServer::start(labs)?,
            insurer: InsurerServer::start(insurer)?,
            weather: WeatherServer::start(weather)?,
        });
        let control = Arc::new(Control::new(Arc::clone(&stubs)));
        let control = Server::start_at(address, control)?;
        Ok(Self {
            stubs,
            secrets,
            control,
        })
    }

    /// Returns what a configuration needs to reach a server: the FHIR base, the token endpoint's
    /// server, the origin of a REST backend. No slash at the end.
    #[must_use]
    pub fn url(&self, stub: DemoStub) -> String {
        match stub {
            DemoStub::Ehr => self.stubs.ehr.base_url(),
            other => self.stubs.server(other).url(),
        }
    }

    /// Returns the address of the control surface, without a slash at the end.
    #[must_use]
    pub fn control_url(&self) -> String {
        self.control.url()
    }

    /// Returns the client ids, secrets and keys in force.
    #[must_use]
    pub fn secrets(&self) -> &DemoSecrets {
        &self.secrets
    }

    /// Returns a server itself: faults, requests, counters.
    #[must_use]
    pub fn server(&self, stub: DemoStub) -> &Server {
        self.stubs.server(stub)
    }

    /// Returns the authorization server.
    #[must_use]
    pub fn authorization_server(&self) -> &AuthorizationServer {
        &self.stubs.authorization_server
    }

    /// Returns the FHIR server, with its switches.
    #[must_use]
    pub fn ehr(&self) -> &FhirServer {
        &self.stubs.ehr
    }

    /// Puts a fault on a server, or takes it away.
    ///
    /// # Errors
    /// See [`Server::fault`].
    pub async fn fault(&self, stub: DemoStub, fault: Option<Fault>) -> Result<(), Error> {
        self.stubs.server(stub).fault(fault).await
    }
}

impl Stubs {
    fn server(&self, stub: DemoStub) -> &Server {
        match stub {
            DemoStub::AuthorizationServer => self.authorization_server.server(),
            DemoStub::Ehr => self.ehr.server(),
            DemoStub::Labs => self.labs.server(),
            DemoStub::Insurer => self.insurer.server(),
            DemoStub::Weather => self.weather.server(),
        }
    }
}

fn clients(secrets: &DemoSecrets) -> Vec<RegisteredClient> {
    let client = |id: &str, secret: &secrecy::SecretString, scopes: [&str; 2]| RegisteredClient {
        id: id.to_owned(),
        secret: secret.clone(),
        scopes: scopes.map(str::to_owned).into(),
        audiences: Vec::new(),
    };
    vec![
        client(
            &secrets.hospital_client_id,
            &secrets.hospital_client_secret,
            HOSPITAL_SCOPES,
        ),
        client(
            &secrets.labs_client_id,
            &secrets.labs_client_secret,
            LABS_SCOPES,
        ),
    ]
}

#[cfg(test)]
mod tests;
