//! What lives as long as the process, through every change of configuration.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use backend::ResilienceStore;
use config::Configuration;
use network::Networks;
use orchestration::HeavyAnswers;
use token_provider::{ReqwestTransport, TokenProvider};
use token_store_redis::RedisStore;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access_log::AccessLog;
use crate::authenticate::{PasswordLimits, Passwords};
use crate::control::Control;
use crate::metrics::Metrics;
use crate::pulse::Pulse;
use crate::reload::ConfigurationState;
use crate::revision::{Revision, RevisionError};
use crate::service::Options;

mod fixed;

/// How long before the drain time is over waiting reads are answered, at most: a problem document has
/// to reach its client.
const LAST_CALL: Duration = Duration::from_millis(500);

/// Everything that outlives a request and a revision.
pub(crate) struct Process {
    revision: ArcSwap<Revision>,
    /// What runs, as operators see it.
    pub(crate) configuration: ConfigurationState,
    pub(crate) shared: Shared,
    pub(crate) access_log: AccessLog,
    /// Requests being answered, and writes that outlive theirs: shutdown waits for both.
    pub(crate) work: TaskTracker,
    /// Makes answers that take long.
    pub(crate) heavy: HeavyAnswers,
    /// Of the workers and the control thread.
    pub(crate) pulse: Arc<Pulse>,
    leaving: AtomicBool,
    ended: AtomicBool,
    last_call: CancellationToken,
    _control: Control,
}

/// What a revision is built with.
pub(crate) struct Shared {
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) tokens: TokenProvider,
    pub(crate) networks: Networks,
    pub(crate) resilience: ResilienceStore,
    pub(crate) metrics: Arc<Metrics>,
}

/// Why the process cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// The system refuses a thread or a descriptor.
    #[error("the system refuses a resource")]
    System(#[from] std::io::Error),
    /// The client for token endpoints cannot be built.
    #[error("the client for token endpoints cannot be built: {0}")]
    Transport(#[from] token_provider::TransportBuildError),
    /// The settings of the shared token store cannot be used.
    #[error("the shared token store cannot be used: {0}")]
    Store(#[from] token_store_redis::SettingsError),
    /// The key of the shared token store cannot be used.
    #[error("the encryption key of the shared token store cannot be used: {0}")]
    Key(#[from] token_provider::SigningError),
    /// The configuration cannot be run.
    #[error(transparent)]
    Revision(#[from] RevisionError),
}

impl Process {
    pub(crate) fn new(
        configuration: Configuration,
        options: Options,
    ) -> Result<Arc<Self>, ProcessError> {
        backend::install_crypto_provider();
        let control = Control::start()?;
        let metrics = Metrics::new();
        let transport = Arc::new(ReqwestTransport::new()?);
        let observer: Arc<dyn token_provider::Observer> = Arc::clone(&metrics) as _;
        let mut tokens = TokenProvider::new(transport, control.handle().clone(), observer);
        if let Some(store) = &configuration.token_store {
            let redis = RedisStore::new(&store.redis)?;
            tokens = tokens.sharing(Arc::new(redis), &store.encryption_key)?;
        }
        let shared = Shared {
            passwords: Passwords::new(PasswordLimits::default())?,
            tokens,
            networks: Networks::default(),
            resilience: ResilienceStore::default(),
            metrics,
        };
        let threads = configuration.server.workers + 1;
        let pulse = Pulse::new(threads, options.stuck_after);
        control.handle().spawn(Arc::clone(&pulse).beat());
        control.handle().spawn(shared.networks.clone().watch());
        let revision = Revision::build(configuration, &shared, None)?;
        shared.metrics.configuration_read(true);
        Ok(Arc::new(Self {
            revision: ArcSwap::from_pointee(revision),
            configuration: ConfigurationState::new(),
            shared,
            access_log: AccessLog::start(options.access_log)?,
            work: TaskTracker::new(),
            heavy: HeavyAnswers::default(),
            pulse,
            leaving: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            last_call: CancellationToken::new(),
            _control: control,
        }))
    }

    /// The revision for one request, from its first byte to its last.
    pub(crate) fn revision(&self) -> Arc<Revision> {
        self.revision.load_full()
    }

    /// Replaces the revision by one called `name`. Requests under way end with the one that they
    /// began with; what is defined as before keeps its tokens and its backend's state, all else is
    /// forgotten.
    ///
    /// # Errors
    /// When the configuration cannot run, or differs in what cannot change; nothing has changed then.
    pub(crate) fn install(
        &self,
        configuration: Configuration,
        name: Option<String>,
    ) -> Result<(), RevisionError> {
        let before = self.revision();
        fixed::check(&before.configuration, &configuration)?;
        let revision = Revision::build(configuration, &self.shared, Some(&before))?;
        self.shared.tokens.retain(revision.token_keys());
        self.revision.store(Arc::new(revision));
        self.configuration.taken_up(name);
        self.shared.metrics.configuration_read(true);
        Ok(())
    }

    /// A configuration was read and not taken up.
    pub(crate) fn refused(&self, reason: String) {
        self.configuration.refused(reason);
        self.shared.metrics.configuration_read(false);
    }

    /// Says on `/readyz` that no new requests should come.
    pub(crate) fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// Waits until nothing is under way, or until `last`; returns whether nothing is. Shortly before
    /// `last`, reads that still wait are answered that the service is stopping. From then on requests
    /// are refused: one that a kept connection brings so late might begin a write that nobody waits for.
    pub(crate) async fn end(&self, last: Instant) -> bool {
        self.work.close();
        let whole = last.saturating_duration_since(Instant::now());
        let last_call = last - LAST_CALL.min(whole / 4);
        // What is still under way then is asked for below.
        timeout_at(last_call, self.work.wait()).await.ok();
        self.ended.store(true, Ordering::SeqCst);
        self.last_call.cancel();
        // What began in the same moment was not refused, and has its token.
        timeout_at(last, self.work.wait()).await.is_ok()
    }

    /// Ends when requests are refused and reads that wait have to be answered.
    pub(crate) async fn last_call(&self) {
        self.last_call.cancelled().await;
    }

    /// Whether requests are refused. Asked only by who holds a token of [`Self::work`].
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}
