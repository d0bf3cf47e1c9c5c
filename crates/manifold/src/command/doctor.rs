//! `manifold doctor`: is everything there that a configuration names, and does it let us in?
//!
//! It asks as the service does, through the same tokens, backends and networks, all at once and each
//! within one deadline. It reads nothing about a patient and changes nothing.

mod backend;
mod capability;
mod report;
mod smart;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use config::Configuration;
use futures::future::{join, join_all};
use tokio::time::Instant;

use super::{Failed, load, tell};
use crate::Options;
use crate::process::Process;
use crate::revision::Revision;
use backend::Probe;
use report::{Finding, Report};

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// The configuration file
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
    let configuration = load(&arguments.file)?;
    let probes = Probe::all(&configuration);
    let process = start(configuration)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let deadline = Duration::from_secs(arguments.timeout.into());
    let report = runtime.block_on(async {
        let revision = process.revision();
        examine(&revision, &probes, Instant::now() + deadline).await
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

/// Asks for every token and every backend at once.
async fn examine(revision: &Revision, probes: &[Probe], deadline: Instant) -> Report {
    let tokens = join_all(
        revision
            .tokens
            .iter()
            .map(|source| token::examine(source, deadline)),
    );
    let backends = join_all(
        probes
            .iter()
            .map(|probe| probe.examine(&revision.backends, deadline)),
    );
    let (tokens, backends) = join(tokens, backends).await;
    let findings: Vec<Finding> = tokens
        .into_iter()
        .chain(backends.into_iter().flatten())
        .collect();
    Report::new(findings)
}

#[cfg(test)]
mod tests;
