//! `manifold demo`: an authorization server, four backends and the service in front, in one process.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use config::Configuration;
use secrecy::ExposeSecret;
use testkit::{Demo, DemoOptions, DemoStub};

use super::{Failed, hash, run, tell};
use crate::{Options, Service};

mod tour;

/// Known to everybody: the demo listens on loopback and holds invented data.
const PASSWORD: &str = "demo-password";
const KEY: &str = "demo-key";

/// The demo's own configuration, also worth reading.
const CONFIGURATION: &str = include_str!("../../../../fixtures/demo/manifold.yaml");

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// Where clients connect
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Where operators connect
    #[arg(long, default_value = "127.0.0.1:9090")]
    admin: String,
    /// Where the backends' faults are switched on and off
    #[arg(long, default_value_t = 8090)]
    control_port: u16,
    /// Print the configuration and stop
    #[arg(long)]
    print_configuration: bool,
}

pub(super) fn demo(arguments: &DemoArguments) -> Result<ExitCode, Failed> {
    if arguments.print_configuration {
        return tell(CONFIGURATION.trim_end());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let signals = run::Signals::listen()?;
        let mut options = DemoOptions::new()?;
        options.ports.control = arguments.control_port;
        let stubs = Demo::start(options).map_err(explained)?;
        let configuration = configuration(&environment(arguments, &stubs)?)?;
        // The page is for a person: the access log would scroll it away.
        let service = Service::start(
            configuration,
            Options {
                access_log: Box::new(std::io::sink()),
                ..Options::default()
            },
        )?;
        tour::show(&service, &stubs.control_url()).await?;
        Ok(signals.stop(service).await)
    })
}

/// Of the demo's stubs only the control surface has a fixed port.
fn explained(error: testkit::Error) -> anyhow::Error {
    match error {
        testkit::Error::Bind { port, source } if source.kind() == ErrorKind::AddrInUse => {
            anyhow::anyhow!(
                "127.0.0.1:{port}, where the backends' faults are switched, is taken already: name another port with `--control-port`"
            )
        }
        error => error.into(),
    }
}

/// The demo's configuration as the committed document is built from: nothing runs, nothing is secret.
pub(super) fn unstarted() -> Result<Configuration, Failed> {
    let mut variables = vec![
        ("DEMO_LISTEN", "127.0.0.1:8080".to_owned()),
        ("DEMO_ADMIN", "127.0.0.1:9090".to_owned()),
        ("DEMO_TOKEN_URL", "http://127.0.0.1:1/token".to_owned()),
        ("DEMO_HOSPITAL_SECRET", "unused".to_owned()),
        ("DEMO_LABS_SECRET", "unused".to_owned()),
        ("DEMO_INSURER_KEY", "unused".to_owned()),
        ("DEMO_WEATHER_KEY", "unused".to_owned()),
        ("DEMO_EHR_URL", "http://127.0.0.1:1/fhir".to_owned()),
        ("DEMO_LABS_URL", "http://127.0.0.1:1".to_owned()),
        ("DEMO_INSURER_URL", "http://127.0.0.1:1".to_owned()),
        ("DEMO_WEATHER_URL", "http://127.0.0.1:1".to_owned()),
    ];
    variables.extend(clients()?);
    configuration(&variables)
}

type Variables = Vec<(&'static str, String)>;

fn environment(arguments: &DemoArguments, stubs: &Demo) -> Result<Variables, Failed> {
    let secrets = stubs.secrets();
    let mut variables = vec![
        ("DEMO_LISTEN", arguments.listen.clone()),
        ("DEMO_ADMIN", arguments.admin.clone()),
        ("DEMO_TOKEN_URL", stubs.authorization_server().token_url()),
        (
            "DEMO_HOSPITAL_SECRET",
            secrets.hospital_client_secret.expose_secret().to_owned(),
        ),
        (
            "DEMO_LABS_SECRET",
            secrets.labs_client_secret.expose_secret().to_owned(),
        ),
        (
            "DEMO_INSURER_KEY",
            secrets.insurer_key.expose_secret().to_owned(),
        ),
        (
            "DEMO_WEATHER_KEY",
            secrets.weather_key.expose_secret().to_owned(),
        ),
        ("DEMO_EHR_URL", stubs.url(DemoStub::Ehr)),
        ("DEMO_LABS_URL", stubs.url(DemoStub::Labs)),
        ("DEMO_INSURER_URL", stubs.url(DemoStub::Insurer)),
        ("DEMO_WEATHER_URL", stubs.url(DemoStub::Weather)),
    ];
    variables.extend(clients()?);
    Ok(variables)
}

fn clients() -> Result<Variables, Failed> {
    Ok(vec![
        ("DEMO_PORTAL_HASH", hash::password(PASSWORD)?),
        ("DEMO_ROBOT_KEY_SHA256", hash::key(KEY)),
    ])
}

fn configuration(variables: &Variables) -> Result<Configuration, Failed> {
    let environment = |name: &str| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    };
    config::parse(
        "fixtures/demo/manifold.yaml",
        CONFIGURATION,
        Path::new("."),
        &environment,
    )
    .map_err(|faults| Failed::Configuration(faults.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_told_with_the_option_for_another() {
        let bind = |kind: ErrorKind| testkit::Error::Bind {
            port: 8090,
            source: kind.into(),
        };
        let told = explained(bind(ErrorKind::AddrInUse)).to_string();
        assert!(
            told.contains("8090") && told.contains("--control-port"),
            "{told}"
        );
        let other = explained(bind(ErrorKind::PermissionDenied)).to_string();
        assert!(!other.contains("--control-port"), "{other}");
    }
}
