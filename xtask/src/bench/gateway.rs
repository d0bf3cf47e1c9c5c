//! The service under measurement: its configuration, its process, and what the process has cost.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use anyhow::{Context as _, Result};

use super::load::KEY_SHA256;
use super::size::Size;
use super::stub::Stub;
use crate::command;
use crate::workspace::{PRODUCT, root, target};

/// A running service; dropping it kills the process.
pub(super) struct Gateway {
    process: Child,
    /// Where it serves clients.
    pub(super) address: SocketAddr,
    /// Held open: what it logs must not fail.
    _log: BufReader<ChildStderr>,
}

/// Builds the product in the `release` profile and returns its path.
///
/// # Errors
/// When it does not build.
pub(super) fn build() -> Result<PathBuf> {
    let mut build = command::cargo(&root());
    build.args(["build", "--release", "--package", PRODUCT]);
    // An incremental build inlines less: it would be another program that is measured.
    command::run(build.env("CARGO_INCREMENTAL", "0"))?;
    Ok(target().join("release").join(PRODUCT))
}

impl Gateway {
    /// Starts the service with so many workers, under `program` if that is not the service itself.
    ///
    /// # Errors
    /// When it does not start; what it said goes to standard error.
    pub(super) fn start(mut program: Command, configuration: &Path) -> Result<Self> {
        let mut process = program
            .arg("run")
            .arg(configuration)
            .env("NO_COLOR", "1")
            .env("MANIFOLD_LOG", "info")
            .stdin(Stdio::null())
            // Access lines are written as in earnest; where they go is not what is measured.
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.get_program().display()))?;
        let log = process.stderr.take().context("the gateway has no log")?;
        let mut log = BufReader::new(log);
        match address(&mut log) {
            Ok(address) => Ok(Self {
                process,
                address,
                _log: log,
            }),
            Err(error) => {
                process.kill().ok();
                process.wait().ok();
                Err(error)
            }
        }
    }

    /// Its process.
    pub(super) fn process(&self) -> u32 {
        self.process.id()
    }

    /// The most memory it has held, in KiB.
    ///
    /// # Errors
    /// When the process is gone.
    pub(super) fn peak_memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process()))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|value| value.trim().strip_suffix(" kB"))
            .and_then(|value| value.parse().ok())
            .context("the kernel does not say how much memory a process has held")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about any other refusal.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Reads the log up to the line that says where clients connect.
fn address(log: &mut BufReader<ChildStderr>) -> Result<SocketAddr> {
    let mut said = String::new();
    loop {
        let mut line = String::new();
        if log.read_line(&mut line)? == 0 {
            eprint!("{said}");
            anyhow::bail!("the gateway ended before it served");
        }
        let address = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("address="));
        if let Some(address) = address {
            return Ok(address.parse()?);
        }
        said.push_str(&line);
    }
}

/// Writes the configuration: everything on that a deployment has on, an API key, a bearer from the
/// cache, a budget and a timeout per call, metrics, access lines.
///
/// # Errors
/// When it cannot be written.
pub(super) fn configure(folder: &Path, stub: &Stub, workers: usize) -> Result<PathBuf> {
    let mut endpoints = String::new();
    for size in Size::ALL {
        let size = size.name();
        let calls = stub
            .backends()
            .map(|(name, _)| (name.to_owned(), name, size));
        endpoint(&mut endpoints, size, calls, "")?;
    }
    let file = folder.join(format!("manifold-{workers}.yaml"));
    configure_with(&file, stub, workers, &endpoints)?;
    Ok(file)
}

/// Appends the endpoint `/{route}/{id}` with so many `calls`, each a name, a backend and a size.
///
/// # Errors
/// Never.
pub(super) fn endpoint<'a>(
    text: &mut String,
    route: &str,
    calls: impl Iterator<Item = (String, &'a str, &'a str)>,
    response: &str,
) -> Result<()> {
    writeln!(
        text,
        "  - get: \"/{route}/{{id}}\"\n    access: {{ scopes: [bench] }}\n    patient: \"{{id}}\"\n    budget: 90s\n    calls:"
    )?;
    for (name, backend, size) in calls {
        writeln!(
            text,
            "      {name}: {{ backend: {backend}, get: \"/{size}/{{id}}\" }}"
        )?;
    }
    if !response.is_empty() {
        writeln!(text, "    response: {response}")?;
    }
    Ok(())
}

/// Writes a configuration with these `endpoints`.
///
/// # Errors
/// When it cannot be written.
pub(super) fn configure_with(
    file: &Path,
    stub: &Stub,
    workers: usize,
    endpoints: &str,
) -> Result<()> {
    let mut text = format!(
        "server: {{ listen: \"127.0.0.1:0\", admin: \"127.0.0.1:0\", workers: {workers}, head_timeout: 60s }}\n\
         clients:\n  load: {{ api_key: {{ sha256: {KEY_SHA256} }}, scopes: [bench] }}\n\
         credentials:\n  stub: {{ oauth2: {{ token_url: \"http://{}/token\", client_id: bench, client_secret: bench }} }}\n\
         backends:\n",
        stub.tokens()?
    );
    for (name, address) in stub.backends() {
        // Backends have names: reading an address out of a URL costs more.
        let port = address.port();
        writeln!(
            text,
            "  {name}: {{ rest: {{}}, url: \"http://localhost:{port}\", credential: stub, timeout: 60s }}"
        )?;
    }
    text.push_str("endpoints:\n");
    text.push_str(endpoints);
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// The processor time that a process has used, all its threads together, in nanoseconds
/// (`proc_pid_schedstat(5)`: finer than the clock ticks of `stat`).
///
/// # Errors
/// When the process is gone.
pub(super) fn processor_time(process: u32) -> Result<u64> {
    let mut total = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let used = fs::read_to_string(task?.path().join("schedstat"))?;
        let first = used.split_whitespace().next().unwrap_or_default();
        total += first.parse::<u64>()?;
    }
    Ok(total)
}
