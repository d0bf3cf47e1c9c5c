//! `manifold run`: serve until a signal, then drain.

use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{Failed, load};
use crate::{Options, Service};

pub(super) fn run(file: &Path) -> Result<ExitCode, Failed> {
    let configuration = load(file)?;
    let service = Service::start(configuration, Options::default())?;
    tracing::info!(address = %service.address(), admin = service.admin_address().map(tracing::field::display), "serving");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(until_stopped(service))
}

/// Waits for SIGTERM or SIGINT, then drains; a second signal ends the process at once.
pub(super) async fn until_stopped(service: Service) -> Result<ExitCode, Failed> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let drained = tokio::select! {
        () = service.drain() => true,
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
