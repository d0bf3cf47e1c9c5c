//! Where the token endpoint is, by the authorization server's metadata, remembered for an hour. It
//! must not know what is fetched there.

mod document;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::{ACCEPT, HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::answer::Failure;
use crate::clock::Moment;
use crate::credential::Credential;
use crate::definition::{DiscoveryKind, Endpoint};
use crate::error::{DiscoveryFault, Metadata, TokenError};
use crate::observer::FetchOutcome;
use crate::transport::{MetadataRequest, TransportError};

/// How long metadata are taken to hold.
const LIFE: Duration = Duration::from_hours(1);
/// How long old metadata are used on after they could not be read again.
const LIFE_AFTER_FAILURE: Duration = Duration::from_mins(1);

/// What is known of a credential's token endpoint.
#[derive(Default)]
pub(crate) struct Discovery(Mutex<Option<Known>>);

#[derive(Clone)]
struct Known {
    endpoint: Url,
    read: Moment,
    life: Duration,
}

impl Discovery {
    /// The endpoint does not answer as one: the metadata are read again before the next request.
    pub(crate) fn doubt(&self) {
        if let Some(known) = self.lock().as_mut() {
            known.life = Duration::ZERO;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token endpoint of `credential`: the configured one, or the one that the metadata name.
///
/// When metadata cannot be read again, or name another host, the endpoint known before is used on:
/// a changed host is for somebody to look at, and gets no secret.
pub(crate) async fn endpoint(credential: &Credential, give_up: Instant) -> Result<Url, Failure> {
    let (issuer, kind) = match &credential.definition.endpoint {
        Endpoint::Token(url) => return Ok(url.clone()),
        Endpoint::Discover { issuer, kind } => (issuer, *kind),
    };
    let around = &credential.surroundings;
    let known = credential.discovery.lock().clone();
    let fresh = |known: &&Known| around.clock.age(known.read) < known.life;
    if let Some(known) = known.as_ref().filter(fresh) {
        return Ok(known.endpoint.clone());
    }
    let now = Instant::now();
    let give_up = match &known {
        // There is something to do with the other half.
        Some(_) => now + give_up.saturating_duration_since(now) / 2,
        None => give_up,
    };
    let read = around.clock.now();
    let found = read_metadata(credential, issuer, kind, give_up).await;
    let name = credential.definition.name.as_str();
    if let Err(failure) = &found {
        let elapsed = read.monotonic.elapsed();
        let outcome = FetchOutcome::from(&failure.error);
        around.observer.fetched(name, outcome, elapsed);
    }
    let (endpoint, life) = match (found, known) {
        (Ok(found), Some(known)) if found.host_str() != known.endpoint.host_str() => {
            tracing::error!(
                credential = name,
                known = known.endpoint.host_str(),
                found = found.host_str(),
                "the metadata name a token endpoint on another host, which gets no requests"
            );
            around.observer.endpoint_moved(name);
            (known.endpoint, LIFE)
        }
        (Ok(found), _) => (found, LIFE),
        (Err(failure), Some(known)) => {
            tracing::warn!(
                credential = name,
                error = %failure.error,
                "the metadata cannot be read again, the endpoint known before is used on"
            );
            (known.endpoint, LIFE_AFTER_FAILURE)
        }
        (Err(failure), None) => return Err(failure),
    };
    *credential.discovery.lock() = Some(Known {
        endpoint: endpoint.clone(),
        read,
        life,
    });
    Ok(endpoint)
}

async fn read_metadata(
    credential: &Credential,
    issuer: &str,
    kind: DiscoveryKind,
    give_up: Instant,
) -> Result<Url, Failure> {
    let url = kind.document(issuer).ok_or_else(|| TokenError::Discovery {
        what: DiscoveryFault::Issuer,
        metadata: Metadata::new(issuer.to_owned(), issuer, None),
    })?;
    let mut headers = HeaderMap::with_capacity(1);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let request = MetadataRequest {
        url: url.clone(),
        headers,
        timeout: give_up.saturating_duration_since(Instant::now()),
    };
    // The transport is told the timeout; this one holds even if it does not listen.
    let response = timeout_at(give_up, credential.transport.get(request))
        .await
        .unwrap_or(Err(TransportError::Timeout))?;
    document::read(&credential.definition, (issuer, kind), &url, &response)
}
