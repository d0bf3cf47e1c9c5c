//! Instructions and allocations per request, counted by callgrind: the figures that repeat.
//!
//! Allocations are the calls of the three functions through which Rust code allocates; that they
//! are functions at all is so in the `release` profile, where nothing is inlined across crates into
//! them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::gateway::{Gateway, configure};
use super::load::{CONNECTIONS, Load, aggregate};
use super::size::Size;
use super::stub::{BACKENDS, Seen, Stub};
use crate::command;
use crate::workspace::root;

/// Requests before counting begins: connections are open, the token is there, lazy statics are made.
const WARM_UP: u64 = 100;
/// Requests that are counted.
const COUNTED: u64 = 1_000;

/// Connections for large bodies: under callgrind each of many would wait for longer for its turn than the
/// gateway keeps one that is idle.
const FEW: usize = 16;
/// How often counting is tried.
const ATTEMPTS: u32 = 3;

/// What callgrind calls its profiles before each has the name of what it is of.
const DUMP: &str = "callgrind.dump";

/// Valgrind counts an instruction that repeats itself (`rep movsb`) once per byte, and whether the C
/// library uses one to copy and to fill depends on the processor: it must not.
const WITHOUT_REPEATS: &str =
    "glibc.cpu.x86_rep_movsb_threshold=1073741824:glibc.cpu.x86_rep_stosb_threshold=1073741824";

/// What one request costs, wherever it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Counts {
    /// User instructions.
    pub(super) instructions: u64,
    /// Allocations in hundredths; growing one in place is one, too.
    #[serde(rename = "allocations_in_hundredths")]
    pub(super) allocations: u64,
}

/// An endpoint whose cost is counted.
pub(super) struct Subject {
    /// It is `/{route}/{id}`.
    pub(super) route: String,
    /// Its answer.
    pub(super) expected: String,
    /// Requests to backends for each answer.
    pub(super) calls: u64,
    /// Requests that are counted.
    pub(super) counted: u64,
}

/// Counts at one worker, in a process of its own. The profile is left in `folder` for
/// `callgrind_annotate`, as `callgrind.{size}`.
///
/// # Errors
/// When valgrind is missing or fails, an answer is wrong, or the service sent more or fewer
/// requests than it should have.
pub(super) fn count(folder: &Path, binary: &Path, stub: &Stub, size: Size) -> Result<Counts> {
    let subject = Subject {
        route: size.name().to_owned(),
        expected: aggregate(size),
        calls: BACKENDS.len() as u64,
        counted: COUNTED,
    };
    let configuration = configure(folder, stub, 1)?;
    let connections = match size {
        Size::Small | Size::Medium => CONNECTIONS,
        Size::Large => FEW,
    };
    let mut tried = 1;
    loop {
        let mut session = Session::start((folder, binary), stub, &configuration, connections)?;
        match session.count(&subject) {
            // On a machine that stands still for seconds the gateway lets a connection go.
            Err(error) if tried < ATTEMPTS && error.is::<std::io::Error>() => {
                eprintln!("{error:#}: counting {} once more", subject.route);
                tried += 1;
            }
            counted => return counted,
        }
    }
}

/// One service under callgrind, for one subject after the other: starting it takes longer than counting.
pub(super) struct Session<'a> {
    folder: &'a Path,
    stub: &'a Stub,
    gateway: Gateway,
    load: Load,
    /// What the stub had seen before.
    before: Seen,
    /// How often a profile was dumped.
    dumps: usize,
}

