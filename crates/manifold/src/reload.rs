//! Another configuration while the service runs: read again when its files change or somebody asks,
//! taken up as a whole or not at all.
//!
//! It must not know what a configuration means; [`crate::revision`] does.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use config::{Configuration, Inputs};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::process::Process;

mod state;

pub(crate) use state::ConfigurationState;

/// How often the files are looked at. They are few and small, and their contents are compared.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// To read a few small files takes no longer.
const SLOW: Duration = Duration::from_secs(10);
/// Files that have just changed may be half written: they are read when they have been left alone for
/// this long.
const AT_REST: Duration = Duration::from_millis(250);
/// Somebody who never leaves them alone is not waited for.
const MOST_LOOKS: usize = 20;

/// A configuration that can be read again.
#[derive(Clone)]
pub struct Source {
    path: PathBuf,
    environment: fn(&str) -> Option<String>,
    inputs: Inputs,
}

impl Source {
    /// The configuration at `path`, a file or a folder; `${env:NAME}` asks `environment`.
    #[must_use]
    pub fn new(path: PathBuf, environment: fn(&str) -> Option<String>) -> Self {
        Self {
            path,
            environment,
            inputs: Inputs::default(),
        }
    }

    /// Reads it. Blocks on the disk.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&mut self) -> Result<Configuration, config::Faults> {
        config::load_noting(&self.path, &self.environment, &mut self.inputs)
    }

    /// Names what was read last.
    pub(crate) fn revision(&self) -> String {
        self.inputs.revision()
    }
}

/// Takes up `source`, which has been loaded, whenever it changes on disk or `asked` says so, for ever.
pub(crate) async fn follow(process: Arc<Process>, mut source: Source, asked: Arc<Notify>) {
    loop {
        tokio::select! {
            () = asked.notified() => tracing::info!("asked to read the configuration again"),
            () = changed(&source) => tracing::info!("the configuration has changed on disk"),
        }
        let process = Arc::clone(&process);
        let again = source.clone();
        let read = spawn_blocking(move || {
            let mut source = again;
            take_up(&process, &mut source);
            source
        });
        if let Ok(read) = read.await {
            source = read;
        } else {
            tracing::error!("the configuration could not be read again");
        }
    }
}

/// Waits until the files of `source` are others than when it was loaded, and at rest.
async fn changed(source: &Source) {
    loop {
        sleep(LOOK_EVERY).await;
        let Some(mut seen) = look(&source.inputs).await else {
            continue;
        };
        if seen == source.inputs {
            continue;
        }
        for _ in 0..MOST_LOOKS {
            sleep(AT_REST).await;
            match look(&seen).await {
                Some(now) if now == seen => break,
                Some(now) => seen = now,
                None => {}
            }
        }
        // Who puts everything back has changed nothing.
        if seen != source.inputs {
            return;
        }
    }
}

/// The files now. A disk that does not answer holds up a thread made for that, one and no more.
async fn look(inputs: &Inputs) -> Option<Inputs> {
    let inputs = inputs.clone();
    let mut looking = spawn_blocking(move || inputs.look());
    if let Ok(seen) = timeout(SLOW, &mut looking).await {
        return seen.ok();
    }
    tracing::warn!("changes of the configuration are not seen: the disk does not answer");
    looking.await.ok()
}

/// Puts what is probably not meant into the log.
pub(crate) fn warn_of(configuration: &Configuration) {
    for warning in &configuration.warnings {
        tracing::warn!("{warning}");
    }
}

/// Reads `source` and takes it up, or says why not and leaves everything as it is.
fn take_up(process: &Process, source: &mut Source) {
    let taken = source
        .load()
        .map_err(|faults| faults.to_string())
        .and_then(|configuration| {
            warn_of(&configuration);
            process
                .install(configuration, Some(source.revision()))
                .map_err(|error| format!("error: {error}"))
        });
    match taken {
        Ok(()) => tracing::info!(revision = source.revision(), "configuration taken up"),
        Err(reason) => {
            tracing::error!(
                "the configuration was not taken up, the one before goes on:\n{reason}"
            );
            process.refused(reason);
        }
    }
}
