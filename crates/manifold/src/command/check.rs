//! `manifold check`: every fault of a configuration at once.

use std::path::Path;
use std::process::ExitCode;

use super::{Failed, load, tell};

pub(super) fn check(file: &Path) -> Result<ExitCode, Failed> {
    let configuration = load(file)?;
    tell(&format!(
        "{}: fine ({} clients, {} backends, {} endpoints)",
        file.display(),
        configuration.clients.len(),
        configuration.backends.len(),
        configuration.endpoints.len()
    ))
}
