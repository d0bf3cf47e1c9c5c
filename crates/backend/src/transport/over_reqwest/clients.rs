//! The HTTP clients of one thread, with their connections: one for each set of settings, another one
//! when what a network is made of has changed.

use std::cell::RefCell;
use std::time::Duration;

use network::{Network, WeakNetwork};

use super::{TransportSettings, install_crypto_provider};
use crate::TransportError;

/// A client that is kept, and what it was built for.
struct Kept {
    connect_timeout: Duration,
    read_timeout: Duration,
    /// Which network, and of which generation.
    network: Option<(WeakNetwork, u64)>,
    client: reqwest::Client,
}

impl Kept {
    fn is_for(&self, settings: &TransportSettings) -> bool {
        self.connect_timeout == settings.connect_timeout
            && self.read_timeout == settings.read_timeout
            && self.network.as_ref().map(|(network, _)| network.id())
                == settings.network.as_ref().map(Network::id)
    }

    /// Whether the network's files are still those that it was built with.
    fn is_current(&self, settings: &TransportSettings) -> bool {
        self.network.as_ref().map(|(_, generation)| *generation)
            == settings.network.as_ref().map(Network::generation)
    }
}

thread_local! {
    // A client shared between threads hands half its calls to another thread's connection.
    // A list: there are as few kinds of settings as a file names, and comparing beats hashing.
    static CLIENTS: RefCell<Vec<Kept>> = RefCell::default();
}

/// This thread's client for `settings`.
pub(super) fn client(settings: &TransportSettings) -> Result<reqwest::Client, TransportError> {
    CLIENTS.with_borrow_mut(|clients| {
        let place = clients.iter().position(|kept| kept.is_for(settings));
        let kept = place.and_then(|place| clients.get_mut(place));
        if let Some(kept) = &kept
            && kept.is_current(settings)
        {
            return Ok(kept.client.clone());
        }
        // Read first: should the files change meanwhile, another client is built next time.
        let network = settings.network.as_ref();
        let network = network.map(|network| (network.downgrade(), network.generation()));
        let client = match (build(settings), &kept) {
            (Ok(client), _) => client,
            // Not for want of a new client is the old one worse.
            (Err(_), Some(kept)) => kept.client.clone(),
            (Err(error), None) => return Err(error),
        };
        let new = Kept {
            connect_timeout: settings.connect_timeout,
            read_timeout: settings.read_timeout,
            network,
            client: client.clone(),
        };
        if let Some(kept) = kept {
            // Requests under way end over the one before, whose idle connections close.
            *kept = new;
        } else {
            // A client holds a key, perhaps, that nobody uses any more.
            let is_gone = |network: &(WeakNetwork, u64)| network.0.is_gone();
            clients.retain(|kept| !kept.network.as_ref().is_some_and(is_gone));
            clients.push(new);
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
            TransportError::Tls
        })
}
