//! One fetch: token requests until one succeeds, fails for good, or the time is up. It must not
//! know the cache.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::answer::{self, Failure};
use crate::backoff::between_attempts;
use crate::clock::{Clock, Moment};
use crate::definition::{Definition, compose};
use crate::error::TokenError;
use crate::observer::{FetchOutcome, Observer};
use crate::token::Granted;
use crate::transport::{TokenTransport, TransportError};

const ATTEMPTS: u32 = 3;
/// A slow failure is not repeated: the callers have waited long enough for one verdict.
const FAST_FAILURE: Duration = Duration::from_millis(500);

/// Fetches one token within the definition's fetch timeout. Also returns the moment just before
/// its request was sent, from which its life counts.
///
/// # Cancel safety
/// Dropping it abandons the request in flight.
pub(crate) async fn fetch(
    definition: &Definition,
    transport: &dyn TokenTransport,
    clock: &Clock,
    observer: &dyn Observer,
) -> Result<(Granted, Moment), Failure> {
    let give_up = Instant::now() + definition.fetch_timeout;
    let mut attempt = 1;
    loop {
        let sent = clock.now();
        let result = attempt_once(definition, transport, sent, give_up).await;
        let elapsed = sent.monotonic.elapsed();
        let failure = match result {
            Ok(granted) => {
                observer.fetched(&definition.name, FetchOutcome::Token, elapsed);
                note_scopes(definition, &granted, observer);
                tracing::debug!(credential = %definition.name, "token fetched");
                return Ok((granted, sent));
            }
            Err(failure) => failure,
        };
        observer.fetched(
            &definition.name,
            FetchOutcome::from(&failure.error),
            elapsed,
        );
        let pause = between_attempts(attempt);
        let worthwhile =
            failure.repeatable && elapsed <= FAST_FAILURE && Instant::now() + pause < give_up;
        if attempt == ATTEMPTS || !worthwhile {
            report(&definition.name, &failure.error);
            return Err(failure);
        }
        tracing::debug!(credential = %definition.name, attempt, "token request failed, trying again");
        sleep(pause).await;
        attempt += 1;
    }
}

async fn attempt_once(
    definition: &Definition,
    transport: &dyn TokenTransport,
    sent: Moment,
    give_up: Instant,
) -> Result<Granted, Failure> {
    let request = compose(
        definition,
        give_up.saturating_duration_since(sent.monotonic),
    );
    // The transport is told the timeout; this one holds even if it does not listen.
    let response = timeout_at(give_up, transport.post(request))
        .await
        .unwrap_or(Err(TransportError::Timeout))?;
    answer::interpret(definition, &response, sent.wall)
}

fn note_scopes(definition: &Definition, granted: &Granted, observer: &dyn Observer) {
    let missing = answer::missing_scopes(&definition.scopes, granted.scope.as_deref());
    if !missing.is_empty() {
        tracing::warn!(credential = %definition.name, ?missing, "fewer scopes granted than asked for");
        observer.scope_narrowed(&definition.name, &missing);
    }
}

/// The one place that logs a failed fetch: once per fetch, not per waiter.
fn report(credential: &str, error: &TokenError) {
    let code = error.server_code().map(tracing::field::display);
    let status = error.status().map(|status| status.as_u16());
    match error {
        TokenError::Redirected { host, .. } => {
            tracing::error!(
                credential,
                status,
                host = host.as_deref(),
                "the token endpoint redirects"
            );
        }
        TokenError::Rejected { .. } => {
            tracing::error!(
                credential,
                status,
                code,
                "the authorization server refuses the credential"
            );
        }
        TokenError::Malformed { what } => {
            tracing::error!(credential, %what, "the token endpoint's answer cannot be used");
        }
        _ => {
            tracing::warn!(credential, status, code, %error, "no token fetched");
        }
    }
}
