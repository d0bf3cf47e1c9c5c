//! Each fuzz target for a bounded time, from the committed seeds on.

use std::fs;

use anyhow::{Context as _, Result};

use crate::command;
use crate::workspace::{output_folder, root};

/// Runs every target of `fuzz/src`; what it finds stays under `target/fuzz`.
///
/// # Errors
/// When a target does not build, or finds an input that it fails on.
pub(super) fn run(seconds: u32) -> Result<()> {
    let folder = root().join("fuzz");
    let output = output_folder("fuzz")?;
    for entry in fs::read_dir(folder.join("src")).context("cannot read fuzz/src")? {
        let path = entry?.path();
        let Some(name) = path
            .file_stem()
            .filter(|_| path.extension().is_some_and(|kind| kind == "rs"))
        else {
            continue;
        };
        let corpus = output_folder("fuzz/corpus")?.join(name);
        fs::create_dir_all(&corpus).context("cannot create a corpus folder")?;
        let mut target = command::cargo(&folder);
        target
            .args(["run", "--release", "--locked", "--bin"])
            .arg(name)
            .arg("--")
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", output.display()))
            .arg(corpus)
            .env("CARGO_TARGET_DIR", &output);
        let seeds = folder.join("seeds").join(name);
        if seeds.exists() {
            target.arg(seeds);
        }
        command::run(&mut target)?;
    }
    Ok(())
}
