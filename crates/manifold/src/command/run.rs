//! `manifold run`: serve until a signal, then drain.

use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{Failed, load};
use crate::{LameDuck, Options, Service};

pub(super) fn run(file: &Path) -> Result<ExitCode, Failed> {
    let configuration = load(file)?;
    let service = Service::start(configuration, Options::default())?;
    tracing::info!(address = %service.address(), admin = service.admin_address().map(tracing::field::display), "serving");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(until_stopped(service))
}

/// Waits for SIGTERM, which an orchestrator sends, or SIGINT, which a person does, then drains: whoever
/// pressed Ctrl-C need not see the service leave. A second signal ends the process at once.
pub(super) async fn until_stopped(service: Service) -> Result<ExitCode, Failed> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let lame_duck = tokio::select! {
        _ = terminate.recv() => LameDuck::Serve,
        _ = interrupt.recv() => LameDuck::Skip,
    };
    let drained = tokio::select! {
        () = service.drain(lame_duck) => true,
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    if !drained {
        // What is left must not be waited for: no destructor, no flush.
        tracing::warn!("a second signal: stopping at once");
        std::process::exit(1);
    }
    Ok(ExitCode::SUCCESS)
}
