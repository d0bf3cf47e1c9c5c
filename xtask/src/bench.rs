//! What an aggregated request costs: counts that repeat, which gate a change, and processor time,
//! which compares only with itself in the same minute.
//!
//! The service runs as it is shipped, as a process of its own, between a stub of its backends and a
//! load generator. `bench/README.md` says how to read the figures.

mod baseline;
mod callgrind;
mod gateway;
mod http;
mod load;
mod report;
mod rounds;
mod shapes;
mod size;
mod stub;
mod syscalls;

use std::path::Path;

use anyhow::Result;
use clap::Args;

use baseline::Measured;
use callgrind::Counts;
use report::{Hundredths, Row, median, table};
use rounds::Round;
use size::Size;
use stub::Stub;

use crate::workspace::output_folder;

pub(crate) use stub::serve as stub;

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Only the counts that gate a change: instructions and allocations, of the plain answer, of each
    /// shape, of few and of many calls
    #[arg(long)]
    gate: bool,
    /// Only what each shape of an answer costs, and what each further call does, at more widths
    #[arg(long, conflicts_with_all = ["gate", "bless", "size"])]
    shapes: bool,
    /// Write the counts to bench/baseline.json instead of comparing with it
    #[arg(long, requires = "gate", conflicts_with = "size")]
    bless: bool,
    /// How often processor time is measured, each time with a fresh process
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only these sizes of the plain answer, and no shapes
    #[arg(long, value_enum)]
    size: Vec<Size>,
}

/// Measures, prints, and compares the counts with the limits and the baseline.
///
/// # Errors
/// When something cannot be built or started, an answer is wrong, or a count is over.
pub(crate) fn run(options: &Options) -> Result<()> {
    callgrind::require()?;
    let folder = output_folder("bench")?;
    let binary = gateway::build()?;
    let stub = Stub::start()?;
    if options.shapes {
        // To be read: there is no baseline for every width.
        return shapes::run(&folder, &binary, &stub, &shapes::ALL_WIDTHS).map(drop);
    }
    let mut sizes = Size::ALL.to_vec();
    sizes.retain(|size| options.size.is_empty() || options.size.contains(size));
    let columns: Vec<&str> = sizes.iter().map(|size| size.label()).collect();

    let mut counts = Vec::new();
    for size in &sizes {
        counts.push((*size, callgrind::count(&folder, &binary, &stub, *size)?));
    }
    table(&columns, &count_rows(&counts))?;
    if !options.gate {
        let mut measured = Vec::new();
        for size in &sizes {
            let rounds = (0..options.rounds).map(|_| rounds::round(&folder, &binary, &stub, *size));
            measured.push(rounds.collect::<Result<Vec<Round>>>()?);
        }
        table(&columns, &round_rows(&measured))?;
        system_calls(&folder, &binary, &stub)?;
    }
    let mut measured: Measured = counts
        .iter()
        .map(|(size, counts)| (size.name().to_owned(), *counts))
        .collect();
    let mut growth = None;
    if options.gate && options.size.is_empty() {
        let (shapes, grown) = shapes::run(&folder, &binary, &stub, &shapes::GATED_WIDTHS)?;
        measured.extend(shapes);
        growth = Some(grown);
    }
    if options.bless {
        baseline::bless(measured)
    } else {
        baseline::gate(&measured, growth)
    }
}

fn count_rows(counts: &[(Size, Counts)]) -> Vec<Row> {
    let row = |name: &str, figure: fn(&Counts) -> String| {
        let figures = counts.iter().map(|(_, counts)| figure(counts)).collect();
        (format!("{name} per request"), figures)
    };
    vec![
        row("user instructions", |counts| {
            counts.instructions.to_string()
        }),
        row("allocations", |counts| {
            Hundredths(counts.allocations).to_string()
        }),
    ]
}

fn round_rows(measured: &[Vec<Round>]) -> Vec<Row> {
    let row = |name: &str, figure: fn(&Round) -> u64, show: fn(u64) -> String| {
        let figures = measured
            .iter()
            .map(|rounds| show(median(rounds.iter().map(figure).collect())))
            .collect();
        (name.to_owned(), figures)
    };
    let whole = |figure: u64| figure.to_string();
    let decimal = |figure: u64| Hundredths(figure).to_string();
    vec![
        row("processor µs per request", |round| round.processor, decimal),
        row("the stub's", |round| round.stub, decimal),
        row(
            "backend requests per request",
            |round| round.requests,
            decimal,
        ),
        row("connections to backends", |round| round.connections, whole),
        row("token requests", |round| round.tokens, whole),
        row("peak memory, KiB", |round| round.memory, whole),
    ]
}

fn system_calls(folder: &Path, binary: &Path, stub: &Stub) -> Result<()> {
    let mut figures = Vec::new();
    for workers in [1, 2] {
        figures.push(Hundredths(syscalls::count(folder, binary, stub, workers)?).to_string());
    }
    let row = ("system calls per request, 300 B".to_owned(), figures);
    table(&["1 worker", "2 workers"], &[row])
}
