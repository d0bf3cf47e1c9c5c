//! `manifold check`: every fault of a configuration at once.

use std::path::Path;
use std::process::ExitCode;

use super::{Failed, load_to_show, tell};

pub(super) fn check(file: &Path) -> Result<ExitCode, Failed> {
    let configuration = load_to_show(file)?;
    let state = match configuration.warnings.len() {
        0 => "fine".to_owned(),
        number => format!("usable, with {}", count(number, "warning")),
    };
    tell(&format!(
        "{}: {state} ({}, {}, {})",
        file.display(),
        count(configuration.clients.len(), "client"),
        count(configuration.backends.len(), "backend"),
        count(configuration.endpoints.len(), "endpoint"),
    ))
}

/// `1 client`, `2 clients`.
fn count(number: usize, of: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {of}{plural}")
}
