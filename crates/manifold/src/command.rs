//! The command line. Each command is a file; here is what they share: parsing, logging, exit codes.

mod check;
mod demo;
mod doctor;
mod hash;
mod log_filter;
mod openapi;
mod run;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use config::Configuration;
use tracing_appender::non_blocking::WorkerGuard;

use crate::reload::warn_of;

/// `sysexits.h`: the command was used wrongly, or the configuration is not valid.
const EX_USAGE: u8 = 64;

const EXAMPLES: &str = "\
Examples:
  manifold demo                       Everything at once, on loopback; prints curl lines to paste
  manifold check manifold.yaml        All faults of a configuration, each with its place
  manifold doctor manifold.yaml       Fetch every token, ask every backend; what is wrong and what mends it
  manifold run manifold.yaml          Serve it
  manifold hash password              A password's hash for `password_hash`, from standard input
  manifold hash key --generate        A new API key, and its hash for `sha256`
  manifold openapi manifold.yaml      The OpenAPI document without starting anything
  manifold schema > manifold.schema.json   For editors: # yaml-language-server: $schema=manifold.schema.json

One access line per request goes to standard output, the log to standard error. Its filter is MANIFOLD_LOG:
  MANIFOLD_LOG=warn                   off, error, warn, info (the default), debug or trace
  MANIFOLD_LOG=info,backend=debug     More of one target, which is a crate: manifold, backend, token_provider
  MANIFOLD_LOG=info,actix_http=error  Named, also what is silent otherwise: what strangers send that is no HTTP
Exit codes: 0 fine, 64 wrong usage or the configuration is not valid, 1 anything else.";

/// One request in, every system asked at once, one answer out.
#[derive(Debug, Parser)]
#[command(name = "manifold", version, about, after_help = EXAMPLES, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a configuration until SIGTERM, then drain
    Run {
        /// The configuration: a file, or a folder of `*.yaml` and `*.yml`
        file: PathBuf,
    },
    /// Check a configuration and report every fault with file, line and column
    Check {
        /// The configuration: a file, or a folder of `*.yaml` and `*.yml`
        file: PathBuf,
    },
    /// Fetch every token and ask every backend of a configuration, and say what is wrong
    Doctor(doctor::DoctorArguments),
    /// Start an authorization server, four backends and the service in front of them
    Demo(demo::DemoArguments),
    /// Hash a password or an API key for a configuration
    Hash(hash::HashArguments),
    /// Print the OpenAPI document of a configuration
    Openapi {
        /// The configuration: a file, or a folder of `*.yaml` and `*.yml`
        #[arg(required_unless_present = "demo")]
        file: Option<PathBuf>,
        /// The document of `manifold demo`
        #[arg(long, conflicts_with = "file")]
        demo: bool,
    },
    /// Print the JSON Schema of configuration files
    Schema,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return explain(&answer),
    };
    let filter = match arguments.command {
        // What the log would say stands in the report.
        Command::Doctor(_) => "off",
        _ => "info",
    };
    let _flushed_at_the_end = start_logging(filter);
    let done = match arguments.command {
        Command::Run { file } => run::run(&file),
        Command::Check { file } => check::check(&file),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Hash(arguments) => hash::hash(&arguments),
        Command::Openapi { file, .. } => openapi::openapi(file.as_deref()),
        Command::Schema => print(&config::schema()),
    };
    done.unwrap_or_else(|error| match error {
        Failed::Configuration(faults) => {
            say(&faults);
            ExitCode::from(EX_USAGE)
        }
        Failed::Other(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    })
}

/// Prints what was asked for (`--help`, `--version`), or what is wrong with the arguments.
fn explain(answer: &clap::Error) -> ExitCode {
    // Nowhere to report that this failed.
    answer.print().ok();
    match answer.exit_code() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(EX_USAGE),
    }
}

/// Why a command failed.
enum Failed {
    /// The configuration is not valid: every fault, drawn.
    Configuration(String),
    /// Anything else.
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// The configuration, with its warnings in the log.
fn load(file: &Path) -> Result<Configuration, Failed> {
    let configuration = read(file)?;
    warn_of(&configuration);
    Ok(configuration)
}

/// The configuration, with its warnings drawn like faults: for commands that a person reads.
fn load_to_show(file: &Path) -> Result<Configuration, Failed> {
    let configuration = read(file)?;
    for warning in &configuration.warnings {
        say(&format!("{}\n", warning.drawn()));
    }
    Ok(configuration)
}

fn read(file: &Path) -> Result<Configuration, Failed> {
    let environment = |name: &str| std::env::var(name).ok();
    config::load(file, &environment).map_err(|faults| Failed::Configuration(faults.to_string()))
}

fn print(document: &serde_json::Value) -> Result<ExitCode, Failed> {
    tell(&serde_json::to_string_pretty(document)?)
}

/// Writes to standard output, for the commands whose output is their result. A reader that has
/// enough (`| head`) is no fault.
fn tell(text: &str) -> Result<ExitCode, Failed> {
    use std::io::{ErrorKind, Write};
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Writes to standard error; there is nowhere to report that this failed.
fn say(text: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{text}").ok();
}

/// Starts the log. Lines wait in a bounded queue for a thread of their own; when the reader of standard
/// error is stuck they are dropped, and requests go on.
fn start_logging(default_filter: &str) -> WorkerGuard {
    use std::io::IsTerminal;
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(log_filter::from_environment(default_filter))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(writer)
        .with_target(false)
        .init();
    guard
}
