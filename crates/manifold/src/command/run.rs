//! `manifold run`: serve until a signal, then drain.

use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failed, load};
use crate::{LameDuck, Options, Service};

pub(super) fn run(file: &Path) -> Result<ExitCode, Failed> {
    let configuration = load(file)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let signals = Signals::listen()?;
        let service = Service::start(configuration, Options::default())?;
        tracing::info!(address = %service.address(), admin = service.admin_address().map(tracing::field::display), "serving");
        Ok(signals.stop(service).await)
    })
}

/// The signals that end the process, in order from the moment this exists.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// # Errors
    /// When the system refuses a handler.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for SIGTERM, which an orchestrator sends, or SIGINT, which a person does, then drains:
    /// whoever pressed Ctrl-C need not see the service leave. A second signal ends the process at once.
    pub(super) async fn stop(mut self, service: Service) -> ExitCode {
        let lame_duck = tokio::select! {
            _ = self.terminate.recv() => LameDuck::Serve,
            _ = self.interrupt.recv() => LameDuck::Skip,
        };
        let drained = tokio::select! {
            () = service.drain(lame_duck) => true,
            _ = self.terminate.recv() => false,
            _ = self.interrupt.recv() => false,
        };
        if !drained {
            // What is left must not be waited for: no destructor, no flush.
            tracing::warn!("a second signal: stopping at once");
            std::process::exit(1);
        }
        ExitCode::SUCCESS
    }
}
