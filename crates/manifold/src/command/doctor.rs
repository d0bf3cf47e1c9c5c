//! `manifold doctor`: is everything there that a configuration names, and does it let us in?
//!
//! It asks as the service does, through the same tokens, backends and networks, all at once and each
//! within one deadline. It reads nothing about a patient, and leaves nothing behind.

mod backend;
mod capability;
mod connection;
mod report;
mod smart;
mod store;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use config::{Configuration, CredentialKind};
use futures::FutureExt;
use futures::future::{join, join_all};
use token_provider::Grant;
use tokio::time::Instant;

use super::{Failed, load, tell};
use crate::Options;
use crate::process::Process;
use crate::revision::Revision;
use backend::Probe;
use report::{Finding, Report, Verdict};

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// The configuration: a file, or a folder of `*.yaml` and `*.yml`
    file: PathBuf,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// How long each token and each backend may take, in seconds; all are asked at once
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=300))]
    timeout: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person
    Table,
    /// For a program
    Json,
}

pub(super) fn doctor(arguments: &DoctorArguments) -> Result<ExitCode, Failed> {
    let mut configuration = load(&arguments.file)?;
    // What stands in the store was fetched before: whether it can be fetched now is the question.
    let store = configuration.token_store.take();
    let probes = Probe::all(&mut configuration);
    let withheld = withheld(&configuration);
    let process = start(configuration)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let deadline = Duration::from_secs(arguments.timeout.into());
    let report = runtime.block_on(async {
        let deadline = Instant::now() + deadline;
        let revision = process.revision();
        let store = async {
            match &store {
                Some(store) => Some(store::examine(store, deadline).await),
                None => None,
            }
        };
        let (store, asked) = join(store, examine(&revision, &probes, &withheld, deadline)).await;
        Report::new(store.into_iter().chain(asked).collect())
    });
    match arguments.format {
        Format::Table => tell(&report.table())?,
        Format::Json => super::print(&serde_json::to_value(&report)?)?,
    };
    Ok(if report.is_fine() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Everything but the listeners.
fn start(configuration: Configuration) -> Result<Arc<Process>, Failed> {
    let options = Options {
        access_log: Box::new(std::io::sink()),
        ..Options::default()
    };
    Ok(Process::new(configuration, options)?)
}

/// The credentials whose configured refresh token may have been rotated by the running service: shown
/// again it would look stolen, and the server would end the service's session (RFC 9700 §4.14.2).
fn withheld(configuration: &Configuration) -> Vec<Arc<str>> {
    let credentials = configuration.credentials.iter();
    let withheld = credentials.filter(|credential| match &credential.kind {
        CredentialKind::OAuth2(definition) => {
            matches!(definition.grant, Grant::RefreshToken { .. })
        }
        _ => false,
    });
    withheld
        .map(|credential| Arc::clone(&credential.name))
        .collect()
}

/// Asks for every token at once, and every backend as soon as its token is there.
async fn examine(
    revision: &Revision,
    probes: &[Probe],
    withheld: &[Arc<str>],
    deadline: Instant,
) -> Vec<Finding> {
    let is_withheld = |name: &str| withheld.iter().any(|known| &**known == name);
    let tokens = revision.tokens.iter().map(|source| {
        let finding = async move {
            if is_withheld(source.name()) {
                token::withheld(source.name())
            } else {
                token::examine(source, deadline).await
            }
        };
        (source.name(), finding.boxed_local().shared())
    });
    let tokens: Vec<_> = tokens.collect();
    let tokens = &tokens;
    let is_broken = |credential: Option<&str>| {
        let mut named = tokens.iter();
        let named = named.find(|(name, _)| Some(*name) == credential);
        let finding = named.map(|(_, finding)| finding.clone());
        async move {
            match finding {
                Some(finding) => finding.await.verdict == Verdict::Wrong,
                None => false,
            }
        }
    };
    let backends = probes
        .iter()
        .filter(|probe| !probe.credential().is_some_and(is_withheld))
        .map(|probe| {
            let broken = is_broken(probe.credential());
            probe.examine(&revision.backends, broken, deadline)
        });
    let asked = tokens.iter().map(|(_, finding)| finding.clone());
    let (tokens, backends) = join(join_all(asked), join_all(backends)).await;
    let backends = backends.into_iter().flatten();
    tokens.into_iter().chain(backends).collect()
}

#[cfg(test)]
mod tests;
