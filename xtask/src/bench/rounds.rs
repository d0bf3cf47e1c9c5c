//! Processor time per request, in rounds: it moves with the machine, so only its median over rounds
//! of the same minute says something.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::gateway::{Gateway, configure, processor_time};
use super::load::{CONNECTIONS, Load};
use super::size::Size;
use super::stub::Stub;

/// What one round measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    /// The gateway's processor time per request, in hundredths of a microsecond.
    pub(super) processor: u64,
    /// The stub's, likewise: when it moves, so did the machine.
    pub(super) stub: u64,
    /// Requests to backends per request, in hundredths.
    pub(super) requests: u64,
    /// Connections to backends in the whole round.
    pub(super) connections: u64,
    /// Requests to the token endpoint in the whole round.
    pub(super) tokens: u64,
    /// The most memory held, in KiB.
    pub(super) memory: u64,
}

/// One round with a fresh process of two workers.
///
/// # Errors
/// When the gateway does not start or an answer is wrong.
pub(super) fn round(folder: &Path, binary: &Path, stub: &Stub, size: Size) -> Result<Round> {
    let configuration = configure(folder, stub, 2)?;
    let before = stub.seen()?;
    let gateway = Gateway::start(Command::new(binary), &configuration)?;
    let mut load = Load::connect(gateway.address, CONNECTIONS)?;
    let (warm_up, counted) = (size.requests() / 10, size.requests());
    load.run(size, warm_up)?;
    let (began, stub_began) = (
        processor_time(gateway.process())?,
        processor_time(stub.process())?,
    );
    load.run(size, counted)?;
    let used = processor_time(gateway.process())? - began;
    let stub_used = processor_time(stub.process())? - stub_began;
    let seen = stub.seen()?;
    Ok(Round {
        // Nanoseconds to hundredths of a microsecond.
        processor: used / 10 / counted,
        stub: stub_used / 10 / counted,
        requests: (seen.requests - before.requests) * 100 / (warm_up + counted),
        connections: seen.connections - before.connections,
        tokens: seen.tokens - before.tokens,
        memory: gateway.peak_memory()?,
    })
}
