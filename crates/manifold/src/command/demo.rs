//! `manifold demo`: an authorization server, four backends and the service in front, in one process.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use config::Configuration;
use secrecy::ExposeSecret;
use testkit::{Demo, DemoOptions, DemoStub};

use super::{Failed, hash, run, tell};
use crate::{Options, Service, StartError};

mod tour;

/// Known to everybody: the demo listens on loopback and holds invented data.
const PASSWORD: &str = "demo-password";
const KEY: &str = "demo-key";

/// The demo's own configuration, also worth reading.
const CONFIGURATION: &str = include_str!("../../../../fixtures/demo/manifold.yaml");

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// Where clients connect
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where operators connect
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:9090")]
    admin: SocketAddr,
    /// Where the backends' faults are switched on and off
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:8090")]
    control: SocketAddr,
    /// Print the configuration and stop
    #[arg(long)]
    print_configuration: bool,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "write an IP address with a port, for example `127.0.0.1:8081`")
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
        options.control = arguments.control;
        let stubs = Demo::start(options).map_err(|error| of_the_stubs(error, arguments))?;
        let configuration = configuration(&environment(arguments, &stubs)?)?;
        // The page is for a person: the access log would scroll it away.
        let service = Service::start(
            configuration,
            Options {
                access_log: Box::new(std::io::sink()),
                ..Options::default()
            },
        )
        .map_err(of_the_service)?;
        tour::show(&service, &stubs.control_url()).await?;
        Ok(signals.stop(service).await)
    })
}

/// Of the stubs only the control surface listens where a person says.
fn of_the_stubs(error: testkit::Error, arguments: &DemoArguments) -> anyhow::Error {
    match error {
        testkit::Error::Bind { address, source } if address == arguments.control => {
            StartError::listen(address, "--control", source).into()
        }
        error => error.into(),
    }
}

/// Whoever runs the demo has written no configuration whose keys could be named.
fn of_the_service(error: StartError) -> StartError {
    match error {
        StartError::Listen {
            address,
            key,
            reason,
            ..
        } => {
            let option = if key == "server.admin" {
                "--admin"
            } else {
                "--listen"
            };
            StartError::listen(address, option, reason)
        }
        error => error,
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
        ("DEMO_LISTEN", arguments.listen.to_string()),
        ("DEMO_ADMIN", arguments.admin.to_string()),
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
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn an_address_that_is_taken_is_told_with_the_option_for_another() {
        let [listen, admin, control] =
            ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"].map(|address| address.parse().unwrap());
        let arguments = DemoArguments {
            listen,
            admin,
            control,
            print_configuration: false,
        };
        let taken = || ErrorKind::AddrInUse.into();
        let bind = |address| {
            let source = taken();
            of_the_stubs(testkit::Error::Bind { address, source }, &arguments).to_string()
        };
        let start = |address, key| of_the_service(StartError::listen(address, key, taken()));
        for (told, words) in [
            (bind(control), "127.0.0.1:3, which `--control` says"),
            (
                start(listen, "server.listen").to_string(),
                "127.0.0.1:1, which `--listen` says",
            ),
            (
                start(admin, "server.admin").to_string(),
                "127.0.0.1:2, which `--admin` says",
            ),
        ] {
            assert!(
                told.contains(words) && told.ends_with("or take another port"),
                "{told}"
            );
        }
        let any = bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        assert!(!any.contains("--control"), "{any}");
    }
}
