//! Mutants: small faults put into the code, each of which a test must notice.
//!
//! `tests/mutants.txt` lists the accepted survivors, one per line: the mutant without its line and
//! column, ` # `, and why no test can or should notice it.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::command;
use crate::workspace::{output_folder, root};

/// Pinned: another version makes other mutants.
const VERSION: &str = "=27.1.0";
/// The crates whose tests need no other crate to be convincing.
const PACKAGES: [&str; 5] = ["problem", "json", "fhir", "orchestration", "token-provider"];
const ACCEPTED: &str = "tests/mutants.txt";
/// What cargo-mutants ends with when mutants survived or timed out: the list decides, not the code.
const SURVIVORS: [i32; 3] = [0, 2, 3];

/// Installs cargo-mutants under `target`, runs it and compares the survivors with the list.
///
/// # Errors
/// When it cannot be installed or run, or the survivors are not those listed.
pub(super) fn run(jobs: u32) -> Result<()> {
    let root = root();
    let output = output_folder("nightly")?;
    command::run(
        command::cargo(&root)
            .args([
                "install",
                "cargo-mutants",
                "--locked",
                "--version",
                VERSION,
                "--root",
            ])
            .arg(&output),
    )?;
    let mut mutants = command::program(output.join("bin").join("cargo-mutants"), &root);
    mutants
        .args([
            "mutants",
            "--no-shuffle",
            "--jobs",
            &jobs.to_string(),
            "--output",
        ])
        .arg(&output);
    for package in PACKAGES {
        mutants.args(["--package", package]);
    }
    let status = mutants.status().context("cannot start cargo-mutants")?;
    if !status.code().is_some_and(|code| SURVIVORS.contains(&code)) {
        bail!("cargo-mutants ended with {status}");
    }
    let missed = output.join("mutants.out").join("missed.txt");
    let missed = fs::read_to_string(&missed).context("cannot read the list of survivors")?;
    let accepted = fs::read_to_string(root.join(ACCEPTED))
        .with_context(|| format!("cannot read {ACCEPTED}"))?;
    let faults = differences(&missed, &accepted);
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

/// Survivors that are not accepted, accepted ones that no longer survive, and lines without a reason.
fn differences(missed: &str, accepted: &str) -> Vec<String> {
    let mut expected = BTreeMap::new();
    let mut faults = Vec::new();
    for line in accepted
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.split_once(" # ") {
            Some((mutant, reason)) if !reason.trim().is_empty() => {
                *expected.entry(mutant.to_owned()).or_insert(0_i32) += 1;
            }
            _ => faults.push(format!("accepted without a reason: {line}")),
        }
    }
    // Counted: one function may hold the same mutant twice.
    for mutant in missed.lines().map(without_place) {
        *expected.entry(mutant).or_insert(0) -= 1;
    }
    for (mutant, count) in expected {
        match count {
            0 => {}
            ..0 => faults.push(format!("no test notices: {mutant}")),
            1.. => faults.push(format!("a test notices by now: {mutant}")),
        }
    }
    faults
}

/// `crates/a/src/b.rs:10:5: replace f with g` without line and column, which move with every edit.
fn without_place(mutant: &str) -> String {
    let parts = mutant
        .split_once(".rs:")
        .and_then(|(file, rest)| Some((file, rest.split_once(": ")?.1)));
    match parts {
        Some((file, change)) => format!("{file}.rs: {change}"),
        None => mutant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSED: &str = "crates/a/src/b.rs:10:5: replace f -> bool with true\n";

    #[test]
    fn a_survivor_that_is_listed_with_a_reason_is_accepted_wherever_it_moved() {
        let accepted =
            "# a comment\n\ncrates/a/src/b.rs: replace f -> bool with true # only faster\n";
        assert_eq!(differences(MISSED, accepted), Vec::<String>::new());
    }

    #[test]
    fn a_survivor_that_is_not_listed_is_a_fault() {
        assert_eq!(
            differences(MISSED, ""),
            ["no test notices: crates/a/src/b.rs: replace f -> bool with true"]
        );
    }

    #[test]
    fn a_listed_mutant_that_no_longer_survives_is_a_fault() {
        assert_eq!(
            differences("", "crates/a.rs: x # why\n"),
            ["a test notices by now: crates/a.rs: x"]
        );
    }

    #[test]
    fn a_line_without_a_reason_is_a_fault() {
        assert_eq!(
            differences("", "crates/a.rs: x\n"),
            ["accepted without a reason: crates/a.rs: x"]
        );
    }

    #[test]
    fn the_same_mutant_twice_is_to_be_listed_twice() {
        let accepted = "crates/a/src/b.rs: replace f -> bool with true # only faster\n";
        assert_eq!(differences(&MISSED.repeat(2), accepted).len(), 1);
        assert_eq!(differences(&MISSED.repeat(2), &accepted.repeat(2)).len(), 0);
    }
}
