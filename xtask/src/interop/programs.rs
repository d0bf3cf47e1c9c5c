//! What the suite runs of this workspace besides the product: the stub servers, and the tests that need a
//! server to run against.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::command;
use crate::workspace::root;

/// The stub servers as a process.
pub(super) const STUBS: Program = Program {
    package: "testkit",
    kind: "--example",
    name: "stubs",
    command: "build",
};

/// The tests of the store of tokens against a Redis server.
pub(super) const STORE_TESTS: Program = Program {
    package: "token-store-redis",
    kind: "--test",
    name: "against_redis",
    command: "test",
};

/// One program of a package.
pub(super) struct Program {
    package: &'static str,
    kind: &'static str,
    name: &'static str,
    command: &'static str,
}

/// What cargo says of what it has built (`--message-format json`), of which only this is read.
#[derive(Deserialize)]
struct Artifact {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Program {
    /// Builds it; returns where it is.
    ///
    /// # Errors
    /// When cargo fails or names no such program.
    pub(super) fn build(&self) -> Result<PathBuf> {
        let mut cargo = command::cargo(&root());
        cargo.args([self.command, "--package", self.package]);
        cargo.args([self.kind, self.name]);
        if self.command == "test" {
            cargo.arg("--no-run");
        }
        let messages =
            command::output(cargo.args(["--message-format", "json-render-diagnostics"]))?;
        executable(&messages, self.name).with_context(|| format!("cargo built no {}", self.name))
    }
}

fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    let artifacts = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok());
    let wanted = |artifact: &Artifact| {
        let target = artifact.target.as_ref();
        target.is_some_and(|target| target.name == name)
    };
    artifacts
        .filter(wanted)
        .find_map(|artifact| artifact.executable)
}
