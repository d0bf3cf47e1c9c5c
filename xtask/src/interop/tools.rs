//! What the suite and the contract checks run: npm and Python packages pinned in `tests/interop`,
//! installed under `target` so that the checkout stays as it was.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::command;
use crate::workspace::{output_folder, root};

/// Installed tools.
pub(crate) struct Tools {
    /// A copy of `tests/interop` with its `node_modules` beside it, where Node looks for them.
    pub(crate) suite: PathBuf,
    /// A virtual environment.
    pub(crate) python: PathBuf,
    /// Where this run leaves pictures, configurations and databases: empty.
    pub(crate) output: PathBuf,
}

impl Tools {
    /// Installs what the lock files name.
    ///
    /// # Errors
    /// When npm, Python or pip is missing or refuses.
    pub(crate) fn install() -> Result<Self> {
        let folder = output_folder("interop")?;
        let (suite, output) = (folder.join("suite"), folder.join("run"));
        for last in [&suite, &output] {
            if last.exists() {
                fs::remove_dir_all(last).context("cannot remove what the last run left")?;
            }
        }
        fs::create_dir_all(&output).context("cannot create a folder for this run")?;
        let source = root().join("tests").join("interop");
        copy(&source, &suite)?;
        // Install scripts are where packages fetch browsers and binaries: none is needed.
        command::run(command::program("npm", &suite).args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]))?;

        let python = environment("python", &source.join("requirements.txt"))?;
        Ok(Self {
            suite,
            python,
            output,
        })
    }

    /// A program of the npm packages.
    pub(crate) fn node_program(&self, name: &str) -> PathBuf {
        self.suite.join("node_modules").join(".bin").join(name)
    }

    /// A program of the Python packages.
    pub(crate) fn python_program(&self, name: &str) -> PathBuf {
        self.python.join("bin").join(name)
    }

    /// The test files whose names begin with one of `only`, or all, in order.
    ///
    /// # Errors
    /// When a name fits no file.
    pub(crate) fn test_files(&self, only: &[String]) -> Result<Vec<PathBuf>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.suite.join("suite"))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        if let Some(unknown) = only
            .iter()
            .find(|prefix| !names.iter().any(|name| name.starts_with(*prefix)))
        {
            bail!(
                "no test file begins with {unknown}; there are {}",
                names.join(", ")
            );
        }
        names.retain(|name| only.is_empty() || only.iter().any(|prefix| name.starts_with(prefix)));
        Ok(names
            .iter()
            .map(|name| Path::new("suite").join(name))
            .collect())
    }
}

/// Installs the generators of clients: apart, since they need other versions of what the FHIR server
/// needs. Returns their virtual environment.
///
/// # Errors
/// When Python or pip is missing or refuses.
pub(super) fn generators() -> Result<PathBuf> {
    let clients = root().join("tests").join("interop").join("clients");
    environment("generators", &clients.join("requirements.txt"))
}

/// A virtual environment under `target` with what a file names.
fn environment(name: &str, requirements: &Path) -> Result<PathBuf> {
    let root = root();
    let python = output_folder("interop")?.join(name);
    if !python.exists() {
        let mut create = command::program("python3", &root);
        command::run(create.args(["-m", "venv"]).arg(&python))?;
    }
    let mut pip = command::program(python.join("bin").join("pip"), &root);
    pip.args(["install", "--quiet", "--disable-pip-version-check"])
        .arg("--requirement")
        .arg(requirements);
    command::run(&mut pip)?;
    Ok(python)
}

/// Copies a folder, without what an editor's own `npm install` may have put there.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let destination = to.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            fs::copy(entry.path(), destination)?;
        } else if entry.file_name() != "node_modules" {
            copy(&entry.path(), &destination)?;
        }
    }
    Ok(())
}
