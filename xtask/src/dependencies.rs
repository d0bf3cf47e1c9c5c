//! Licences, bans and sources of the resolved tree, checked against `deny.toml`.
//!
//! A small stand-in for cargo-deny, whose format it reads: building that takes longer than all of the
//! project's own tests. It asks cargo for the tree, so that what features leave out is left out here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::command;
use crate::workspace::root;

/// The parts of `deny.toml` that are checked here.
#[derive(Deserialize)]
struct Policy {
    graph: Graph,
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// Checks the tree.
///
/// # Errors
/// When a file cannot be read, or with every fault found.
pub(crate) fn run() -> Result<()> {
    let policy = fs::read_to_string(root().join("deny.toml")).context("cannot read deny.toml")?;
    let policy: Policy = toml::from_str(&policy).context("deny.toml")?;
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let packages = packages(&policy.graph.targets)?;

    let mut faults = foreign_sources(&lock);
    for (package, licence) in &packages {
        faults.extend(licence_fault(package, licence, &policy.licenses.allow));
        faults.extend(ban_fault(package, &policy.bans.deny));
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    eprintln!(
        "{} packages: licences, bans and sources are as deny.toml wants them",
        packages.len()
    );
    Ok(())
}

/// Every package of the tree, `name version`, with its licence expression.
fn packages(targets: &[String]) -> Result<BTreeMap<String, String>> {
    let mut tree = command::cargo(&root());
    tree.args([
        "tree",
        "--workspace",
        "--locked",
        "--edges",
        "all",
        "--prefix",
        "none",
        "--format",
        "{p}\t{l}",
    ]);
    for target in targets {
        tree.args(["--target", target]);
    }
    let printed = command::output(&mut tree)?;
    Ok(printed.lines().filter_map(package).collect())
}

/// A line of the tree: `serde v1.0.228 (proc-macro)`, a tab, the licence, ` (*)` when seen before.
fn package(line: &str) -> Option<(String, String)> {
    let (package, licence) = line.split_once('\t')?;
    let mut words = package.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    Some((
        format!("{name} {version}"),
        licence.trim_end_matches(" (*)").trim().to_owned(),
    ))
}

/// What is wrong with a package's licence.
fn licence_fault(package: &str, licence: &str, allowed: &BTreeSet<String>) -> Option<String> {
    // Older packages write `MIT/Apache-2.0`.
    let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
        return Some(format!("{package}: no licence expression, but {licence:?}"));
    };
    let permitted = expression.evaluate(|requirement| allowed.contains(&requirement.to_string()));
    (!permitted).then(|| format!("{package}: licence {licence} is not allowed"))
}

/// Why a package is banned.
fn ban_fault(package: &str, bans: &[Ban]) -> Option<String> {
    let name = package.split(' ').next()?;
    let ban = bans.iter().find(|ban| ban.name == name)?;
    Some(format!("{package} is banned: {}", ban.reason))
}

/// Packages that come from elsewhere than the one index.
fn foreign_sources(lock: &str) -> Vec<String> {
    let sources: BTreeSet<_> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("source = "))
        .collect();
    let indexes = sources
        .iter()
        .filter(|source| source.starts_with("\"registry+"))
        .count();
    if sources.len() == indexes && indexes <= 1 {
        return Vec::new();
    }
    let sources = sources.into_iter().collect::<Vec<_>>();
    vec![format!(
        "packages come from more than the standard index: {}",
        sources.join(", ")
    )]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn allowed() -> BTreeSet<String> {
        ["MIT", "Apache-2.0 WITH LLVM-exception", "BSD-3-Clause"]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn a_line_of_the_tree_is_a_package_and_its_licence() {
        let read = package("serde_derive v1.0.228 (proc-macro)\tMIT OR Apache-2.0 (*)").unwrap();
        assert_eq!(
            read,
            (
                "serde_derive v1.0.228".to_owned(),
                "MIT OR Apache-2.0".to_owned()
            )
        );
        assert_eq!(package(""), None);
    }

    #[test]
    fn a_licence_is_allowed_when_the_lists_satisfy_its_expression() {
        for licence in [
            "MIT",
            "GPL-3.0-only OR MIT",
            "MIT/Apache-2.0",
            "MIT AND BSD-3-Clause",
        ] {
            assert_eq!(
                licence_fault("a v1", licence, &allowed()),
                None,
                "{licence}"
            );
        }
        assert_eq!(
            licence_fault("a v1", "Apache-2.0 WITH LLVM-exception", &allowed()),
            None
        );
        for licence in [
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "Apache-2.0",
            "",
            "see the file",
        ] {
            assert!(
                licence_fault("a v1", licence, &allowed()).is_some(),
                "{licence}"
            );
        }
    }

    #[test]
    fn a_banned_package_is_named_with_the_reason() {
        let bans = [Ban {
            name: "openssl".to_owned(),
            reason: "TLS is rustls".to_owned(),
        }];
        let fault = ban_fault("openssl v0.10.0", &bans);
        assert_eq!(
            fault.as_deref(),
            Some("openssl v0.10.0 is banned: TLS is rustls")
        );
        assert_eq!(ban_fault("openssl-probe v0.1.0", &bans), None);
    }

    #[test]
    fn one_index_is_enough_and_git_is_not() {
        let index = "source = \"registry+https://index.example\"\n";
        assert_eq!(foreign_sources(&index.repeat(2)), Vec::<String>::new());
        assert_eq!(
            foreign_sources(&format!("{index}source = \"git+https://example.com/a\"\n")).len(),
            1
        );
        assert_eq!(
            foreign_sources(&format!(
                "{index}source = \"registry+https://other.example\"\n"
            ))
            .len(),
            1
        );
    }
}
