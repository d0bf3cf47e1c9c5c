//! What takes too long for each change: mutants, fuzzing, the test suite twice at once, interop.

mod fuzz;
mod mutants;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::workspace::root;
use crate::{command, interop};

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this part, which may be given several times
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// How long each fuzz target runs, in seconds
    #[arg(long, default_value_t = 600)]
    fuzz_seconds: u32,
    /// How many mutants are built and tested at a time
    #[arg(long, default_value_t = 2)]
    mutant_jobs: u32,
}

/// The parts, cheapest first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The test suite twice at the same time: two runs share no port, file or name
    Twice,
    /// Real servers and a real browser
    Interop,
    /// Each fuzz target for a bounded time
    Fuzz,
    /// Every mutant of the pure crates is noticed by a test, but for those that are listed with a reason
    Mutants,
}

/// Runs all parts, or those asked for; a part that fails does not keep the next from running.
///
/// # Errors
/// With every part that failed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut failures = Vec::new();
    for part in Part::value_variants() {
        if !options.only.is_empty() && !options.only.contains(part) {
            continue;
        }
        let outcome = match part {
            Part::Twice => twice(),
            Part::Interop => interop::run(&interop::Options::default()),
            Part::Fuzz => fuzz::run(options.fuzz_seconds),
            Part::Mutants => mutants::run(options.mutant_jobs),
        };
        failures.extend(outcome.err().map(|error| format!("{error:#}")));
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

/// Runs the test suite twice at the same time.
fn twice() -> Result<()> {
    let suite = ["test", "--workspace"];
    // Built first: cargo lets only one build at a time, and it is the runs that should overlap.
    command::run(command::cargo(&root()).args(suite).arg("--no-run"))?;
    let mut runs = Vec::new();
    for _ in 0..2 {
        runs.push(
            command::cargo(&root())
                .args(suite)
                .spawn()
                .context("cannot start cargo")?,
        );
    }
    // Both are awaited whatever the first says: none is left running.
    let mut succeeded = true;
    for mut run in runs {
        succeeded &= run.wait().context("cannot await cargo")?.success();
    }
    if !succeeded {
        bail!("the test suite fails when it runs twice at the same time");
    }
    Ok(())
}
