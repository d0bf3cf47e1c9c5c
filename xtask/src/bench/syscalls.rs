//! System calls per request, counted by strace.
//!
//! It slows the service down many times: every worker always has something to do, so this is what a
//! saturated service needs.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::gateway::{Gateway, configure};
use super::load::{CONNECTIONS, Load};
use super::size::Size;
use super::stub::Stub;
use crate::command;

const WARM_UP: u64 = 500;
const COUNTED: u64 = 5_000;

/// System calls per request at 300 B, in hundredths.
///
/// # Errors
/// When strace is missing or may not trace, or an answer is wrong.
pub(super) fn count(folder: &Path, binary: &Path, stub: &Stub, workers: usize) -> Result<u64> {
    let configuration = configure(folder, stub, workers)?;
    let summary = folder.join(format!("strace.{workers}"));
    let gateway = Gateway::start(Command::new(binary), &configuration)?;
    let mut load = Load::connect(gateway.address, CONNECTIONS)?;
    load.run(Size::Small, WARM_UP)?;
    let mut strace = command::program("strace", folder)
        .args(["-f", "-c", "-o"])
        .arg(&summary)
        .args(["-p", &gateway.process().to_string()])
        .stderr(Stdio::piped())
        .spawn()
        .context("strace is missing: on Debian, `apt-get install strace`")?;
    let said = strace.stderr.take().context("strace has no output")?;
    let mut said = BufReader::new(said);
    let mut line = String::new();
    said.read_line(&mut line)?;
    ensure!(line.contains("attached"), "strace: {}", line.trim());
    load.run(Size::Small, COUNTED)?;
    // strace sums up when the last process that it traces is gone.
    drop(gateway);
    strace.wait()?;
    let summary = fs::read_to_string(summary).context("strace left no summary")?;
    Ok(total(&summary).context("strace's summary has no total")? * 100 / COUNTED)
}

/// The calls in the last line: `100.00  seconds  usecs/call  calls  [errors]  total`.
fn total(summary: &str) -> Option<u64> {
    let line = summary.lines().find(|line| line.ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_is_the_sum_of_calls() {
        let summary = "% time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- ----------------\n\
             50.00    0.000010           1        30         2 read\n\
            ------ ----------- ----------- --------- --------- ----------------\n\
            100.00    0.000010           1     12345         9 total\n";
        assert_eq!(total(summary), Some(12_345));
        assert_eq!(total(""), None);
    }
}
