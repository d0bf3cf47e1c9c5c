//! One fetch: token requests until one succeeds, fails for good, or the time is up. It must not
//! know the cache.

mod attempt;

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::answer::{self, Failure};
use crate::backoff::between_attempts;
use crate::clock::Moment;
use crate::credential::Credential;
use crate::error::{ErrorCode, TokenError};
use crate::session::Session;
use crate::subject::Subject;
use crate::token::Granted;
use attempt::Attempt;

const ATTEMPTS: u32 = 3;
/// A slow failure is not repeated: the callers have waited long enough for one verdict.
const FAST_FAILURE: Duration = Duration::from_millis(500);

/// Fetches one token within the definition's fetch timeout. Also returns the moment just before
/// its request was sent, from which its life counts.
///
/// # Cancel safety
/// Dropping it abandons the request in flight. A refresh token that was on its way then counts as
/// one of which nobody knows what became.
pub(crate) async fn fetch(
    credential: &Credential,
    session: &Session,
    subject: Option<&Subject>,
) -> Result<(Granted, Moment), Failure> {
    let name = credential.definition.name.as_str();
    let give_up = Instant::now() + credential.definition.fetch_timeout;
    let one = Attempt {
        credential,
        session,
        subject,
        give_up,
    };
    let mut attempt = 1;
    loop {
        let start = Instant::now();
        let failure = match one.make().await {
            Ok(success) => {
                note_scopes(credential, &success.0);
                tracing::debug!(credential = name, "token fetched");
                return Ok(success);
            }
            Err(failure) => failure,
        };
        let pause = between_attempts(attempt);
        let worthwhile = failure.repeatable
            && start.elapsed() <= FAST_FAILURE
            && Instant::now() + pause < give_up;
        if attempt == ATTEMPTS || !worthwhile {
            report(name, &failure.error);
            return Err(failure);
        }
        tracing::debug!(
            credential = name,
            attempt,
            "token request failed, trying again"
        );
        sleep(pause).await;
        attempt += 1;
    }
}

fn note_scopes(credential: &Credential, granted: &Granted) {
    let definition = &credential.definition;
    let missing = answer::missing_scopes(&definition.scopes, granted.scope.as_deref());
    if !missing.is_empty() {
        tracing::warn!(credential = %definition.name, ?missing, "fewer scopes granted than asked for");
        let observer = &credential.surroundings.observer;
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
            let mend = error.server_code().and_then(ErrorCode::mend);
            tracing::error!(
                credential,
                status,
                code,
                mend,
                "the authorization server refuses the credential"
            );
        }
        TokenError::Malformed { what } => {
            tracing::error!(credential, %what, "the token endpoint's answer cannot be used");
        }
        TokenError::Discovery { what, metadata } => {
            tracing::error!(credential, %what, %metadata, "the token endpoint cannot be discovered");
        }
        TokenError::Signing => {
            tracing::error!(credential, "the key of the credential cannot sign");
        }
        _ => {
            tracing::warn!(credential, status, code, %error, "no token fetched");
        }
    }
}
