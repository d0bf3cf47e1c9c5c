//! The HTTP clients of one thread, with their connections: one for each set of settings in use, another
//! one when what a network is made of has changed.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use network::{ConnectionFault, Network};

use super::{TransportSettings, install_crypto_provider};
use crate::TransportError;

/// Settings that a transport has. Equal ones are the same, so that a client is found by their address
/// and ends with the last transport that has them.
#[derive(Debug)]
pub(super) struct InUse(TransportSettings);

static ALL: Mutex<Vec<Weak<InUse>>> = Mutex::new(Vec::new());

/// How often settings have gone out of use: what each thread has seen of that tells it when to look.
static ENDED: AtomicU64 = AtomicU64::new(0);

impl InUse {
    /// These settings, and with them the connections of every other transport that has equal ones.
    pub(super) fn of(settings: TransportSettings) -> Arc<Self> {
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one.strong_count() > 0);
        let mut known = all.iter().filter_map(Weak::upgrade);
        if let Some(known) = known.find(|known| known.0 == settings) {
            return known;
        }
        let new = Arc::new(Self(settings));
        all.push(Arc::downgrade(&new));
        new
    }
}

impl std::ops::Deref for InUse {
    type Target = TransportSettings;

    fn deref(&self) -> &TransportSettings {
        &self.0
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        ENDED.fetch_add(1, Ordering::Release);
    }
}

/// A client that is kept, and what it was built for.
struct Kept {
    settings: Weak<InUse>,
    /// Of the network's files.
    generation: Option<u64>,
    client: reqwest::Client,
}

#[derive(Default)]
struct Clients {
    ended: u64,
    // A list: there are as few kinds of settings as a file names, and comparing beats hashing.
    kept: Vec<Kept>,
}

impl Clients {
    /// Drops those that nobody can ask for any more. Requests under way have theirs to their end.
    fn tidy(&mut self) {
        let ended = ENDED.load(Ordering::Acquire);
        if self.ended != ended {
            self.ended = ended;
            self.kept.retain(|kept| kept.settings.strong_count() > 0);
        }
    }
}

thread_local! {
    // A client shared between threads hands half its calls to another thread's connection.
    static CLIENTS: RefCell<Clients> = RefCell::default();
}

/// This thread's client for `settings`.
pub(super) fn client(settings: &Arc<InUse>) -> Result<reqwest::Client, TransportError> {
    CLIENTS.with_borrow_mut(|clients| {
        clients.tidy();
        let place = Arc::as_ptr(settings);
        let mut kept = clients.kept.iter_mut();
        let kept = kept.find(|kept| std::ptr::eq(kept.settings.as_ptr(), place));
        // Read first: should the files change meanwhile, another client is built next time.
        let generation = settings.network.as_ref().map(Network::generation);
        if let Some(kept) = &kept
            && kept.generation == generation
        {
            return Ok(kept.client.clone());
        }
        let client = match (build(settings), &kept) {
            (Ok(client), _) => client,
            // Not for want of a new client is the old one worse.
            (Err(_), Some(kept)) => kept.client.clone(),
            (Err(error), None) => return Err(error),
        };
        let new = Kept {
            settings: Arc::downgrade(settings),
            generation,
            client: client.clone(),
        };
        match kept {
            // Requests under way end over the one before, whose idle connections close.
            Some(kept) => *kept = new,
            None => clients.kept.push(new),
        }
        Ok(client)
    })
}

fn build(settings: &TransportSettings) -> Result<reqwest::Client, TransportError> {
    install_crypto_provider();
    let mut builder = reqwest::Client::builder().no_proxy();
    if let Some(network) = &settings.network {
        builder = network.configure(builder);
    }
    builder
        .redirect(reqwest::redirect::Policy::none())
        // Without the zero every request is copied in case it is to be repeated.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .connect_timeout(settings.connect_timeout)
        .build()
        .map_err(|error| {
            tracing::error!(reason = %error, "an HTTP client cannot be built");
            TransportError::Connection(ConnectionFault::Tls)
        })
}
