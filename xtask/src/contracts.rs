//! Contracts: the committed documents equal what the binary prints, and other tools find no error in
//! the OpenAPI document.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::command;
use crate::interop::Tools;
use crate::workspace::{PRODUCT, product, root};

/// The OpenAPI document of the demo, and the JSON Schema of the configuration file.
const OPENAPI: &str = "openapi/demo.json";
const CONTRACTS: [(&str, &[&str]); 2] = [
    (OPENAPI, &["openapi", "--demo"]),
    ("openapi/manifold.schema.json", &["schema"]),
];

/// What to do about a difference.
#[derive(Args)]
pub(crate) struct Options {
    /// Write what the binary prints instead of comparing: the difference is then a decision to review
    #[arg(long)]
    bless: bool,
}

/// Compares and checks.
///
/// # Errors
/// When a document differs or a tool finds an error.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = root();
    command::run(command::cargo(&root).args(["build", "--package", PRODUCT]))?;
    for (path, arguments) in CONTRACTS {
        let printed = command::output(command::program(product(), &root).args(arguments))?;
        let file = root.join(path);
        if options.bless {
            fs::write(&file, printed).with_context(|| format!("cannot write {path}"))?;
            continue;
        }
        let committed = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
        // Whether the last line ends is no part of the contract.
        if committed.trim_end() != printed.trim_end() {
            bail!(
                "{path} is not what the binary prints; `cargo xtask contracts --bless` writes it"
            );
        }
    }
    let tools = Tools::install()?;
    linters(&tools).iter_mut().try_for_each(command::run)
}

/// Three independent readers of the OpenAPI document: each finds what the others miss.
fn linters(tools: &Tools) -> [Command; 3] {
    let root = root();
    let settings = tools.suite.join("contracts");
    let mut spectral = command::program(tools.node_program("spectral"), &root);
    spectral
        .args(["lint", OPENAPI, "--fail-severity", "error", "--ruleset"])
        .arg(settings.join("spectral.yaml"));
    let mut redocly = command::program(tools.node_program("redocly"), &root);
    redocly
        .args(["lint", OPENAPI, "--config"])
        .arg(settings.join("redocly.yaml"))
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    let mut validator = command::program(tools.python_program("openapi-spec-validator"), &root);
    validator.arg(OPENAPI);
    [spectral, redocly, validator]
}