impl<'a> Session<'a> {
    /// Starts the service and connects so often; nothing is counted yet.
    ///
    /// # Errors
    /// When valgrind is missing or fails.
    pub(super) fn start(
        (folder, binary): (&'a Path, &Path),
        stub: &'a Stub,
        configuration: &Path,
        connections: usize,
    ) -> Result<Self> {
        let before = stub.seen()?;
        let mut valgrind = command::program("valgrind", folder);
        valgrind
            .args([
                "--tool=callgrind",
                "--instr-atstart=no",
                "--quiet",
                // Threads take turns by arrival and not by chance.
                "--fair-sched=yes",
                "--compress-strings=no",
                "--compress-pos=no",
            ])
            .arg(format!(
                "--callgrind-out-file={}",
                folder.join(DUMP).display()
            ))
            .env("GLIBC_TUNABLES", WITHOUT_REPEATS)
            .arg(binary);
        let gateway = Gateway::start(valgrind, configuration)?;
        let load = Load::connect(gateway.address, connections)?;
        Ok(Self {
            folder,
            stub,
            gateway,
            load,
            before,
            dumps: 0,
        })
    }

    /// Counts as [`count`] does.
    ///
    /// # Errors
    /// As [`count`].
    pub(super) fn count(&mut self, subject: &Subject) -> Result<Counts> {
        let requests = self.stub.seen()?.requests;
        self.ask(subject, WARM_UP)?;
        self.control(&["-i", "on"])?;
        self.ask(subject, subject.counted)?;
        self.control(&["-i", "off"])?;
        self.control(&["--dump"])?;
        let seen = self.stub.seen()?;
        let requests = seen.requests - requests;
        let made = WARM_UP + subject.counted;
        ensure!(
            requests == made * subject.calls,
            "{requests} requests to backends for {made} of clients"
        );
        let tokens = seen.tokens - self.before.tokens;
        ensure!(tokens == 1, "{tokens} tokens were fetched instead of one");
        // callgrind adds a number to the name of what is dumped before the end.
        self.dumps += 1;
        let dumped = self.folder.join(format!("{DUMP}.{}", self.dumps));
        let profile = self.folder.join(format!("callgrind.{}", subject.route));
        fs::rename(dumped, &profile).context("callgrind left no profile")?;
        read(&fs::read_to_string(profile)?, subject.counted)
    }

    fn ask(&mut self, subject: &Subject, requests: u64) -> Result<()> {
        self.load
            .ask(&subject.route, subject.expected.clone(), requests)
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        let mut control = command::program("callgrind_control", &root());
        control
            .args(arguments)
            .arg(self.gateway.process().to_string());
        command::output(&mut control).map(drop)
    }
}

/// Says how to install what is missing.
///
/// # Errors
/// When valgrind is not installed.
pub(super) fn require() -> Result<()> {
    let found = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        bail!("valgrind is missing: on Debian, `apt-get install valgrind`");
    }
    Ok(())
}

/// Reads a profile in callgrind's format: `totals:` is the sum, and every `calls=` line follows a
/// `cfn=` line with the name of what is called.
fn read(profile: &str, counted: u64) -> Result<Counts> {
    let (mut instructions, mut allocations, mut callee) = (None, 0, "");
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("cfn=") {
            callee = name;
        } else if let Some(calls) = line.strip_prefix("calls=") {
            if is_allocator(callee) {
                let count = calls.split_whitespace().next().unwrap_or_default();
                allocations += count.parse::<u64>()?;
            }
        } else if let Some(total) = line.strip_prefix("totals: ") {
            instructions = Some(total.trim().parse::<u64>()?);
        }
    }
    ensure!(allocations > 0, "the profile names no allocator");
    Ok(Counts {
        instructions: instructions.context("the profile has no total")? / counted,
        allocations: allocations * 100 / counted,
    })
}

/// Rust's own entry points, as they are mangled: `__rustc::__rust_alloc`.
fn is_allocator(function: &str) -> bool {
    ["__rust_alloc", "__rust_alloc_zeroed", "__rust_realloc"]
        .iter()
        .any(|name| function.ends_with(name))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::{Counts, read};

    #[test]
    fn a_profile_says_what_one_request_costs() {
        let profile = "fn=main\n1 3\ncfn=__rustc::__rust_alloc\ncalls=2000 7\n1 9\n\
             cfn=other\ncalls=5 7\n1 9\ncfn=_RNvCs1_7___rustc14___rust_realloc\ncalls=500 7\n1 9\n\
             totals: 1000000\n";
        let counts = Counts {
            instructions: 1000,
            allocations: 250,
        };
        assert_eq!(read(profile, 1000).unwrap(), counts);
        assert!(read("totals: 5", 1000).is_err());
    }
}
