//! The interop suite: installs the real servers under `target`, builds the binary, runs the tests.
//!
//! It must not know what the tests do; they start and stop their own servers.

mod keycloak;
mod programs;
mod tools;

use std::path::Path;

use clap::Args;

use crate::command;
use crate::workspace::{PRODUCT, product, root};

use programs::{STORE_TESTS, STUBS};
pub(crate) use tools::Tools;

/// One test file takes a minute at most where two slow cores run a browser.
const FILE_TIMEOUT_MILLISECONDS: u32 = 240_000;

/// What to run.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Only the files of `tests/interop/suite` whose names begin so, for example `tokens`
    only: Vec<String>,
}

/// Runs the suite.
///
/// # Errors
/// When something cannot be installed or built, or a test fails.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let tools = Tools::install()?;
    let files = tools.test_files(&options.only)?;
    let any = |prefix: &str| files.iter().any(|file| begins(file, prefix));
    command::run(command::cargo(&root()).args(["build", "--package", PRODUCT]))?;
    let mut node = command::program("node", &tools.suite);
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .arg(format!("--test-timeout={FILE_TIMEOUT_MILLISECONDS}"))
        .args(&files)
        .env("MANIFOLD_BINARY", product())
        .env("INTEROP_VENV", &tools.python)
        .env("INTEROP_OUTPUT", &tools.output);
    if any("clients") {
        node.env("INTEROP_GENERATORS", tools::generators()?);
    }
    if any("stub") {
        node.env("INTEROP_STUBS", STUBS.build()?);
    }
    if any("replicas") {
        node.env("INTEROP_STORE_TESTS", STORE_TESTS.build()?);
    }
    if any("keycloak") {
        node.env("INTEROP_KEYCLOAK", keycloak::install()?);
    }
    command::run(&mut node)
}

fn begins(file: &Path, prefix: &str) -> bool {
    let name = file.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(prefix)
}
