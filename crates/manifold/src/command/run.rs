//! `manifold run`: serve until a signal, then drain. What changes on disk is taken up meanwhile.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use config::Configuration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{Failed, warn_of};
use crate::{LameDuck, Options, Service, Source};

pub(super) fn run(file: &Path) -> Result<ExitCode, Failed> {
    let mut source = Source::new(file.to_owned(), |name| std::env::var(name).ok());
    let configuration = load(&mut source)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        let signals = Signals::listen()?;
        let hangup = signal(SignalKind::hangup())?;
        let service = Service::start(configuration, Options::default())?;
        tracing::info!(address = %service.address(), admin = service.admin_address().map(tracing::field::display), "serving");
        let asked = Arc::new(Notify::new());
        let reloading = [
            tokio::spawn(service.follow(source, Arc::clone(&asked))),
            tokio::spawn(ask_at(hangup, asked)),
        ];
        let ended = signals.stop(service).await;
        reloading.iter().for_each(JoinHandle::abort);
        Ok(ended)
    });
    // A thread that waits for a disk must not keep the process.
    runtime.shutdown_background();
    ended
}

/// The configuration, with its warnings in the log.
fn load(source: &mut Source) -> Result<Configuration, Failed> {
    let loaded = source.load();
    let configuration = loaded.map_err(|faults| Failed::Configuration(faults.to_string()))?;
    warn_of(&configuration);
    Ok(configuration)
}

/// SIGHUP asks for the configuration to be read again, for ever.
async fn ask_at(mut hangup: Signal, asked: Arc<Notify>) {
    while hangup.recv().await.is_some() {
        asked.notify_one();
    }
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
