//! The project's own commands, `cargo xtask COMMAND`: what needs more than one cargo call.
//!
//! It knows programs, folders and exit codes; it must not know what Manifold does.

use std::process::ExitCode;

use clap::Parser;

mod bench;
mod command;
mod contracts;
mod dependencies;
mod interop;
mod nightly;
mod workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
enum Task {
    /// Tests against real servers and a real browser
    Interop(interop::Options),
    /// Compares the committed documents with what the binary prints, and has other tools check them
    Contracts(contracts::Options),
    /// Checks licences, bans and sources of the resolved tree against deny.toml
    Dependencies,
    /// Everything that takes too long for each change: mutants, fuzzing, the suite twice at once
    Nightly(nightly::Options),
    /// What a request costs: instructions, allocations, system calls, processor time
    Bench(bench::Options),
    /// The backends of `bench`, as a process of their own
    #[command(hide = true)]
    Stub,
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Interop(options) => interop::run(&options),
        Task::Contracts(options) => contracts::run(&options),
        Task::Dependencies => dependencies::run(),
        Task::Nightly(options) => nightly::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Stub => bench::stub(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
